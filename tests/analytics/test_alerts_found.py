"""What the rules find in real published versions: a day apart, and a quarter of an hour."""

import json
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from alerting import QUICK, to, verified
from dashboard_worlds import AFTER, DAY_BEFORE, MOMENT
from relaying import Target
from running import ROOT

from analytics.alerts import deliveries, endpoints, events, rules
from analytics.alerts.conditions import Condition
from analytics.alerts.evaluating import evaluate
from analytics.alerts.events import Event
from analytics.alerts.findings.silence import bound_minutes
from analytics.alerts.kinds import NAMES
from analytics.alerts.running import Teller
from analytics.alerts.store import now_ms
from analytics.alerts.testing import send_test
from analytics.config import Alerts, AnalyticsSettings

Publish = Callable[..., Path]
HOUR_MS = 3_600_000


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


class House:
    """A data folder with an endpoint, in which versions are published one after the other and looked at."""

    def __init__(self, folder: Path, publish: Publish, **alerts: Any) -> None:
        self.settings = AnalyticsSettings(data_dir=folder, alerts=Alerts(**alerts))
        self._publish = publish
        self.narrated: list[str] = []
        self.at = ms(DAY_BEFORE)
        endpoints.add(folder, "team", "https://hooks.example.com/x")

    @property
    def data(self) -> Path:
        return self.settings.data_dir

    def publish(self, kind: str, when: str) -> None:
        self.at = ms({"before": DAY_BEFORE, "now": MOMENT, "after": AFTER}[when])
        self._publish(self.data, kind, when)
        self.says(self.at)

    def says(self, at: int, ok: bool = True, **more: Any) -> None:
        """What the loop says of itself in status.json."""
        moment = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {"ok": ok, "sentence": "up to date", "at": moment, "more": False, **more}
        (self.data / "status.json").write_text(json.dumps(said))

    def look(self, later_ms: int = 0) -> list[Event]:
        return evaluate(self.settings, self.at + later_ms, self.at - 10 * HOUR_MS, self.narrated.append)

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with duckdb.connect(str((self.data / "creatives.duckdb").resolve()), read_only=True) as connection:
            return connection.execute(sql, list(values)).fetchall()


@pytest.fixture
def house(tmp_path: Path, publish_into: Publish) -> House:
    return House(
        tmp_path,
        publish_into,
        digest_hour=12,
        verdicts=("winner", "fatigued", "cut", "promising", "needs_work", "average"),
    )


def of(found: list[Event], kind: str) -> list[Event]:
    return [each for each in found if each.type == kind]


def test_a_changed_verdict_is_told_once_with_what_it_was_and_why(house: House):
    house.publish("arbitrage", "before")
    before = {tuple(row[:4]): row[4] for row in house.ask(
        "select creative_id, network, campaign_id, country, verdict from verdicts where window_days = 7")}  # fmt: skip
    assert of(house.look(), "creative.verdict_changed") == []  # what stood before is no news
    house.publish("arbitrage", "now")
    now = {tuple(row[:4]): row[4:] for row in house.ask(
        "select creative_id, network, campaign_id, country, verdict from verdicts where window_days = 7")}  # fmt: skip
    turned = {key: (before[key], now[key][0]) for key in before.keys() & now.keys() if before[key] != now[key][0]}
    assert turned  # the world has some
    found = of(house.look(), "creative.verdict_changed")
    told = {tuple(e.data[k] for k in ("creative_id", "network", "campaign_id", "country")):
            (e.data["previous"], e.data["verdict"]) for e in found}  # fmt: skip
    wanted = set(house.settings.alerts.verdicts)
    assert told == {key: change for key, change in turned.items() if set(change) & wanted}
    assert all(each.data["reason"] in each.sentence and each.data["day"] for each in found)
    assert of(house.look(), "creative.verdict_changed") == []
    house.publish("arbitrage", "after")  # another version of the same closed day
    assert of(house.look(), "creative.verdict_changed") == []


def test_an_evaluation_that_is_made_again_comes_to_the_same_events(house: House, tmp_path: Path):
    house.publish("arbitrage", "before")
    house.look()
    house.publish("arbitrage", "now")
    kept = (house.data / "alerts.sqlite").read_bytes()
    first = house.look()
    assert first
    (house.data / "alerts.sqlite-wal").unlink(missing_ok=True)
    (house.data / "alerts.sqlite").write_bytes(kept)  # as a kill before its commit leaves it
    again = house.look()
    assert [each.id for each in again] == [each.id for each in first]


def test_what_was_written_down_without_its_state_is_not_told_twice(house: House):
    house.publish("arbitrage", "before")
    house.look()
    house.publish("arbitrage", "now")
    before = {rule.id: events.states(house.data, rule.id) for rule in rules.listed(house.data)}
    first = of(house.look(), "creative.verdict_changed")
    undone = {(rule, subject): said for rule, states in before.items() for subject, said in states.items()}
    events.note(house.data, events.Step(states=undone), house.at)
    assert of(house.look(), "creative.verdict_changed") == []
    assert len(of(events.listed(house.data, limit=1000), "creative.verdict_changed")) == len(first)


def add(house: House, metric: str, comparison: str, value: float, **more: Any) -> str:
    return rules.add(house.data, "mine", Condition(metric, comparison, Decimal(str(value)), **more)).id


def test_a_threshold_counts_mature_days_only_and_is_told_on_the_change(house: House):
    house.publish("arbitrage", "before")
    ((maturity,),) = house.ask("select maturity_days from freshness")
    today = date(2026, 11, 22)
    last = today - timedelta(days=maturity)
    ((mature,),) = house.ask("select sum(cost) from creative_daily where day between ? and ?",
                             last - timedelta(days=2), last)  # fmt: skip
    ((all_days,),) = house.ask("select sum(cost) from creative_daily where day > ?", today - timedelta(days=3))
    assert mature != all_days
    rule = add(house, "cost", "above", float(mature) - 0.01, days=3, cooldown_hours=0)
    (found,) = of(house.look(), "threshold.crossed")
    assert Decimal(found.data["value"]) == mature
    assert (str(found.data["first_day"]), str(found.data["last_day"])) == (str(last - timedelta(days=2)), str(last))
    assert of(house.look(), "threshold.crossed") == []
    states = events.states(house.data, rule)
    assert [said["crossed"] for said in states.values()] == [True]


def test_spend_of_today_can_be_asked_for(house: House):
    house.publish("arbitrage", "before")
    ((spent,),) = house.ask("select sum(cost) from creative_daily where day = '2026-11-22'")
    add(house, "cost", "above", 0, days=1, with_maturing=True)
    (found,) = of(house.look(), "threshold.crossed")
    assert Decimal(found.data["value"]) == spent


def test_a_floor_on_a_second_metric_and_filters_hold_a_rule_back(house: House):
    house.publish("arbitrage", "now")
    country, network = house.ask(
        "select country, network from facts_daily where country is not null and network is not null"
        " group by all order by sum(clicks) desc limit 1")[0]  # fmt: skip
    expected = house.ask(
        "select creative_id, sum(revenue_settled + revenue_provisional - refunds) / sum(cost_direct + cost_allocated),"
        " sum(cost_direct + cost_allocated) from facts_daily where country = ? and network = ?"
        " and day between '2026-11-15' and '2026-11-21' and creative_id is not null group by 1",
        country, network,
    )  # fmt: skip
    floor = sorted(cost for _, _, cost in expected)[len(expected) // 2]
    wanted = {i for i, roas, cost in expected if roas is not None and roas < 1.0 and cost >= floor}
    assert 0 < len(wanted) < len([i for i, roas, _ in expected if roas is not None and roas < 1.0])
    add(house, "roas", "below", 1.0, per="creative", floor_metric="cost", floor_value=floor,
        filters={"country": country, "network": network})  # fmt: skip
    found = of(house.look(), "threshold.crossed")
    assert {each.data["key"] for each in found} == wanted
    assert all(each.data["creative_text"] for each in found)


def test_what_converted_is_asked_of_clicks_that_are_old_enough(house: House):
    house.publish("arbitrage", "now")
    ((expected,),) = house.ask(
        "select sum(converted) / sum(clicks) from click_cohorts where age_bucket = 2"
        " and click_day between '2026-11-14' and '2026-11-20'")  # fmt: skip
    add(house, "cvr", "above", 0)
    (found,) = of(house.look(), "threshold.crossed")
    assert float(found.data["value"]) == pytest.approx(expected)


def test_a_snoozed_rule_says_nothing_and_says_afterwards_what_still_holds(house: House):
    house.publish("arbitrage", "now")
    rule = add(house, "cost", "above", 0, per="network")
    one, *others = sorted(
        key for (key,) in house.ask("select distinct network from facts_daily where network is not null")
    )
    rules.snooze(house.data, rule, now_ms() + HOUR_MS)
    assert of(house.look(), "threshold.crossed") == []
    rules.snooze(house.data, rule, 0)
    rules.snooze(house.data, rule, now_ms() + HOUR_MS, json.dumps(["network", one]))
    assert {each.data["key"] for each in of(house.look(), "threshold.crossed")} == set(others)
    rules.snooze(house.data, rule, 0, json.dumps(["network", one]))
    assert [each.data["key"] for each in of(house.look(), "threshold.crossed")] == [one]


def test_a_crossing_that_is_over_is_told_again_only_after_its_cooldown(house: House):
    house.publish("arbitrage", "before")
    rule = add(house, "cost", "above", 0, cooldown_hours=24)
    (subject,) = [each.subject for each in of(house.look(), "threshold.crossed")]
    over = events.states(house.data, rule)[subject] | {"crossed": False}
    events.note(house.data, events.Step(states={(rule, subject): over}), house.at)
    house.publish("arbitrage", "now")
    assert of(house.look(-HOUR_MS * 12), "threshold.crossed") == []
    assert len(of(house.look(), "threshold.crossed")) == 1


def book(house: House, *rows: tuple[str, str, str, float]) -> None:
    """Money without a creative in what is published: (day, side, sender or network, amount)."""
    path = (house.data / "creatives.duckdb").resolve()
    path.chmod(0o600)
    with duckdb.connect(str(path)) as connection:
        for day, side, who, amount in rows:
            for bucket in ("in", "unattributable" if side == "revenue" else "unmatched"):
                connection.execute("insert into money_ledger select ?, ?, ?, ?, null, ?, 'USD', ?, false",
                                   [day, side, who, who, bucket, amount])  # fmt: skip


def test_money_that_no_creative_can_be_given_is_told_from_a_floor_on_and_again_when_it_doubled(house: House):
    house.publish("arbitrage", "now")
    book(house, ("2026-11-22", "revenue", "tonic", 60), ("2026-11-16", "revenue", "tonic", 39.99))
    book(house, ("2026-11-15", "revenue", "tonic", 500), ("2026-11-23", "revenue", "tonic", 500))  # too old, too new
    assert of(house.look(), "money.unattributable") == []
    book(house, ("2026-11-20", "revenue", "tonic", 0.01), ("2026-11-20", "spend", "tiktok", 150))
    spend, revenue = of(house.look(), "money.unattributable")
    assert (spend.data["side"], spend.data["who"], revenue.data["who"]) == ("spend", "tiktok", "tonic")
    assert Decimal(revenue.data["amount"]) == 100
    assert revenue.sentence.startswith("100.00 USD of revenue from tonic can be given to no creative (2026-11-16 to ")
    book(house, ("2026-11-20", "revenue", "tonic", 99))
    assert of(house.look(), "money.unattributable") == []
    book(house, ("2026-11-20", "revenue", "tonic", 1))
    (again,) = of(house.look(), "money.unattributable")
    assert Decimal(again.data["amount"]) == 200
    house.publish("arbitrage", "after")  # a version in which it is mended
    house.look()
    assert events.states(house.data, "money.unattributable") == {}


def test_a_sender_that_falls_silent_is_told_once_and_again_only_after_it_was_back(house: House):
    house.publish("arbitrage", "now")
    senders = house.ask("select sender, last_delivery from sender_activity where profile is not null"
                        " and usual_day_items > 0 and last_delivery is not null")  # fmt: skip
    assert senders
    assert of(house.look(), "sender.silent") == []
    house.says(house.at + 49 * HOUR_MS)  # the loop runs, and nothing came
    found = of(house.look(49 * HOUR_MS), "sender.silent")
    assert {each.data["sender"] for each in found} == {sender for sender, _ in senders}
    assert of(house.look(50 * HOUR_MS), "sender.silent") == []
    states = events.states(house.data, "sender.silent")
    assert all(said["silent"] for said in states.values())
    house.publish("arbitrage", "after")  # they are back
    house.look()
    assert not any(said["silent"] for said in events.states(house.data, "sender.silent").values())


def test_while_the_loop_stands_still_nobody_is_called_silent(house: House):
    house.publish("arbitrage", "now")
    house.look()
    house.says(house.at, ok=False)
    assert of(house.look(60 * HOUR_MS), "sender.silent") == []


@pytest.mark.parametrize(
    ("by_rhythm", "longest", "minutes"),
    [
        pytest.param(1, 0, 60, id="a busy sender is given an hour"),
        pytest.param(300, 0, 300, id="one with a post every twelve minutes five hours"),
        pytest.param(60, 480, 600, id="one that pauses each night a quarter longer than a night"),
        pytest.param(24 * 1440, 0, 2880, id="one that posts once a day two days"),
    ],
)
def test_how_long_a_sender_may_be_silent(by_rhythm: float, longest: float, minutes: float):
    assert bound_minutes(by_rhythm, longest) == minutes


def test_stale_is_told_when_the_loop_stands_still_and_again_only_after_it_caught_up(house: House):
    house.says(house.at)
    assert of(house.look(29 * HOUR_MS // 60), "data.stale") == []
    (found,) = of(house.look(31 * HOUR_MS // 60), "data.stale")
    assert found.data["minutes"] == 31
    assert of(house.look(90 * HOUR_MS // 60), "data.stale") == []
    house.says(house.at + 2 * HOUR_MS)
    assert of(house.look(2 * HOUR_MS), "data.stale") == []
    assert len(of(house.look(3 * HOUR_MS), "data.stale")) == 1


def test_who_began_to_look_just_now_waits_before_it_calls_anything_stale(house: House):
    house.says(house.at)
    at = house.at + 48 * HOUR_MS
    assert of(evaluate(house.settings, at, at - 1000, house.narrated.append), "data.stale") == []


def test_a_failed_check_is_told_with_its_rows_until_it_passes(house: House):
    sentence = "Not published: the check money_balances found 2 rows. The version before it stays."
    house.says(house.at, ok=False, sentence=sentence, check="money_balances", rows=[["2026-11-22", "1.00"]])
    (found,) = of(house.look(), "publish.failed")
    assert (found.sentence, found.data["check"], found.data["rows"]) == (
        sentence, "money_balances", [["2026-11-22", "1.00"]])  # fmt: skip
    house.says(house.at + 5000, ok=False, sentence=sentence, check="money_balances", rows=[])
    assert of(house.look(5000), "publish.failed") == []
    house.says(house.at + 9000)
    assert of(house.look(9000), "publish.failed") == []
    house.says(house.at + 12000, ok=False, sentence=sentence, check="money_balances", rows=[])
    assert len(of(house.look(12000), "publish.failed")) == 1


def test_the_digest_comes_once_a_day_after_its_hour(tmp_path: Path, publish_into: Publish):
    house = House(tmp_path, publish_into, digest_hour=12)  # MOMENT is 12:30 in Los Angeles
    house.publish("arbitrage", "now")
    assert of(house.look(-24 * HOUR_MS), "digest.daily") == []  # the first look after its hour: it begins tomorrow
    assert of(house.look(-HOUR_MS), "digest.daily") == []  # too early
    (found,) = of(house.look(), "digest.daily")
    assert of(house.look(HOUR_MS), "digest.daily") == []
    spent, before = (house.ask("select sum(cost) from creative_daily where day = ?", day)[0][0]
                     for day in (date(2026, 11, 22), date(2026, 11, 21)))  # fmt: skip
    cost = next(each for each in found.data["metrics"] if each["metric"] == "cost")
    assert (Decimal(cost["value"]), Decimal(cost["before"])) == (spent, before)
    assert found.sentence.startswith("22 Nov 2026: Spend ")
    assert f"Fix next: {house.ask('select sentence from next_fixes where rank = 1')[0][0]}" in found.sentence
    assert of(house.look(24 * HOUR_MS), "digest.daily") == []  # nothing was published since midnight


def test_with_nobody_to_tell_nothing_is_remembered(house: House):
    house.publish("arbitrage", "now")
    house.look()
    assert events.states(house.data, "creative.verdict_changed")
    events.forget_said(house.data)
    assert events.states(house.data, "creative.verdict_changed") == {}


def test_a_rule_that_is_off_finds_nothing(house: House):
    house.says(house.at)
    rules.remove(house.data, "data.stale")  # a built-in one is switched off
    assert of(house.look(31 * HOUR_MS // 60), "data.stale") == []
    rules.switch(house.data, "data.stale", on=True)
    assert len(of(house.look(31 * HOUR_MS // 60), "data.stale")) == 1


def test_each_event_holds_what_the_page_says_it_holds(house: House):
    house.publish("arbitrage", "before")
    found = house.look(-24 * HOUR_MS)
    house.publish("arbitrage", "now")
    book(house, ("2026-11-20", "revenue", "tonic", 1200))
    add(house, "roas", "below", 1, per="creative", floor_metric="cost", floor_value=Decimal(1))
    found += house.look()
    house.says(house.at + 49 * HOUR_MS)
    found += house.look(49 * HOUR_MS)
    house.says(house.at, ok=False, check="money_balances", rows=[["2026-11-22"]])
    found += [*house.look(60 * HOUR_MS), send_test(house.data, "team")]
    page = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    examples = {each["type"]: each for each in map(json.loads, re.findall(r"```json\n(.*?)```", page, re.DOTALL))}
    told = {each.type: each.body for each in found}
    assert set(told) == set(examples) == set(NAMES)
    for name, example in examples.items():
        assert shape(example) == shape(told[name]), name


def shape(value: Any) -> Any:
    """The keys of an event, inside its lists, too; filters are as the rule has them."""
    if isinstance(value, dict):
        return {key: None if key == "filters" else shape(each) for key, each in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else None


def test_a_rule_that_cannot_be_asked_keeps_no_other_from_telling(house: House):
    house.publish("arbitrage", "now")
    path = (house.data / "creatives.duckdb").resolve()
    path.chmod(0o600)
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table sender_activity")
    house.says(house.at, ok=False, check="money_balances", rows=[])
    assert [each.type for each in house.look()] == ["publish.failed"]
    assert [each for each in house.narrated if "sender.silent cannot be asked" in each]
    path.write_bytes(b"damaged" * 1000)
    assert len(of(house.look(31 * HOUR_MS // 60), "data.stale")) == 1
    assert "cannot be looked at" in house.narrated[-1]


def test_from_a_new_version_to_a_receiver_that_verifies(house: House):
    with Target() as target:
        endpoints.remove(house.data, "team")
        endpoint = to(house.data, target, "team", "creative.verdict_changed")
        house.publish("arbitrage", "before")
        open_to_loopback = house.settings.alerts.model_copy(update={"allow_private": ("127.0.0.0/8",)})
        settings = house.settings.model_copy(update={"alerts": open_to_loopback})
        work = Teller(settings, QUICK, look_seconds=0.0)
        thread = threading.Thread(target=work.run)
        thread.start()
        try:
            wait_for(lambda: events.states(house.data, "creative.verdict_changed"))
            house.publish("arbitrage", "now")
            wait_for(lambda: target.got)
            wait_for(lambda: deliveries.standings(house.data)[endpoint.id].waiting == 0)
        finally:
            work.stop()
            thread.join(30)
    told = [verified(got, endpoint.secrets[0]) for got in target.got]
    seen = of(events.listed(house.data, limit=1000), "creative.verdict_changed")
    assert sorted(each["data"]["sentence"] for each in told) == sorted(each.sentence for each in seen)


def wait_for(found: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
