"""This module owns the promises of the page Alerts: it tells what is kept, and only editors change it, audited."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from dashboard_looks import look_at
from extending import package

from analytics.alerts import channels, deliveries, endpoints, events, rules
from analytics.alerts.deliveries import Attempt
from analytics.alerts.endpoints import OVERLAP_MS
from analytics.alerts.events import Event, Step
from analytics.alerts.findings.looking import subject_of
from analytics.alerts.kinds import BUILT_IN, DIGEST
from analytics.alerts.store import NAME, now_ms
from dashboard.config import Settings
from dashboard.look import Look
from dashboard.pages.alerts import PAGE, endpoint_deeds, rule_deeds
from dashboard.pages.alerts.acting import done
from dashboard.pages.alerts.endpoints import fill as fill_endpoints
from dashboard.pages.alerts.events import fill_digest, fill_events, fill_log
from dashboard.pages.alerts.rule_deeds import DAY_MS
from dashboard.pages.alerts.rules import fill as fill_rules
from dashboard.pages.health.edits import ACTIONS
from dashboard.panels.wiring import filled
from dashboard.people import audit
from dashboard.people.refusal import Refused
from dashboard.people.visitor import Visitor
from dashboard.state import State, parse
from ingest.config import ConfigError
from ingest.extensions import CHANNELS

VIEWER, EDITOR = Visitor("vera", "viewer", 7), Visitor("eddie", "editor", 8)
TOKEN = "secret-token-in-the-path"
URL = f"https://93.184.215.14/{TOKEN}?key={TOKEN}"  # a public address: no name has to be known here
TOLD = {"metric": "roas", "comparison": "below", "value": "0.8", "days": "7", "per": "creative", "floor": "cost",
        "floor-value": "100", "name": "", "maturing": False}  # fmt: skip


@pytest.fixture
def look(by_hand: Path, settings: Settings):
    def seen(who: Visitor, search: str = "?period=1&network=facebook") -> Look:
        return replace(look_at(by_hand, search, settings=settings), visitor=who)

    return seen


@pytest.fixture
def settled(settings: Settings) -> Settings:
    """Two endpoints, an event that one took and one gave up, and a digest."""
    data_dir = settings.data_dir
    team, pager = (endpoints.add(data_dir, name, URL) for name in ("team", "pager"))
    at = now_ms()
    told = [
        Event("evt_1", "sender.silent", "sender.silent", "shop", at, "v1", "shop fell <b>silent</b>.", {}),
        Event("evt_2", DIGEST, DIGEST, "", at + 1, "v1", "Since yesterday:\nspend 12.50 USD", {}),
    ]
    events.note(data_dir, Step(told), at)
    deliveries.settle(data_dir, Attempt("evt_1", team.id, at, True, 204, 12, ""))
    deliveries.settle(data_dir, Attempt("evt_1", pager.id, at, False, 500, 30, "oops"))
    return settings


def add(settings: Settings, who: Visitor, name: object, url: object, wanted: list, channel: str | None = None):
    """What the form for a new endpoint does."""
    told = {"name": name, "url": url, "channel": channel, "events": wanted}
    return endpoint_deeds.add_endpoint(settings, who, State(), told)


def words(answer) -> str:
    """All that a panel of words says and does."""
    return str(answer.children)


def test_without_anything_it_says_so_and_makes_no_file(look, settings: Settings):
    assert "Nobody is told anything yet" in words(fill_endpoints(look(EDITOR)))
    assert all(name in words(fill_rules(look(EDITOR))) for name in BUILT_IN)
    assert "Nothing has happened yet" in words(fill_events(look(EDITOR)))
    assert fill_log(look(EDITOR)).rows == [] and "No digest" in words(fill_digest(look(EDITOR)))
    assert not (settings.data_dir / NAME).exists()


def test_it_tells_how_endpoints_and_deliveries_stand_and_never_an_address_or_a_secret(look, settled: Settings):
    who, what = words(fill_endpoints(look(EDITOR))), words(fill_events(look(EDITOR)))
    assert "1 delivered, 1 waiting, 0 given up" in who and "https://93.184.215.14/…" in who
    assert "failing" in who and "Has taken nothing since" in who
    assert "Send again to pager" in what and "Send again to team" not in what
    assert [(row["endpoint"], row["came"], row["said"]) for row in fill_log(look(EDITOR)).rows] == [
        ("pager", "not delivered", "oops"), ("team", "delivered", ""),
    ]  # fmt: skip
    assert "spend 12.50 USD" in words(fill_digest(look(EDITOR)))
    everything = "".join(str(panel.fill(look(EDITOR))) for panel in PAGE.panels)
    secrets = [secret for each in endpoints.listed(settled.data_dir) for secret in each.secrets]
    assert len(secrets) == 2 and not [each for each in (TOKEN, *secrets) if each in everything]


def test_a_viewer_has_no_button_and_no_form(look, settled: Settings):
    for panel in PAGE.panels:
        assert "Button(" not in str(panel.fill(look(VIEWER))) and "TextInput(" not in str(panel.fill(look(VIEWER)))
    assert "you can look" in words(fill_endpoints(look(VIEWER)))


def test_an_endpoint_is_added_with_its_secret_shown_once_and_neither_is_in_the_trail(settings: Settings):
    said, secret = add(settings, EDITOR, " team ", URL, ["sender.silent"])
    (made,) = endpoints.listed(settings.data_dir)
    assert (made.name, made.url, made.events, made.secrets) == ("team", URL, ("sender.silent",), (secret,))
    assert said == "team is told of sender.silent from now on, over webhook."
    (entry,) = audit.entries(settings.data_dir)
    assert (entry.who, entry.action, entry.subject) == ("eddie", "alerts.endpoint.add", "team")
    assert TOKEN not in str(entry) and secret not in str(entry)


@pytest.mark.parametrize(("name", "url", "said"), [
    ("", URL, "Give it a name"), ("team", "", "Say where to"), ("team", None, "Say where to"),
    (5, URL, "Give it a name"),
    ("team", "https://127.0.0.1/x", "private"), ("team", "http://169.254.169.254/latest", "private"),
    ("team", "https://[::1]:8081/metrics", "private"), ("team", "https://", "address"), ("a\nb", URL, "Give it a name"),
])  # fmt: skip
def test_an_address_that_must_not_be_posted_to_is_refused_and_nothing_is_kept(settings: Settings, name, url, said):
    with pytest.raises((Refused, ConfigError), match=said):
        add(settings, EDITOR, name, url, [])
    assert endpoints.listed(settings.data_dir) == [] and audit.entries(settings.data_dir) == []


def test_an_endpoint_is_tested_switched_and_removed(settled: Settings):
    data_dir = settled.data_dir
    team = endpoints.named(data_dir, "team").id
    assert "A test waits for team" in endpoint_deeds.change_endpoint(settled, EDITOR, "test", team).words
    assert [each.type for each in events.listed(data_dir, limit=1)] == ["alerts.test"]
    endpoint_deeds.change_endpoint(settled, EDITOR, "disable", team)
    assert endpoints.named(data_dir, team).disabled_why == "by eddie"
    endpoint_deeds.change_endpoint(settled, EDITOR, "enable", team)
    assert endpoints.named(data_dir, team).disabled_at is None
    endpoint_deeds.change_endpoint(settled, EDITOR, "remove", team)
    assert [each.name for each in endpoints.listed(data_dir)] == ["pager"]
    done_ = [each.action.removeprefix("alerts.endpoint.") for each in audit.entries(data_dir)]
    assert done_ == ["remove", "enable", "disable", "test"]


def test_a_new_secret_is_shown_once_and_the_one_before_signs_beside_it_for_the_time_of_the_command_line(
    look, settled: Settings
):
    before = endpoints.named(settled.data_dir, "team")
    said, secret = endpoint_deeds.change_endpoint(settled, EDITOR, "rotate", before.id)
    assert said == "team has a new secret. The one before signs beside it for 24 hours."
    assert endpoints.named(settled.data_dir, "team").secrets == (secret, *before.secrets)
    with closing(sqlite3.connect(settled.data_dir / NAME)) as store:
        (until,) = store.execute("select until from secrets where secret = ?", before.secrets).fetchone()
    assert abs(until - now_ms() - OVERLAP_MS) < 60_000
    (entry,) = audit.entries(settled.data_dir)
    assert (entry.action, entry.subject) == ("alerts.endpoint.rotate", "team") and entry.action in ACTIONS
    everything = "".join(str(panel.fill(look(EDITOR))) for panel in PAGE.panels) + str(entry)
    assert not [each for each in (TOKEN, secret, *before.secrets) if each in everything]


def test_only_a_webhook_has_a_secret_to_make_anew(look, settings: Settings):
    endpoints.add(settings.data_dir, "ads", "json://93.184.215.14/x", "apprise")
    assert "New secret…" not in words(fill_endpoints(look(EDITOR)))
    with pytest.raises(ConfigError, match="only a webhook is signed"):
        endpoint_deeds.change_endpoint(settings, EDITOR, "rotate", "ads")
    assert audit.entries(settings.data_dir) == []


def test_the_events_of_an_endpoint_are_chosen_anew_and_none_ticked_is_all(settled: Settings):
    data_dir, team = settled.data_dir, endpoints.named(settled.data_dir, "team").id
    said = endpoint_deeds.choose_events(settled, EDITOR, team, ["data.stale", "sender.silent"])
    assert said.words == "team is told of data.stale, sender.silent from now on."
    assert endpoints.named(data_dir, "team").events == ("data.stale", "sender.silent")
    assert "every event" in endpoint_deeds.choose_events(settled, EDITOR, team, []).words
    assert endpoints.named(data_dir, "team").events == () and endpoints.named(data_dir, "pager").events == ()
    back, first = audit.entries(data_dir)
    assert (first.action, first.before["events"], first.after["events"]) == (
        "alerts.endpoint.events", "all", "data.stale, sender.silent",
    )  # fmt: skip
    assert back.after["events"] == "all" and TOKEN not in str((first, back)) and first.action in ACTIONS
    wrong = (("data.stall", ConfigError, "did you mean"), ("alerts.test", Refused, "no event to choose"))
    for name, kind, why in wrong:
        with pytest.raises(kind, match=why):
            endpoint_deeds.choose_events(settled, EDITOR, team, [name])
    with pytest.raises(Refused, match="no such button"):  # of a row that the page does not have
        endpoint_deeds.choose_events(settled, EDITOR, team, None)
    assert endpoints.named(data_dir, "team").events == () and len(audit.entries(data_dir)) == 2


def test_channels_are_offered_and_taken_as_the_command_line_takes_them(
    look, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lines = {"pager": "pager_module:tell", "broken": "no_such_module_of_theirs:tell"}
    monkeypatch.syspath_prepend(
        package(tmp_path / "theirs", "whichad-pager", CHANNELS, lines, **{"pager_module.py": "tell = print"})
    )
    form = words(fill_endpoints(look(EDITOR)))
    assert all(f"'value': '{name}'" in form for name in channels.names()) and "pager" in channels.names()
    said, secret = add(settings, EDITOR, "ring", "https://pager.example.com/x", [], "pager")
    assert said == "ring is told of every event from now on, over pager." and secret == ""
    assert endpoints.named(settings.data_dir, "ring").channel == "pager"
    assert add(settings, EDITOR, "ads", "jsons://93.184.215.14/x", []).words.endswith("over apprise.")
    for channel, url, why in (
        ("pigeon", URL, "There is no channel 'pigeon'"), ("broken", URL, "cannot be imported"),
        ("apprise", "nothing://x", "does not know this address"), ("apprise", "jsons://127.0.0.1/x", "private"),
        ("webhook", "slack://a/b/c", "https"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=why):
            add(settings, EDITOR, "other", url, [], channel)
    assert [each.name for each in endpoints.listed(settings.data_dir)] == ["ads", "ring"]


def test_one_subject_is_snoozed_from_its_event_and_woken_and_the_rest_is_told(look, settings: Settings):
    data_dir, at = settings.data_dir, now_ms()
    subject, other = (subject_of(each, "facebook", "2384", None) for each in ("rac1_a", "rac1_b"))
    told = {"creative_id": "rac1_a", "creative_text": "Quiet <b>SUVs</b>"}
    kind = "creative.verdict_changed"
    events.note(data_dir, Step([Event("evt_1", kind, kind, subject, at, "v1", "It is cut now.", told)]), at)
    said = rule_deeds.snooze_event(settings, EDITOR, "week", "evt_1").words
    assert said == "creative.verdict_changed: “Quiet <b>SUVs</b>” · facebook · 2384 is quiet for a week."
    rule = rules.named(data_dir, kind)
    assert rule.is_quiet(subject, at + 6 * DAY_MS) and not rule.is_quiet(subject, at + 8 * DAY_MS)
    assert not rule.is_quiet(other, at) and not rule.is_quiet("", at)
    ruled, seen = words(fill_rules(look(EDITOR))), words(fill_events(look(EDITOR)))
    assert "“Quiet <b>SUVs</b>” · facebook · 2384" in ruled and ": quiet until" in ruled
    assert "Wake: It is cut now." in seen and "Snooze…: It is cut now." not in seen
    assert "Wake" not in words(fill_rules(look(VIEWER)))
    rule_deeds.wake_subject(settings, EDITOR, kind, subject)
    assert rules.named(data_dir, kind).snoozed == {} and "Snooze…: It is cut now." in words(fill_events(look(EDITOR)))
    assert [each.action for each in audit.entries(data_dir)] == ["alerts.subject.wake", "alerts.subject.week"]
    assert {each.action for each in audit.entries(data_dir)} <= set(ACTIONS)
    for deed, why in (
        (lambda: rule_deeds.wake_subject(settings, EDITOR, kind, subject), "over already"),
        (lambda: rule_deeds.snooze_event(settings, EDITOR, "week", "evt_gone"), "not kept any more"),
        (lambda: rule_deeds.snooze_event(settings, EDITOR, "century", "evt_1"), "no such button"),
    ):
        with pytest.raises((Refused, ConfigError), match=why):
            deed()
    assert len(audit.entries(data_dir)) == 2


def test_what_no_rule_says_anyway_has_no_snooze(look, settings: Settings):
    data_dir, at = settings.data_dir, now_ms()
    seen = [
        Event(f"evt_{rule}", "sender.silent", rule, '["shop"]', at, "v1", rule, {}) for rule in ("gone", "data.stale")
    ]
    events.note(data_dir, Step(seen), at)
    assert "Snooze…: data.stale" in words(fill_events(look(EDITOR)))
    assert "Snooze…: gone" not in words(fill_events(look(EDITOR)))
    rule_deeds.change_rule(settings, EDITOR, "month", "data.stale")
    assert "Snooze…: data.stale" not in words(fill_events(look(EDITOR)))
    assert "Quiet until" in words(fill_rules(look(EDITOR)))


def test_a_threshold_keeps_the_filters_of_the_page(settings: Settings):
    said = rule_deeds.add_rule(settings, EDITOR, parse("?period=1&network=facebook&country=US"), TOLD).words
    made = next(each for each in rules.listed(settings.data_dir) if each.condition)
    assert made.condition is not None and made.condition.filters == {"network": "facebook", "country": "US"}
    assert made.condition.sentence in said and "roas below 0.8" in said and "cost is at least 100" in said
    for state in (State(text="suv"), State(verdict="winner")):
        with pytest.raises(Refused, match="cannot keep the filter"):
            rule_deeds.add_rule(settings, EDITOR, state, TOLD)


@pytest.mark.parametrize(("told", "said"), [
    ({"value": ""}, "which value"), ({"value": "much"}, "is no number"), ({"value": "NaN"}, "is no number"),
    ({"days": "x"}, "no number of days"), ({"days": "0"}, "1 to"), ({"metric": None}, "no metric"),
    ({"metric": "x; drop table rules"}, "no metric"), ({"per": "galaxy"}, "galaxy"), ({"floor-value": ""}, "floor"),
    ({"comparison": "near"}, "no comparison"),
])  # fmt: skip
def test_what_cannot_be_watched_is_refused_in_a_sentence(settings: Settings, told: dict, said: str):
    with pytest.raises((Refused, ConfigError), match=said):
        rule_deeds.add_rule(settings, EDITOR, State(), TOLD | told)
    assert [each for each in rules.listed(settings.data_dir) if each.condition] == []


def test_a_rule_is_snoozed_woken_switched_and_one_s_own_removed(look, settings: Settings):
    rule_deeds.add_rule(settings, EDITOR, State(), TOLD)
    own = next(each for each in rules.listed(settings.data_dir) if each.condition)
    rule_deeds.change_rule(settings, EDITOR, "week", own.id)
    assert "Quiet until" in words(fill_rules(look(EDITOR))) and "Wake" in words(fill_rules(look(EDITOR)))
    rule_deeds.change_rule(settings, EDITOR, "wake", own.id)
    assert not rules.named(settings.data_dir, own.id).is_quiet("", now_ms())
    rule_deeds.change_rule(settings, EDITOR, "off", "sender.silent")
    assert not rules.named(settings.data_dir, "sender.silent").is_on
    with pytest.raises(Refused, match="no such button"):
        rule_deeds.change_rule(settings, EDITOR, "remove", "sender.silent")
    rule_deeds.change_rule(settings, EDITOR, "remove", own.id)
    assert [each for each in rules.listed(settings.data_dir) if each.condition] == []
    assert {each.action for each in audit.entries(settings.data_dir)} <= set(ACTIONS)


def test_what_was_given_up_is_sent_again(look, settled: Settings):
    endpoint_deeds.replay(settled, EDITOR, "pager", "evt_1")
    assert deliveries.standings(settled.data_dir)[endpoints.named(settled.data_dir, "pager").id].waiting == 2
    assert "Send again" not in words(fill_events(look(EDITOR)))


@pytest.mark.parametrize("deed", [
    lambda s: add(s, VIEWER, "team", URL, []),
    lambda s: endpoint_deeds.change_endpoint(s, VIEWER, "remove", "team"),
    lambda s: rule_deeds.add_rule(s, VIEWER, State(), TOLD),
    lambda s: rule_deeds.change_rule(s, VIEWER, "off", "sender.silent"),
    lambda s: endpoint_deeds.change_endpoint(s, VIEWER, "rotate", "team"),
    lambda s: endpoint_deeds.choose_events(s, VIEWER, "team", ["data.stale"]),
    lambda s: endpoint_deeds.replay(s, VIEWER, "pager", "evt_1"),
    lambda s: rule_deeds.snooze_event(s, VIEWER, "day", "evt_1"),
    lambda s: rule_deeds.wake_subject(s, VIEWER, "sender.silent", "shop"),
])  # fmt: skip
def test_a_viewer_changes_nothing_whatever_is_posted(settled: Settings, deed):
    with pytest.raises(Refused, match="it takes an editor"):
        deed(settled)
    assert audit.entries(settled.data_dir) == []


def test_what_is_not_there_any_more_is_a_sentence_and_a_damaged_file_says_the_way_back(by_hand, settings: Settings):
    answer, _ = done(lambda: endpoint_deeds.change_endpoint(settings, EDITOR, "test", "ep_gone"))  # type: ignore[arg-type]
    assert "There is no endpoint 'ep_gone'" in answer.children
    (settings.data_dir / "creatives.duckdb").symlink_to(by_hand)
    (settings.data_dir / NAME).write_bytes(b"no database at all, but long enough to be looked at" * 50)
    trouble, *_ = filled(settings, PAGE.panels[0], "", None)
    assert "restore" in trouble[0].children
