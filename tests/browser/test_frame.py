"""What all pages share, in a real browser: addresses, shortcuts, exports equal to the screen, weight."""

import csv
import re

import pytest
from dashboard_browser import browser, context, expect, needs_chromium, page, serve

from dashboard import slim

__all__ = ["browser", "context", "page", "serve"]  # fixtures, found by pytest under these names
pytestmark = needs_chromium
PAGE_BYTES_MAX = 1_800_000
GRID = "overview-leaderboard"


@pytest.fixture(scope="module")
def site(serve, publish_into) -> str:
    """A dashboard on the real arbitrage world."""
    address, folder = serve("frame", None)
    publish_into(folder, "arbitrage")
    return address


def test_pages_carry_period_and_filters_on_and_back_returns(page, site):
    page.goto(f"{site}?period=28&network=facebook&sort=-spend")
    expect(page.locator(".ag-row").first).to_be_visible()
    page.get_by_role("link", name="Reconcile").click()
    page.wait_for_url(re.compile(r"/reconcile\?period=28&network=facebook$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Reconcile")
    expect(page.locator("#c-network")).to_have_value("facebook")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    assert page.url.endswith("?period=28&network=facebook&sort=-spend")


def test_shortcuts_do_what_controls_do_and_leave_fields_alone(page, site):
    page.goto(site)
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page.locator("#period")).not_to_be_empty()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).not_to_be_visible()
    page.keyboard.press("5")
    page.wait_for_url("**/?period=28")
    page.keyboard.press("/")
    page.keyboard.type("g3?")
    page.wait_for_url("**/?period=28&q=g3%3F")
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("x")
    page.wait_for_url(re.compile(r"/$"))
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/funnel")
    expect(page.get_by_role("heading", level=1)).to_have_text("Funnel")


def test_a_csv_is_what_the_screen_shows(page, site):
    page.goto(f"{site}?period=28&sort=-spend")
    rows = page.locator(f"#{GRID} .ag-row")
    expect(rows.first).to_be_visible()
    expect(page.locator(f"#{GRID}")).to_have_attribute("data-more", "right")  # the edge fades where columns go on
    with page.expect_download() as download:
        page.locator(f"[data-export='{GRID}']", has_text="CSV").click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - the browser's own path
        read = list(csv.DictReader(file))
    shown = page.evaluate(
        f"""() => [...document.querySelectorAll('#{GRID} .ag-row')].map((row) => [
             Number(row.getAttribute('row-index')),
             row.querySelector("[col-id='spend']")?.textContent ?? null,
             row.querySelector("[col-id='profit']")?.textContent ?? null])"""
    )
    told = {index: (spend, profit) for index, spend, profit in shown if spend and profit}
    assert len(told) >= 3
    for index, (spend, profit) in told.items():
        money = [float(text.replace("$", "").replace(",", "").replace("−", "-")) for text in (spend, profit)]
        assert money == pytest.approx([float(read[index]["Spend"]), float(read[index]["Profit"])], abs=0.006)
    spends = [float(row["Spend"]) for row in read]
    assert spends == sorted(spends, reverse=True)
    assert download.value.suggested_filename.startswith(f"whichad-{GRID}-2026-10-27-2026-11-23")


def test_a_phone_shows_numbers_first_and_unfolds_the_filters(page, site):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}?period=28&network=facebook&q=a")
    expect(page.locator("#overview-head .kpi-value").nth(2)).to_be_in_viewport(ratio=1)
    expect(page.locator("#c-days")).to_be_in_viewport()
    expect(page.locator("#c-network")).to_be_hidden()
    fold = page.get_by_role("button", name="Filters (2)")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#c-network")).to_have_value("facebook")
    page.get_by_role("button", name="Clear: all networks").click()
    page.wait_for_url(re.compile(r"\?period=28&q=a$"))
    expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_chart_becomes_a_picture_on_this_machine(page, site):
    page.goto(site)
    button = page.locator("[data-png]").first
    figure = page.locator(f"#{button.get_attribute('data-png')} .main-svg").first
    expect(figure).to_be_visible()
    with page.expect_download() as download:
        button.click()
    with open(download.value.path(), "rb") as file:  # noqa: PTH123
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    name = button.get_attribute("data-png")
    assert re.fullmatch(rf"whichad-{name}-\d{{4}}-\d\d-\d\d-\d{{4}}-\d\d-\d\d\.png", download.value.suggested_filename)


@pytest.mark.skipif(not slim.kept().exists(), reason="the smaller Plotly script needs npm: whichad dashboard slim")
def test_the_page_weighs_less_than_it_may(context, site):
    fresh = context.browser.new_context()
    opened = fresh.new_page()
    wire = fresh.new_cdp_session(opened)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    opened.goto(site)
    expect(opened.locator(".ag-row").first).to_be_visible()
    expect(opened.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    fresh.close()
    assert 1_000_000 < sum(sizes) < PAGE_BYTES_MAX, "compressed, everything counted"
