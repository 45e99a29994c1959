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
from analytics.explain.reasons import ago
from analytics.explain.telling import share_rows, why_not_rows
from analytics.explain.unattributed import NOBODY, what_to_do, why_nobody
from analytics.explain.words import goal_rows
from analytics.ruling.rules import OWN

RULES = [each.rule for each in OWN]
HOUR = timedelta(hours=1)
SENDERS = {"shop": {"secrets": ["unused-but-long-enough"]}, "other": {"secrets": ["unused-but-long-enough"]}}
AD = {"network": "facebook", "referrerAdCreative": "Roof repair in your town"}
Settings = dict[str, Any]
AS_IS: Settings = {}
LEAVING: Settings = {"remove_networks": ("google",), "after_conversion": "restart"}
NO_VIEWS: Settings = {"view_window_days": 0}
NO_MIDDLE: Settings = {"position_based": (50, 0, 50)}
OF_SHOP = {"purchase": {"from": "shop"}}  # under NO_MIDDLE


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
    ("only after", AS_IS, {"shop": told(click("2", 6))}, "2", "after_goal"),
    ("a step alone", AS_IS, {"shop": told(item("landing_view", "2", START, visitor_id="v"))}, "2", "step"),
    ("an unknown click", AS_IS, {"shop": [item("conversion", "order", START, click_id="?", visitor_id="v")]}, "order",
     "goal"),
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
    ("A B C => 30", NO_MIDDLE, 2, "position_based", 7, "click", "no_part"),
]
# (journey, settings, rule, reason): a goal that is nobody's says why.
NOBODYS = [
    ("A =>? 30", "last_paid", "no_id"), ("(direct) => 30", "last_paid", "no_identity"),
    ("A => 30", "same_click", "no_same_click"), ("A(referral) => 30", "last_paid", "no_paid_touch"),
    ("A 31d => 30", "last_paid", "outside_window"), ("A~ => 30", "last_paid", "only_views"),
    ("=> 30", "linear", "no_touch"),
]  # fmt: skip

# What only `other` tells, and `shop` is the system of record; and an order in a currency without a rate.
ELSEWHERE = {
    "shop": [click("px", visitor_id="px"), item("refund", "px2r", START + 2 * HOUR, transaction_id="PX2", revenue="5"),
             click("eur", visitor_id="eur"), item("conversion", "eur1", START + HOUR, visitor_id="eur", revenue="100",
                                                  currency="EUR", conversion_kind="purchase")],
    "other": [item("conversion", "px1", START + HOUR, visitor_id="px", transaction_id="PX1", revenue="40"),
              item("refund", "px1r", START + 2 * HOUR, transaction_id="PX1", revenue="15"),
              item("conversion", "px2", START + HOUR, visitor_id="px", transaction_id="PX2", revenue="40")],
}  # fmt: skip
# What is stitched without a visitor: by a session alone; by a network's click id, and then with all of that visitor.
STITCHED = [
    click("s1", visitor_id=None, click_id=None, session_id="alone"),
    item("conversion", "s.order", START + HOUR, session_id="alone", conversion_kind="lead"),
    click("n0", visitor_id="net"), click("n1", 1, visitor_id="net", click_ids={"fbclid": "fb.1"}),
    item("conversion", "n.order", START + 2 * HOUR, click_ids={"fbclid": "fb.1"}, conversion_kind="lead"),
]  # fmt: skip
# (the story's name, settings, rule, in its words, in what to do): advice fits what the journey shows.
ADVICE = [
    ("a bot", AS_IS, "linear", "what came before it is not a person's", "what its sender says of its traffic"),
    ("a view long ago", AS_IS, "linear", "outside the view window", "view_window_days"),
    ("views are off", NO_VIEWS, "linear", "views are off", "view_window_days"),
    ("only after", AS_IS, "linear", "came after it", "the same clock"),
    ("a step alone", AS_IS, "linear", "their click did not", "Post the clicks, too"),
    ("an unknown click", AS_IS, "same_click", "the click that it names never came here", "Post the clicks, too"),
    ("crowd", AS_IS, "linear", "its visitor id stands for a crowd", "Send an id of each visitor's own"),
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
            kinds = OF_SHOP if settings == NO_MIDDLE else {}
            one = Books(tmp_path_factory.mktemp("why"), attribution=settings, senders=SENDERS, steps=steps,
                        conversions=kinds)  # fmt: skip
            for sender, items in ELSEWHERE.items() if settings == NO_MIDDLE else ():
                one.post(*items, sender=sender)
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
                one.post(*named(told(), "crowd"), *STITCHED)
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


@pytest.mark.parametrize(("order", "clicks"), [("s.order", ["s1"]), ("n.order", ["n0", "n1"])])
def test_a_session_alone_stitches_and_a_networks_click_id_brings_its_visitors_whole_journey(
    books: Callable[[Settings], Books], order: str, clicks: list[str]
) -> None:
    assert [touch.id for touch in goal(books(AS_IS), order).known.touches] == clicks


@pytest.mark.parametrize(("text", "rule", "reason"), NOBODYS)
def test_a_goal_that_is_nobodys_says_why_and_its_row_is_100_percent(
    books: Callable[[Settings], Books], text: str, rule: str, reason: str
) -> None:
    of = last_goal(books(AS_IS), text)
    assert of.known.nobody[(7, "click"), rule][0] == reason and reason in NOBODY
    columns, rows = share_rows(of)
    sums = {row[columns.index("sum")] for row in rows if "7 d" in row[0] or row[0] == "all"}
    assert any(text.startswith(f"nobody 100 % 30.00: {reason}") for text in sums)


@pytest.mark.parametrize(("name", "settings", "rule", "words", "action"), ADVICE, ids=[row[0] for row in ADVICE])
def test_what_to_do_about_a_goal_without_a_touch_fits_what_its_journey_shows(
    books: Callable[[Settings], Books], name: str, settings: Settings, rule: str, words: str, action: str
) -> None:
    of = goal(books(settings), f"{name}.order", "shop")
    said = why_nobody(of, (7, "click"), rule)
    assert words in said and "neither a click" not in said
    assert action in what_to_do(of, (7, "click"), rule) and "carry the same visitor_id" not in what_to_do(
        of, (7, "click"), rule
    )


def test_a_click_that_is_named_and_unknown_reads_otherwise_than_none(books: Callable[[Settings], Books]) -> None:
    (none, unknown) = (last_goal(books(AS_IS), "A => 30"), goal(books(AS_IS), "an unknown click.order"))
    assert why_nobody(none, (7, "click"), "same_click") == "its money names no click"
    assert "Send the click_id" in what_to_do(none, (7, "click"), "same_click")
    assert why_nobody(unknown, (7, "click"), "linear").startswith(
        "no touch is known before it: the click that it names"
    )
    plain = last_goal(books(AS_IS), "=> 30")
    assert why_nobody(plain, (7, "click"), "linear") == "no touch is known before it"
    assert "carry the same visitor_id" in what_to_do(plain, (7, "click"), "linear")


def test_what_another_than_the_system_of_record_told_alone_counts_nothing_and_says_so(
    books: Callable[[Settings], Books],
) -> None:
    of = goal(books(NO_MIDDLE), "PX1")
    rows = goal_rows(of, "last_paid")
    told = dict(rows)
    assert told["counts"] == "nothing" and told["money"] == "0.00 USD" and ": purchase," in told["goal"]
    assert told["uncounted"] == (
        "the system of record of purchase is shop, and it told nothing of this: nothing of it counts."
        " Let shop send it, or change [conversions.purchase] from."
    )
    stated = [text for name, text in rows if name == "stated"]
    assert len(stated) == 2 and all("not counted, for shop is the system of record" in text for text in stated)
    assert "touch #" not in told["headline"] and "counted from" not in told
    flatly = [dict(zip(FLAT, row, strict=True)) for row in flat(of)]
    assert [(row["reason"], row["words"] + ".") for row in flatly if row["says"] == "uncounted"] == [
        ("not_of_record", told["uncounted"])
    ]

    half = dict(goal_rows(goal(books(NO_MIDDLE), "PX2"), "last_paid"))
    assert "it told no conversion of this: only the money that it told counts" in half["uncounted"]
    assert half["money"].startswith("-5.00 USD")
    assert "uncounted" not in dict(goal_rows(last_goal(books(NO_MIDDLE), "A B C => 30"), "last_paid"))


def test_money_without_a_rate_says_so_in_every_form(books: Callable[[Settings], Books]) -> None:
    of = goal(books(NO_MIDDLE), "eur1")
    sentence = (
        "100.00 EUR: there is no rate, its money is credited to nobody (unconverted); state a rate under [currencies]"
    )
    told = dict(goal_rows(of, "last_paid"))
    assert (told["money"], told["uncounted"]) == ("0.00 USD", f"{sentence}.")
    flatly = [dict(zip(FLAT, row, strict=True)) for row in flat(of)]
    assert [(row["reason"], row["words"]) for row in flatly if row["says"] == "uncounted"] == [
        ("unconverted", sentence)
    ]


def test_a_touch_whose_part_is_nothing_says_so_in_the_words_of_its_rule(books: Callable[[Settings], Books]) -> None:
    of = last_goal(books(NO_MIDDLE), "A B C => 30")
    assert (
        "2",
        "all",
        "position_based",
        "its place in the journey has a part of nothing: [attribution] position_based",
    ) in (why_not_rows(of))
    rows = [dict(zip(FLAT, row, strict=True)) for row in flat(of)]
    (middle, *_) = [row for row in rows if row["rule"] == "position_based" and row["position"] == 2]
    assert (middle["says"], middle["weight"], middle["reason"]) == ("nothing", 0, "no_part")
    assert all(row["reason"] or row["weight"] for row in rows if row["rule"])


@pytest.mark.parametrize(("lag_us", "words"), [
    (0, "0 s"), (-300_000, "0 s"), (-1_900_000, "-2 s"), (1_499_999, "1 s"), (59_600_000, "1 min"),
    (3 * 86_400_000_000 + 10_790_000_000, "3 d 3 h"), (7 * 86_400_000_000 + 1, "just over 7 d"),
    (7 * 86_400_000_000 + 100_000_000, "7 d 2 min"), (3_597_000_000, "59 min 57 s"),
])  # fmt: skip
def test_a_span_of_time_is_rounded(lag_us: int, words: str) -> None:
    assert ago(lag_us) == words


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
    earned = {(row[3], row[4], row[1], row[2], row[0]) for row in credits if row[5]}
    silent = {(one.known.goal.goal_id, at, *scope, rule) for one in every for scope, rule, at in one.why_not}
    assert silent == set(touches) - earned and len(silent) > 1000
    codes = {
        reason.code
        for one in every
        for reason in (*one.why_not.values(), *(row.reason for row in one.rows if row.reason))
    }
    assert "unknown" not in codes
    assert all(
        reason.code == "no_part" for one in every for cell, reason in one.why_not.items() if cell in one.known.shares
    )
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
