"""This module owns the promise of `explain`: it is the credit, to the millionth, and what earns nothing says why."""

import random
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from journeys import START, Books, Item, item, journey
from running import ROOT

from analytics.build import VISITOR_CLICKS_MAX
from analytics.explain.asked import Asked
from analytics.explain.explained import Explained, explained, of_goals
from analytics.explain.flat import FLAT, flat
from analytics.explain.telling import share_rows, why_not_rows
from analytics.explain.words import NOBODY
from analytics.joined import RULES

HOUR = timedelta(hours=1)
SENDERS = {"shop": {"secrets": ["unused-but-long-enough"]}, "other": {"secrets": ["unused-but-long-enough"]}}
AD = {"network": "facebook", "referrerAdCreative": "Roof repair in your town"}
Settings = dict[str, Any]
AS_IS: Settings = {}
LEAVING: Settings = {"remove_networks": ("google",), "after_conversion": "restart"}
NO_VIEWS: Settings = {"view_window_days": 0}


def told(*items: Item) -> list[Item]:
    """Items of a visitor in their own words, and an order at the end, five hours after the start."""
    order = item("conversion", "order", START + 5 * HOUR, visitor_id="v", transaction_id="t", revenue="30",
                 conversion_kind="purchase")  # fmt: skip
    return [*items, order]


def click(identity: str, hours: float = 0, **more: Any) -> Item:
    return item(
        "click", identity, START + hours * HOUR, **({"visitor_id": "v", "click_id": f"c{identity}", **AD} | more)
    )


CROWD = [click(f"k{n}", n / 1000) for n in range(VISITOR_CLICKS_MAX + 1)]
# (what is told, settings, items in order by sender, the interaction, its code): what is no touch, whatever the rule.
NO_TOUCH: list[tuple[str, Settings, dict[str, list[Item]], str, str]] = [
    ("the goal", AS_IS, {"shop": told(click("1"))}, "order", "goal"),
    ("after", AS_IS, {"shop": told(click("1"), click("2", 6))}, "2", "after_goal"),
    ("a bot", AS_IS, {"shop": told(click("1", traffic="suspect"))}, "1", "non_human"),
    ("no ad", AS_IS, {"shop": told(click("1", referrerAdCreative=None))}, "1", "no_identity"),
    ("twice", AS_IS, {"shop": told(click("1"), click("2", 1, click_id="c1"))}, "2", "told_again"),
    ("elsewhere", AS_IS, {"shop": told(click("1")), "other": [click("2", 1, click_id="c1")]}, "2", "told_again"),
    ("not the one who counts", NO_VIEWS, {"shop": told(click("1")), "other": [click("2", 1, click_id=None)]}, "2",
     "told_again"),
    ("long ago", AS_IS, {"shop": told(click("1", -30 * 24))}, "1", "outside_window"),
    ("a view long ago", AS_IS, {"shop": told(item("impression", "1", START - 20 * HOUR, visitor_id="v", **AD))}, "1",
     "outside_view_window"),
    ("views are off", NO_VIEWS, {"shop": told(item("impression", "1", START, visitor_id="v", **AD))}, "1", "views_off"),
    ("a view of nobody", AS_IS, {"shop": told(click("1"), item("impression", "2", START, click_id="c1", **AD))}, "2",
     "other_visitor"),
    ("a step", AS_IS, {"shop": told(click("1"), item("landing_view", "2", START + HOUR, click_id="c1"))}, "2", "step"),
    ("another goal", AS_IS, {"shop": told(click("1"), item("conversion", "2", START + HOUR, visitor_id="v",
                                                           conversion_kind="lead"))}, "2", "own_goal"),
    ("the order again", AS_IS, {"shop": told(click("1")), "other": [item(
        "conversion", "2", START + 6 * HOUR, visitor_id="v", transaction_id="t", conversion_kind="purchase")]},
     "2", "told_again"),
    ("its money", AS_IS, {"shop": [*told(click("1")), item("refund", "2", START + 6 * HOUR, visitor_id="v",
                                                            transaction_id="t", revenue="3")]}, "2", "money"),
    ("a bot's goal", AS_IS, {"shop": [click("1"), item("conversion", "order", START + HOUR, visitor_id="v",
                                                        traffic="test")]}, "1", "goal_non_human"),
]  # fmt: skip
# (journey, settings, number of the touch's item, rule, window, touch_types, code): a touch that earns nothing there.
NOTHING = [
    ("A 8d => 30", AS_IS, 1, "linear", 7, "click", "outside_window"),
    ("A B~ => 30", AS_IS, 2, "linear", 7, "click", "only_clicks"),
    ("A B~ => 30", AS_IS, 2, "linear", 7, "click_view", "click_beats_view"),
    ("A B~ => 30", AS_IS, 2, "last_paid", 7, "click_view", "click_beats_view"),
    ("A B* => 30", AS_IS, 1, "same_click", 7, "click", "not_same_click"),
    ("A B(email) => 30", AS_IS, 2, "last_paid", 7, "click", "not_paid"),
    ("A B => 30", AS_IS, 1, "last_paid", 7, "click", "later_paid"),
    ("A B => 30", AS_IS, 1, "last_touch", 7, "click", "not_last"),
    ("A B => 30", AS_IS, 2, "first_touch", 7, "click", "not_first"),
    ("A A B => 30", {"path": "collapse"}, 2, "linear", 7, "click", "repeated"),
    ("A B A => 30", {"path": "first"}, 3, "linear", 7, "click", "repeated"),
    ("A B(google) => 30", LEAVING, 2, "linear", 7, "click", "removed"),
    ("A => 30 B => 20", LEAVING, 1, "linear", 7, "click", "before_last_goal"),
]
# (journey, settings, rule, reason): a goal that is nobody's says why.
NOBODYS = [
    ("A =>? 30", "last_paid", "no_id"), ("(direct) => 30", "last_paid", "no_identity"),
    ("A => 30", "same_click", "no_same_click"), ("A(referral) => 30", "last_paid", "no_paid_touch"),
    ("A 31d => 30", "last_paid", "outside_window"), ("A~ => 30", "last_paid", "only_views"),
    ("=> 30", "linear", "no_touch"),
]  # fmt: skip


def named(items: list[Item], who: str) -> list[Item]:
    """The same items, all ids of one story: no two stories touch."""
    names = ("id", "visitor_id", "click_id", "transaction_id")
    return [{key: f"{who}.{value}" if key in names else value for key, value in each.items()} for each in items]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], Books]:
    """Every story above that is told under some settings, in one build for each."""
    made: dict[str, Books] = {}

    def of(settings: Settings) -> Books:
        if repr(settings) not in made:
            steps = {"click": {"from": "shop"}} if settings == NO_VIEWS else {}
            one = Books(tmp_path_factory.mktemp("why"), attribution=settings, senders=SENDERS, steps=steps)
            for name, given, by_sender, *_ in NO_TOUCH:
                for sender, items in by_sender.items() if given == settings else ():
                    one.post(*named(items, name), sender=sender)
            texts = {text for text, given, *_ in NOTHING if given == settings}
            texts |= {text for text, *_ in NOBODYS} if settings == AS_IS else set()
            for text in sorted(texts):
                one.post(*journey(text, text))
            if settings == AS_IS:
                for first in range(0, len(CROWD), 400):
                    one.post(*named(CROWD[first : first + 400], "crowd"))
                one.post(*named(told(), "crowd"))
            made[repr(settings)] = one.build()
        return made[repr(settings)]

    return of


def goal(books: Books, what: str, sender: str | None = None) -> Explained:
    """The last goal that is found by an id."""
    found, each = explained(books.settings, Asked(what, sender))
    assert not found.sentence
    return max(each, key=lambda one: one.known.goal.occurred_us)


def last_goal(books: Books, text: str) -> Explained:
    items = [each for each in journey(text, text) if each["type"] == "conversion"]
    return goal(books, items[-1]["id"])


@pytest.mark.parametrize(("name", "settings", "_items", "identity", "code"), NO_TOUCH, ids=[row[0] for row in NO_TOUCH])
def test_an_interaction_that_is_no_touch_says_why(
    books: Callable[[Settings], Books], name: str, settings: Settings, _items: Any, identity: str, code: str
) -> None:
    found = {row.line.id: row.reason for row in goal(books(settings), f"{name}.order", "shop").rows}
    reason = found[f"{name}.{identity}"]
    assert reason is not None and reason.code == code and len(reason.words) > 8


@pytest.mark.parametrize(("text", "settings", "number", "rule", "days", "types", "code"), NOTHING)
def test_a_touch_that_earns_nothing_under_a_rule_says_why(
    books: Callable[[Settings], Books], text: str, settings: Settings, number: int, rule: str, days: int, types: str,
    code: str,
) -> None:  # fmt: skip
    of = last_goal(books(settings), text)
    (position,) = [row.touch.position for row in of.rows if row.touch and row.line.id == f"{text}-{number:02}"]
    assert of.why_not[(days, types), rule, position].code == code


def test_of_a_crowd_only_the_goals_own_click_is_looked_at(books: Callable[[Settings], Books]) -> None:
    of = goal(books(AS_IS), "crowd.order")
    assert of.known.is_crowd and of.known.touches == ()
    assert {row.line.id for row in of.rows} == {"crowd.order"}
    assert {reason for reason, _ in of.known.nobody.values()} == {"no_id"}


@pytest.mark.parametrize(("text", "rule", "reason"), NOBODYS)
def test_a_goal_that_is_nobodys_says_why_and_its_row_is_100_percent(
    books: Callable[[Settings], Books], text: str, rule: str, reason: str
) -> None:
    of = last_goal(books(AS_IS), text)
    assert of.known.nobody[(7, "click"), rule][0] == reason and reason in NOBODY
    columns, rows = share_rows(of)
    sums = {row[columns.index("sum")] for row in rows if "7 d" in row[0] or row[0] == "all"}
    assert any(text.startswith(f"nobody 100 % 30.00: {reason}") for text in sums)


@pytest.fixture(scope="module")
def random_books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Visitors who click, see, land, buy twice, come back weeks later; bots, repeats, tellers that repeat others."""
    books = Books(
        tmp_path_factory.mktemp("random"), senders=SENDERS, conversions={"lead": {"click_window_days": 2}},
        attribution={"path": "collapse", "remove_networks": ("google",), "after_conversion": "restart"},
    )  # fmt: skip
    dice = random.Random(6)
    for number in range(60):
        words = []
        for _ in range(dice.randint(0, 7)):
            words += [
                f"{dice.choice((0, 1, 30, 200))}h",
                dice.choice("ABC") + dice.choice(("", "", "(email)", "(google)", "~", "*")),
            ]
            words += dice.choice(([], [], [], ["(direct)"], ["=> lead"]))
        items = journey(
            " ".join([*words, f"{dice.choice((1, 100))}h", dice.choice(("=>", "=>", "=>?")), "30"]), f"r{number}"
        )
        of_session = {"session_id": f"s{number}"} if number % 3 == 0 else {}  # who orders without a name is found by it
        items = [each | of_session | ({"traffic": "suspect"} if dice.random() < 0.05 else {}) for each in items]
        items += [item("conversion", f"own{number}", START + 900 * HOUR, revenue="30", **AD)]  # names its ad itself
        clicks = [each for each in items if each["type"] == "click"]
        books.post(*items)
        books.post(
            *(each | {"id": f"{each['id']}+", "visitor_id": f"r{number}"} for each in clicks[:2]), sender="other"
        )
        books.post(
            *(item("landing_view", f"{each['id']}l", each["occurred_at"], click_id=each["click_id"]) for each in clicks)
        )
    return books.build()


def test_every_share_is_that_of_the_credit_and_every_other_touch_has_its_reason(random_books: Books) -> None:
    with random_books.opened() as connection:
        goals = [row[0] for row in connection.execute("select goal_id from goals order by 1").fetchall()]
        every = of_goals(connection, goals, "collapse")
        credits = connection.execute("from credits order by all").fetchall()
        touches = connection.execute(
            "select t.goal_id, t.position, w.window_days, w.touch_types, r.rule from goal_touches t"
            " join credit_scopes w on w.conversion_kind = t.window_kind cross join rules r"
        ).fetchall()
    told = sorted(
        (rule, *scope, one.known.goal.goal_id, at, share.weight, share.conversion_millionths, share.revenue_millionths)
        for one in every for (scope, rule, at), share in one.known.shares.items()
    )  # fmt: skip
    assert told == credits and len(credits) > 1000
    earned = {(row[3], row[4], row[1], row[2], row[0]) for row in credits}
    silent = {(one.known.goal.goal_id, at, *scope, rule) for one in every for scope, rule, at in one.why_not}
    assert silent == set(touches) - earned and len(silent) > 1000
    codes = {
        reason.code
        for one in every
        for reason in (*one.why_not.values(), *(row.reason for row in one.rows if row.reason))
    }
    assert "unknown" not in codes and "no_part" not in codes
    assert codes >= {
        "repeated",
        "removed",
        "before_last_goal",
        "outside_window",
        "click_beats_view",
        "told_again",
        "non_human",
    }


def test_the_flat_rows_of_each_window_and_rule_add_up_to_the_goal(random_books: Books) -> None:
    with random_books.opened() as connection:
        goals = [row[0] for row in connection.execute("select goal_id from goals").fetchall()]
        every = of_goals(connection, goals, "collapse")
    for one in every:
        sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, 0, 0])
        for row in (dict(zip(FLAT, values, strict=True)) for values in flat(one)):
            if row["rule"]:
                cell = sums[row["window_days"], row["touch_types"], row["rule"]]
                sums[row["window_days"], row["touch_types"], row["rule"]] = [
                    total + row[name] for total, name in zip(cell, ("weight", "conversions", "revenue"), strict=True)
                ]
        goal = one.known.goal
        assert len(sums) == len(one.known.scopes) * len(RULES)
        assert all(cell == [1_000_000, goal.conversions, goal.amount - goal.refunds] for cell in sums.values())


def test_each_row_of_shares_sums_to_100_percent_and_to_the_money(random_books: Books) -> None:
    with random_books.opened() as connection:
        goals = [row[0] for row in connection.execute(
            "select distinct goal_id from credits join goals using (goal_id) where amount = 30"
        ).fetchall()]  # fmt: skip
        every = of_goals(connection, goals, "collapse")
    for one in every:
        columns, rows = share_rows(one)
        assert {row[-1].partition(":")[0].removeprefix("nobody ") for row in rows} == {"100 % 30.00"}
        assert columns[:2] == ("window", "rules") and columns[-1] == "sum"
        assert all(row[2] for row in why_not_rows(one))


def test_the_page_names_every_code_and_none_that_is_not_there() -> None:
    page = (ROOT / "docs" / "attribution.md").read_text(encoding="utf-8")
    code = (ROOT / "analytics" / "explain" / "reasons.py").read_text(encoding="utf-8")
    said = set(re.findall(r'Reason\(\s*"(\w+)"', code)) | {"removed", "before_last_goal"}
    tables = page.split("an interaction is no touch", 1)[1]
    told = {
        name for row in re.findall(r"^\|.*\| (`.*) \|$", tables, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert told == said - {"goal", "unknown"}
    reasons = re.findall(r"^\| `(\w+)` \| .* \| .* \|$", page.split("## What nobody", 1)[1], re.MULTILINE)
    assert set(reasons) == set(NOBODY) - {"non_human", "not_credited"} | {"unconverted"}
    assert all(f"| `{rule}` |" in page for rule in RULES)
