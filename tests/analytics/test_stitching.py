"""This module owns the promise of stitching: what session and network click ids join, and what they never join."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from journeys import START, Books, Item, item, shown

AD = {"network": "facebook", "referrerAdCreative": shown("A")}


def click(identity: str, hours: int = 0, name: str = "A", **more: object) -> Item:
    ad = AD | {"referrerAdCreative": shown(name)}
    return item("click", identity, START + timedelta(hours=hours), click_id=f"c-{identity}", **ad, **more)


def order(identity: str = "o", hours: int = 3, **more: object) -> Item:
    return item("conversion", identity, START + timedelta(hours=hours), revenue="30", transaction_id=identity, **more)


FB, OTHER = {"fbclid": "IwAR0abc123"}, {"fbclid": "IwAR0xyz999"}
# (what happened, the creative credited under same_click and last_touch, each "" for nobody)
STITCHED = {
    "a session of one click names its click": ([click("1", session_id="s"), order(session_id="s")], "A", "A"),
    "a session of two clicks names the visitor": (
        [click("1", session_id="s"), click("2", 1, "B", session_id="s"), order(session_id="s")], "", "B"),
    "what came late and out of order is stitched all the same": (
        [order(session_id="s"), click("1", session_id="s")], "A", "A"),
    "a session leads to its visitor, and to that one's other sessions": (
        [click("1", session_id="s1", visitor_id="v"), item("landing_view", "l", START, session_id="s2", visitor_id="v"),
         order(session_id="s2")], "", "A"),
    "a session of two visitors names none": (
        [click("1", session_id="s", visitor_id="v"), click("2", session_id="s", visitor_id="w"), order(session_id="s")],
        "", ""),
    "a shop and a tracker saw the same click of a network": ([click("1", click_ids=FB), order(click_ids=FB)], "A", "A"),
    "another click of that network is another": ([click("1", click_ids=FB), order(click_ids=OTHER)], "", ""),
    "the same text under another name is another": (
        [click("1", click_ids=FB), order(click_ids={"ttclid": FB["fbclid"]})], "", ""),
    "a click without an id of its own goes by its network's": (
        [{k: v for k, v in click("1", click_ids=FB).items() if k != "click_id"}, order(click_ids=FB)], "A", "A"),
    "a network id that means two clicks means none": (
        [click("1", click_ids=FB), click("2", 1, click_ids=FB), order(click_ids=FB)], "", ""),
    "an own click id stays": (
        [click("1", click_ids=FB), click("2", 1, "B"), order(click_ids=FB, click_id="c-2")], "B", "B"),
    "two network ids that disagree name none": (
        [click("1", click_ids=FB), click("2", 1, "B", click_ids={"gclid": "Cj0abcdef"}),
         order(click_ids=FB | {"gclid": "Cj0abcdef"})], "", ""),
    "without anything in common nothing is joined": ([click("1", session_id="s"), order(session_id="t")], "", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def earned(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """Per case what each rule credits; all cases in one build, their ids kept apart."""
    books = Books(tmp_path_factory.mktemp("stitched"))
    for number, (items, *_) in enumerate(STITCHED.values()):
        books.post(*(_own(each, number) for each in items))
    rows = books.ready().query(
        "select g.id, c.rule, t.creative_text from credits c join goals g using (goal_id)"
        " join goal_touches x using (goal_id, position) join creatives t on t.creative_id = x.creative_id"
        " where c.window_days = 7"
    )

    def of(case: str) -> dict[str, str]:
        number = list(STITCHED).index(case)
        return {rule: text.split()[1] for identity, rule, text in rows if identity == f"{number}-o"}

    return of


def _own(each: Item, number: int) -> Item:
    """The same item among ids and texts of its own."""
    ids = ("id", "click_id", "session_id", "visitor_id", "transaction_id")
    made = each | {name: f"{number}-{each[name]}" for name in ids if name in each}
    if "click_ids" in each:
        made["click_ids"] = {name: f"{value}-{number}" for name, value in each["click_ids"].items()}
    if "referrerAdCreative" in each:
        made["referrerAdCreative"] = f"{each['referrerAdCreative']} {number}"
    return made


@pytest.mark.parametrize("case", STITCHED)
def test_a_session_or_a_networks_click_id_joins_what_belongs_together(
    earned: Callable[[str], dict[str, str]], case: str
) -> None:
    _, same_click, last_touch = STITCHED[case]
    found = earned(case)
    assert (found.get("same_click", ""), found.get("last_touch", "")) == (same_click, last_touch)


def test_how_an_event_found_its_click_is_kept(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("1", session_id="s", click_ids=FB), order("a", session_id="s"), order("b", click_ids=FB),
               order("c", click_id="c-1"), order("d"))  # fmt: skip
    assert books.ready().query("select id, click_by from stitched where type = 'conversion' order by id") == [
        ("a", "session"), ("b", "network_click_id"), ("c", "click"), ("d", None),
    ]  # fmt: skip
