"""Alerts in a real browser: somebody added and a threshold set by keyboard, a secret seen once, and axe."""

import re

import pytest
from dashboard_browser import expect, needs_chromium, violations
from extending import package
from serving import serving

from analytics.alerts import deliveries, endpoints, events, rules
from analytics.alerts.deliveries import Attempt
from analytics.alerts.events import Event, Step
from analytics.alerts.kinds import DIGEST
from analytics.alerts.store import now_ms
from dashboard.people import audit
from ingest.extensions import CHANNELS

pytestmark = needs_chromium
FIRST_MS = 60_000
HOSTILE = 'shop fell silent <img src="x" onerror="alert(1)"> <a href="https://evil.example">now</a>'


@pytest.fixture(scope="module")
def site(tmp_path_factory, publish_into):
    """A dashboard with an endpoint that gave up an event, one that is off, a digest, and a channel of others."""
    folder = tmp_path_factory.mktemp("alerts")
    publish_into(folder, "arbitrage")
    _set_up(folder)
    theirs = {"pager_module.py": "def tell(event, url):\n    return 'rang'\n"}
    packages = package(
        tmp_path_factory.mktemp("theirs"), "whichad-pager", CHANNELS, {"pager": "pager_module:tell"}, **theirs
    )
    with serving(folder, packages=packages) as address:
        yield address.rstrip("/"), folder


def _set_up(folder):
    at = now_ms()
    pager = endpoints.add(folder, "pager", "https://93.184.215.14/token-in-the-path")
    events.note(folder, Step([
        Event("evt_1", "sender.silent", "sender.silent", '["shop"]', at, "v1", HOSTILE, {}),
        Event("evt_2", DIGEST, DIGEST, "", at + 1, "v1", "Since yesterday:\n3 winners, 12.50 USD less spend", {}),
    ]), at)  # fmt: skip
    deliveries.settle(folder, Attempt("evt_1", pager.id, at, False, 500, 30, "Internal Server Error"))
    endpoints.add(folder, "old", "https://93.184.215.14/")
    endpoints.disable(folder, "old", "it answered 410 Gone")


def test_somebody_is_added_and_a_threshold_set_by_keyboard_and_the_secret_is_seen_once(page, site):
    address, folder = site
    page.goto(f"{address}/alerts?period=7&network=facebook")
    expect(page.locator("#alerts-endpoints")).to_contain_text("Has taken nothing since", timeout=FIRST_MS)
    expect(page.locator("#alerts-endpoints")).to_contain_text("it answered 410 Gone")
    expect(page.locator("#alerts-events")).to_contain_text("<img src=")
    expect(page.locator("#alerts-digest")).to_contain_text("3 winners")
    expect(page.locator("#alerts-log .ag-row").first).to_be_attached()
    page.locator("#alerts-endpoint-name").focus()
    page.keyboard.type("team")
    page.keyboard.press("Tab")
    page.keyboard.type("https://127.0.0.1/x")
    page.locator("#alerts-endpoint-do").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#alerts-endpoints-said")).to_contain_text("private network")
    page.locator("#alerts-endpoint-url").fill("https://93.184.215.14/hook")
    page.locator("#alerts-endpoint-do").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#alerts-endpoints-said code")).to_have_text(re.compile("^whsec_"))
    expect(page.locator("#alerts-endpoints")).to_contain_text("team")
    secret = page.locator("#alerts-endpoints-said code").inner_text()
    expect(page.locator("#alerts-endpoint-url")).to_have_value("")
    expect(page.locator("#alerts-rules")).to_contain_text("It keeps the filters set above: network facebook.")
    page.locator("#alerts-rule-value").fill("0.8")
    page.locator("#alerts-rule-do").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#alerts-rules-said")).to_contain_text("it is watched: roas below 0.8")
    page.get_by_label(re.compile("^Snooze…: roas below 0.8")).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("^For a day: roas below 0.8")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#alerts-rules-said")).to_contain_text("is quiet for a day")
    expect(page.locator("#alerts-rules")).to_contain_text("Quiet until")
    page.get_by_role("button", name="Send again to pager").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#alerts-events-said")).to_contain_text("It waits for pager again")
    for more in page.locator("#alerts-endpoints summary").all():
        more.click()
    assert violations(page) == []
    page.reload()
    expect(page.locator("#alerts-endpoints")).to_contain_text("team", timeout=FIRST_MS)
    assert secret not in page.content() and endpoints.named(folder, "team").secrets == (secret,)
    assert page.locator("a[href*='evil'], img[src='x']").count() == 0


def test_a_secret_is_made_anew_by_keyboard_seen_once_and_the_one_before_signs_on(page, site):
    address, folder = site
    before = endpoints.named(folder, "pager").secrets
    page.goto(f"{address}/alerts")
    press(page, "New secret…: pager")
    press(page, "Make a new secret: pager")
    said = page.locator("#alerts-endpoints-said")
    expect(said).to_contain_text("pager has a new secret. The one before signs beside it for 24 hours.")
    secret = said.locator("code").inner_text()
    assert endpoints.named(folder, "pager").secrets == (secret, *before)
    assert violations(page) == []
    page.reload()
    expect(page.locator("#alerts-endpoints")).to_contain_text("pager", timeout=FIRST_MS)
    assert [each for each in (secret, *before) if each in page.content()] == []
    assert audit.entries(folder, limit=1)[0].action == "alerts.endpoint.rotate"


def test_the_events_of_an_endpoint_are_ticked_by_keyboard_while_versions_come_and_stay_ticked(page, site, publish_into):
    address, folder = site
    page.goto(f"{address}/alerts")
    press(page, "Events…: pager")
    row = page.locator("#alerts-endpoints .alert-row", has_text="pager")
    row.get_by_label(re.compile("^data.stale")).focus()
    page.keyboard.press("Space")
    data_as_of = page.get_by_text("Data as of").inner_text()
    with page.expect_response(lambda answer: "alerts-endpoints-foot" in (answer.request.post_data or "")):
        publish_into(folder, "arbitrage", "after")
    expect(page.get_by_text("Data as of")).not_to_have_text(data_as_of)
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn, 100)))")
    expect(row.get_by_label(re.compile("^data.stale"))).to_be_focused()
    press(page, "Keep: events of pager")
    expect(page.locator("#alerts-endpoints-said")).to_contain_text("pager is told of data.stale from now on.")
    expect(row).to_contain_text("data.stale")
    assert endpoints.named(folder, "pager").events == ("data.stale",)
    page.reload()
    press(page, "Events…: pager")
    expect(row.get_by_label(re.compile("^data.stale"))).to_be_checked()
    assert violations(page) == []
    row.get_by_label(re.compile("^data.stale")).focus()
    page.keyboard.press("Space")
    press(page, "Keep: events of pager")
    expect(page.locator("#alerts-endpoints-said")).to_contain_text("pager is told of every event")
    assert endpoints.named(folder, "pager").events == ()


def test_what_an_event_is_about_is_snoozed_and_woken_by_keyboard(page, site):
    address, folder = site
    page.goto(f"{address}/alerts")
    press(page, re.compile("^Snooze…: shop fell silent"))
    press(page, re.compile("^For a week: shop fell silent"))
    expect(page.locator("#alerts-events-said")).to_contain_text("sender.silent: shop is quiet for a week.")
    rule = page.locator("#alerts-rules .alert-row", has_text="sender.silent")
    expect(rule).to_contain_text("shop: quiet until")
    assert list(rules.named(folder, "sender.silent").snoozed) == ['["shop"]']
    expect(page.get_by_label(re.compile("^Wake: shop fell silent"))).to_be_visible()
    assert violations(page) == []
    press(page, re.compile("^Wake: shop$"))
    expect(page.locator("#alerts-rules-said")).to_contain_text("sender.silent: shop is awake.")
    expect(page.get_by_label(re.compile("^Snooze…: shop fell silent"))).to_be_visible()
    assert rules.named(folder, "sender.silent").snoozed == {}


def test_an_installed_channel_is_chosen_and_one_of_apprise_and_a_mistake_says_what_to_do(page, site):
    address, folder = site
    page.goto(f"{address}/alerts")
    fill(page, "ring", "https://93.184.215.14/x", "pager (installed)")
    expect(page.locator("#alerts-endpoints-said")).to_contain_text("from now on, over pager.")
    assert page.locator("#alerts-endpoints-said code").count() == 0
    fill(page, "ads", "jsons://127.0.0.1/x", "apprise: Slack, e-mail and others")
    expect(page.locator("#alerts-endpoints-said .refused")).to_contain_text("private network")
    fill(page, "ads", "nothing://x", "apprise: Slack, e-mail and others")
    expect(page.locator("#alerts-endpoints-said .refused")).to_contain_text("Its schemes: https://appriseit.com")
    fill(page, "ads", "jsons://93.184.215.14/x", "apprise: Slack, e-mail and others")
    expect(page.locator("#alerts-endpoints-said")).to_contain_text("from now on, over apprise.")
    assert violations(page) == []
    assert {each.name: each.channel for each in endpoints.listed(folder)}.items() >= {
        ("ring", "pager"),
        ("ads", "apprise"),
    }


def press(page, label):
    """Press what has this label, by keyboard."""
    page.get_by_label(label).focus(timeout=FIRST_MS)
    page.keyboard.press("Enter")


def fill(page, name, url, channel):
    """Fill the form for a new endpoint, and send it."""
    page.locator("#alerts-endpoint-name").fill(name, timeout=FIRST_MS)
    page.locator("#alerts-endpoint-url").fill(url)
    page.locator("#alerts-endpoint-channel").click()
    page.get_by_role("option", name=channel).click()
    page.locator("#alerts-endpoint-do").focus()
    page.keyboard.press("Enter")
