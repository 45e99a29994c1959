"""Funnel, Reconcile, Health, the data dictionary in a real browser: chosen and opened by keyboard, hostile, empty."""

import re

import pytest
from dashboard_browser import expect, needs_chromium
from dashboard_planted import HOSTILE

from dashboard.pages.health import PAGE as HEALTH
from dashboard.pages.page import Page
from dashboard.pages.reconcile import PAGE as RECONCILE
from dashboard.people import audit

pytestmark = needs_chromium
FIRST_MS = 60_000  # seven panels at once, on two cores that other tests load, too
WITHOUT_ROWS = {"reconcile-restated"}  # a world may have none, and says so


@pytest.fixture(scope="module")
def site(serve, publish_into) -> str:
    """The address of a dashboard on what the real pipeline published of an arbitrage install."""
    address, folder = serve("truth", None)
    publish_into(folder, "arbitrage")
    audit.record(folder, 1_795_000_000, "anna", "merge", HOSTILE, None, {"reason": HOSTILE})
    return address.rstrip("/")


def open_page(page, address: str, which: Page, search: str = "?period=28") -> None:
    """Open it, and wait until every panel has what it shows."""
    page.goto(f"{address}{which.path}{search}")
    for panel in which.panels:
        if panel.shape == "figure":
            expect(page.locator(f"#{panel.name} .plot-container .trace").first).to_be_attached(timeout=FIRST_MS)
        elif panel.shape == "grid" and panel.name not in WITHOUT_ROWS:
            expect(page.locator(f"#{panel.name} .ag-row").first).to_be_attached(timeout=FIRST_MS)
        elif panel.shape == "words":
            expect(page.locator(f"#{panel.name}")).not_to_be_empty(timeout=FIRST_MS)
    assert page.locator(".trouble:not(:empty)").all_inner_texts() == []


def test_a_measure_is_chosen_and_a_sender_opened_by_keyboard(page, site):
    open_page(page, site, RECONCILE)
    expect(page.locator("#reconcile-said-caption")).to_contain_text("Clicks, ")
    page.get_by_role("link", name="Spend", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reconcile?*of=spend*")
    expect(page.locator("#reconcile-said-caption")).to_contain_text("Spend, ")
    expect(page.locator("#reconcile-parts-caption")).to_contain_text("add up to the gap exactly")
    expect(page.locator("#reconcile-ledger")).to_contain_text("✓ equals what came in")
    page.go_back()
    expect(page.locator("#reconcile-said-caption")).to_contain_text("Clicks, ")
    open_page(page, site, HEALTH)
    cell = page.locator("#health-senders .ag-row [col-id='sender']").first
    name = cell.inner_text()
    cell.click(position={"x": 3, "y": 3})
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/health?*sender={name}*")


def test_health_shows_a_hostile_text_as_text_and_says_that_ingest_is_down(page, site):
    open_page(page, site, HEALTH, f"?period=28&q={HOSTILE.split('<')[0] or 'Win'}")
    expect(page.locator("#health-running")).to_contain_text(
        re.compile(r"✗ not running. Start it with: \S*whichad --config \S+/whichad.toml up")
    )
    expect(page.locator("#health-aside")).to_contain_text("whichad.toml ingest quarantine --sender tonic --code")
    expect(page.locator("#health-edits")).to_contain_text("Merged a creative")
    assert page.locator("a[href*='evil'], svg a, img[src='x']").count() == 0


def test_the_dictionary_is_searched_and_a_mart_opened(page, site):
    page.goto(f"{site}/dictionary?q=settled+cell")
    expect(page.locator("#dictionary-marts")).to_contain_text("settlement_cells", timeout=FIRST_MS)
    expect(page.locator("#dictionary-marts [row-id='lags']")).to_have_count(0)
    expect(page.locator("#dictionary-marts-foot")).not_to_contain_text("not filtered")
    page.locator("#dictionary-marts [row-id='settlement_cells'] a").click()
    page.wait_for_url("**/dictionary?*of=settlement_cells*")
    expect(page.locator("#dictionary-columns-caption")).to_contain_text("of settlement_cells.")


def test_an_install_to_which_nobody_posted_is_told_what_to_do(page, serve, publish_into):
    address, folder = serve("nobody", None)
    publish_into(folder, "empty")
    page.goto(f"{address.rstrip('/')}/health")
    expect(page.locator("#health-senders")).to_contain_text("nothing ever came")
    expect(page.locator("#health-fixes-caption")).to_contain_text("Nothing to fix")
    page.goto(f"{address.rstrip('/')}/dictionary")
    expect(page.locator("#dictionary-marts .ag-row").first).to_be_attached()
    page.goto(f"{address.rstrip('/')}/funnel")
    expect(page.locator("main")).to_contain_text("Waiting for the first creative")
