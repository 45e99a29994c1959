"""This module owns the promises of the ladder: whose creative an event is, by text, by its ad's text, by its ad."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from journeys import Books, Item, item, report, shown

from ingest.creative import ad_identity, identify

Rung = tuple[str | None, str | None]
FIRST = datetime(2026, 1, 5, 8, 0)  # noqa: DTZ001 (stored times are naive UTC)


class Scene:
    """A few events of ads that no other scene knows; minutes and days count from its own first day."""

    def __init__(self, number: int) -> None:
        self.who = f"s{number}"
        self.start = FIRST + timedelta(days=5 * number)
        self._number = 0

    def event(self, name: str | None = None, kind: str = "click", days: float = 0, **more: Any) -> Item:
        """An event that shows a creative or, without a name, no text; of the ad `ad` and the click `click`."""
        self._number += 1
        fields = {f"{key}_id": f"{self.who}-{more.pop(key)}" for key in ("ad", "click") if key in more}
        text = {"referrerAdCreative": shown(name, self.who)} if name else {}
        at = self.start + timedelta(days=days, minutes=self._number)
        return item(kind, f"{self.who}-{self._number}", at, **{"network": "facebook"} | text | fields | more)

    def asked(self, days: float = 0, **more: Any) -> Item:
        """The event whose creative is asked for: a click without a text."""
        return self.event(days=days, **more) | {"id": f"{self.who}-asked"}

    def post(self, name: str | None, days: float = 0, hours: int = 0, **more: Any) -> Item:
        """A row of the ad catalogue: what the ad `1` shows from a moment on."""
        since = self.start.replace(hour=hours) + timedelta(days=days)
        text = {"referrerAdCreative": shown(name, self.who) if name else "{{ad.name}}"}
        fields = {"type": "ad", "network": "facebook", "ad_id": f"{self.who}-1", "valid_from": f"{since.isoformat()}Z"}
        return fields | text | more

    def rung(self, connection: duckdb.DuckDBPyConnection) -> Rung:
        """(what identified the event asked for, its creative's letter or "ad")."""
        row = connection.execute(
            "select i.identity_by, creative_text from identified i left join creatives using (creative_id)"
            " where i.id = ?", [f"{self.who}-asked"],
        ).fetchone()  # fmt: skip
        by, text = row or (None, None)
        letter = (
            None if text is None else "ad" if by == "ad" else text.removeprefix("Ad ").removesuffix(f" of {self.who}")
        )
        return by, letter


@dataclass(frozen=True)
class Case:
    """A sentence, what is posted, and the rung of the event asked for."""

    what: str
    posts: Callable[[Scene], list[Item]]
    rung: Rung


TABLE = [
    # Rung 1: a usable text on the row, or on its click's other events.
    Case("an event's own text", lambda s: [s.asked(referrerAdCreative=shown("A", s.who))], ("text", "A")),
    Case("the text that the other events of the click agree on",
         lambda s: [s.asked(click="c"), s.event("A", "landing_view", click="c"), s.event("A", "ad_click", click="c")],
         ("text", "A")),
    Case("a macro for a text counts as none, and its click's text helps",
         lambda s: [s.asked(click="c", referrerAdCreative="{{ad.name}}"), s.event("A", "landing_view", click="c")],
         ("text", "A")),
    Case("other events of the click that do not agree give no text",
         lambda s: [s.asked(click="c", ad="1"), s.event("A", "landing_view", click="c"),
                    s.event("B", "ad_click", click="c")], ("ad", "ad")),
    Case("the text of another click says nothing",
         lambda s: [s.asked(click="c", ad="1"), s.event("A", "landing_view", click="d")], ("ad", "ad")),
    # Rung 2: the one text that its ad showed that day.
    Case("the one text its ad was seen with that day", lambda s: [s.asked(ad="1"), s.event("A", ad="1")],
         ("ad_text", "A")),
    Case("two texts of its ad that day leave only the ad",
         lambda s: [s.asked(ad="1"), s.event("A", ad="1"), s.event("B", ad="1")], ("ad", "ad")),
    Case("a text its ad only ever had is its text on silent days, too",
         lambda s: [s.event("A", ad="1"), s.asked(ad="1", days=3)], ("ad_text", "A")),
    Case("a text seen before and after is the text between",
         lambda s: [s.event("A", ad="1"), s.event("A", ad="1", days=3), s.event("B", ad="1", days=4),
                    s.asked(ad="1", days=2)], ("ad_text", "A")),
    Case("a text seen only before another one is not known to have stayed",
         lambda s: [s.event("A", ad="1"), s.event("B", ad="1", days=3), s.asked(ad="1", days=2)], ("ad", "ad")),
    Case("the text of another ad says nothing", lambda s: [s.asked(ad="1"), s.event("A", ad="2")], ("ad", "ad")),
    Case("the text of the same ad id elsewhere says nothing",
         lambda s: [s.asked(ad="1"), s.event("A", ad="1", network="tiktok")], ("ad", "ad")),
    # Rung 2, the catalogue.
    Case("the text that the catalogue posts for its ad", lambda s: [s.post("A"), s.asked(ad="1")], ("ad_text", "A")),
    Case("a catalogue without a date holds for all days",
         lambda s: [s.post("A", valid_from=None), s.asked(ad="1")], ("ad_text", "A")),
    Case("a text posted for a later day does not hold yet",
         lambda s: [s.post("A", 1), s.asked(ad="1")], ("ad", "ad")),
    Case("a posted text holds until the next one",
         lambda s: [s.post("B", 2), s.post("A"), s.asked(ad="1", days=1)], ("ad_text", "A")),
    Case("from its day on the next posted text holds",
         lambda s: [s.post("B", 2), s.post("A"), s.asked(ad="1", days=2)], ("ad_text", "B")),
    Case("of two texts posted for one day the later holds afterwards",
         lambda s: [s.post("A", hours=9), s.post("B", hours=6), s.asked(ad="1", days=2)], ("ad_text", "A")),
    Case("of two texts posted for one day the later holds afterwards, whatever their names",
         lambda s: [s.post("B", hours=9), s.post("A", hours=6), s.asked(ad="1", days=2)], ("ad_text", "B")),
    Case("a corrected post replaces the one before",
         lambda s: [s.post("A", occurred_at="2026-11-21T09:00:00Z"), s.post("B", occurred_at="2026-11-21T10:00:00Z"),
                    s.asked(ad="1")], ("ad_text", "B")),
    Case("a post whose text is a macro ends the one before, and says nothing",
         lambda s: [s.post("A"), s.post(None, 1), s.asked(ad="1", days=2)], ("ad", "ad")),
    Case("the catalogue and a text seen that day make two",
         lambda s: [s.post("A"), s.event("B", ad="1"), s.asked(ad="1")], ("ad", "ad")),
    # Rung 3 and 4: the ad itself, and nothing.
    Case("without any text the ad is the creative", lambda s: [s.asked(ad="1")], ("ad", "ad")),
    Case("without an ad there is nothing", lambda s: [s.asked()], (None, None)),
    Case("a macro in the ad's id is no ad", lambda s: [s.asked(ad_id="{{ad.id}}")], (None, None)),
    Case("a macro in the ad's id shares no text with its like, even if the sender calls them human",
         lambda s: [s.asked(ad_id="__CID__", traffic="human"), s.event("A", ad_id="__CID__", traffic="human")],
         (None, None)),
    # What follows a click is the click's.
    Case("an event of a click has the click's creative, whatever it says itself",
         lambda s: [s.event("A", click="c"), s.event("B", "landing_view", click="c") | {"id": f"{s.who}-asked"}],
         ("text", "A")),
    Case("an event without a click stands by itself",
         lambda s: [s.event("A", click="c"), s.event("B", "landing_view") | {"id": f"{s.who}-asked"}], ("text", "B")),
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every scene of the table in one build."""
    books = Books(tmp_path_factory.mktemp("identity"))
    for number, case in enumerate(TABLE):
        items = case.posts(Scene(number))
        books.post(*({name: value for name, value in each.items() if value is not None} for each in items))
    with books.ready().opened() as connection:
        yield connection


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[case.what for case in TABLE])
def test_the_ladder_takes_the_first_rung_that_holds(built: duckdb.DuckDBPyConnection, number: int) -> None:
    assert Scene(number).rung(built) == TABLE[number].rung


def test_all_events_of_one_click_count_for_one_creative_network_campaign_ad_and_country(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    place = {"account_id": "act_1", "campaign_id": "c1", "ad_id": "1", "country": "US", "device": "mobile"}
    books.post(item("click", "1", click_id="c", referrerAdCreative=shown("A"), network="facebook", **place))
    feed = {"click_id": "c", "network": "tonic", "campaign_id": "their own", "country": "CA"}
    books.post(item("landing_view", "2", **feed), item("ad_click", "3", revenue="0.4", **feed), sender="tonic")
    assert books.ready().query(
        "select distinct network, account_id, campaign_id, ad_id, country, device from facts_daily"
    ) == [("facebook", "act_1", "c1", "1", "US", "mobile")]


def test_the_ids_are_those_that_the_identity_rules_give(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(item("click", "1", referrerAdCreative="Quiet  SUVs&nbsp;of 2026"),
               report("2026-09-14", "1", ad_id="7", ad_name="v3"))  # fmt: skip
    assert books.ready().query("select creative_id, creative_text, identity_by, status from creatives order by 2") == [
        (identify("Quiet SUVs of 2026").creative_id, "Quiet SUVs of 2026", "text", "ok"),
        (ad_identity("facebook", "act_1", "7"), "v3", "ad", "ok"),
    ]


def clicks(books: Books) -> dict[str, int]:
    rows = books.ready().query("select creative_text, sum(clicks) from facts_daily join creatives using (creative_id)"
                               " group by 1")  # fmt: skip
    return {text.split()[1]: clicks for text, clicks in rows}


def test_a_merge_and_its_undoing_move_all_of_history_and_back(tmp_path: Path) -> None:
    books = Books(tmp_path)
    ids = {name: str(identify(shown(name)).creative_id) for name in "ABC"}
    names = "AABCCC"
    books.post(*(item("click", f"{n}", referrerAdCreative=shown(name)) for n, name in enumerate(names)))
    assert clicks(books) == {"A": 2, "B": 1, "C": 3}
    books.decide("merge", ids["A"], ids["B"])
    assert clicks(books) == {"B": 3, "C": 3}
    books.decide("merge", ids["B"], ids["C"])
    assert clicks(books) == {"C": 6}
    books.decide("unmerge", ids["A"])
    assert clicks(books) == {"A": 2, "C": 4}
    books.decide("unmerge", ids["B"])
    assert clicks(books) == {"A": 2, "B": 1, "C": 3}


def test_a_text_that_arrives_cut_moves_to_the_full_one_when_that_arrives(tmp_path: Path) -> None:
    full = "Unsold boats are nearly given away. Search for offers close to home and compare before the season begins"
    cut = full[:45]  # in the middle of a word
    books = Books(tmp_path)
    books.post(item("click", "1", referrerAdCreative=cut))
    assert books.ready().query("select creative_text, variants from creatives") == [(cut, 1)]
    books.post(item("click", "2", referrerAdCreative=full))
    assert books.ready().query("select creative_text, variants from creatives") == [(full, 2)]
    assert books.query("select sum(clicks), count(distinct creative_id) from facts_daily") == [(2, 1)]


def test_raw_forms_of_one_text_are_one_creative_shown_as_people_write_it(tmp_path: Path) -> None:
    books = Books(tmp_path)
    raw = [
        "QUIET SUVS OF 2026",
        "Quiet%20SUVs%20of%202026",
        "Quiet+SUVs+of+2026",
        "Quiet SUVs of 2026",
        "  Quiet SUVs of 2026\n",
    ]
    books.post(*(item("click", f"{n}", referrerAdCreative=text) for n, text in enumerate(raw)))
    assert books.ready().query("select creative_text, variants from creatives") == [("Quiet SUVs of 2026", 5)]
