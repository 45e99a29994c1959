"""Alerts in a real browser: somebody added and a threshold set by keyboard, a secret seen once, and axe."""

import re

import pytest
from dashboard_browser import expect, needs_chromium, violations

from analytics.alerts import deliveries, endpoints, events
from analytics.alerts.deliveries import Attempt
from analytics.alerts.events import Event, Step
from analytics.alerts.kinds import DIGEST
from analytics.alerts.store import now_ms

pytestmark = needs_chromium
FIRST_MS = 60_000
HOSTILE = 'shop fell silent <img src="x" onerror="alert(1)"> <a href="https://evil.example">now</a>'


@pytest.fixture(scope="module")
def site(serve, publish_into):
    """A dashboard with an endpoint that gave up an event, one that is switched off, and a digest."""
    address, folder = serve("alerts", None)
    publish_into(folder, "arbitrage")
    at = now_ms()
    pager = endpoints.add(folder, "pager", "https://93.184.215.14/token-in-the-path")
    events.note(folder, Step([
        Event("evt_1", "sender.silent", "sender.silent", "shop", at, "v1", HOSTILE, {}),
        Event("evt_2", DIGEST, DIGEST, "", at + 1, "v1", "Since yesterday:\n3 winners, 12.50 USD less spend", {}),
    ]), at)  # fmt: skip
    deliveries.settle(folder, Attempt("evt_1", pager.id, at, False, 500, 30, "Internal Server Error"))
    endpoints.add(folder, "old", "https://93.184.215.14/")
    endpoints.disable(folder, "old", "it answered 410 Gone")
    return address.rstrip("/"), folder


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
    page.get_by_role("button", name=re.compile("^Snooze a day: roas below 0.8")).focus()
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
