"""What all pages share, in a real browser: addresses, shortcuts, exports equal to the screen, weight."""

import csv
import re

import pytest
from bench import first_paint
from dashboard_browser import expect, needs_chromium, violations

from dashboard import slim
from dashboard.live import NO_DOOR

pytestmark = needs_chromium
PAGE_BYTES_MAX = 1_800_000
GRID = "overview-leaderboard"
LIGHT, DARK = "rgb(86, 98, 112)", "rgb(154, 167, 181)"  # figures/theme.py `muted`
GROUNDS = """grid => ["body", `#${grid} .ag-row`, `#${grid} .ag-header`].map((name) => {
  const style = getComputedStyle(document.querySelector(name));
  return style.backgroundColor + style.color; })"""


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


def test_the_toggle_recolours_page_grid_and_figures_and_is_remembered(page, site):
    page.goto(site)
    tick = page.locator("#overview-certainty .xtick text").first
    expect(page.locator(f"#{GRID} .ag-row").first).to_be_visible()
    expect(tick).to_have_css("fill", LIGHT)
    before = page.evaluate(GROUNDS, GRID)
    page.locator("#toggle").click()
    expect(tick).to_have_css("fill", DARK)
    assert all(now != was for now, was in zip(page.evaluate(GROUNDS, GRID), before, strict=True))
    page.reload()
    expect(tick).to_have_css("fill", DARK)


def test_a_lost_connection_is_said_and_what_was_asked_meanwhile_is_drawn_once_it_is_back(context, site):
    opened = context.new_page()  # not the strict one: the console says what could not be reached
    opened.goto(f"{site}health")
    here, heading = opened.locator("#live"), opened.get_by_role("heading", level=1)
    expect(here).to_have_text(NO_DOOR)
    expect(heading).to_have_text("Health")
    expect(opened.locator(".panel .foot:empty")).to_have_count(0)
    opened.route("**/*", lambda route: route.abort())
    expect(here).to_have_text("Connection lost, trying again")
    expect(here).to_have_class("live lost")
    opened.get_by_role("link", name="Data dictionary").click()
    opened.wait_for_url("**/dictionary")
    expect(heading).to_have_text("Health")
    opened.unroute("**/*")
    expect(here).to_have_text(NO_DOOR)
    expect(heading).to_have_text("Data dictionary")
    expect(opened.locator("#dictionary-marts .ag-row").first).to_be_visible()
    opened.close()


def test_an_address_that_is_no_page_says_so_and_leads_back(context, site):
    opened = context.new_page()
    answer = opened.goto(f"{site}creatives/7")
    assert answer.status == 404
    expect(opened.get_by_role("heading", name="There is no such page")).to_be_visible()
    assert violations(opened) == []
    opened.get_by_role("link", name="Go to the overview").press("Enter")
    expect(opened.get_by_role("heading", level=1)).to_have_text("Overview")
    opened.close()


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
    page.locator("#c-q").fill("")
    page.wait_for_url(re.compile(r"\?period=28&network=facebook$"))
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


def test_a_first_visit_is_measured_and_the_page_weighs_less_than_it_may(browser, site):
    visit = first_paint.visit(browser, site)
    assert visit.keys() == first_paint.MEASURES.keys()
    assert 0 < visit["paint"] <= visit["panels"] and min(visit["filter"], visit["period"]) > 0
    said = first_paint.table([visit, {**visit, "paint": 3 * visit["paint"]}])
    assert f"{2 * visit['paint']:,.0f}" in said
    assert visit["bytes"] > 1_000_000, "compressed, everything counted"
    if slim.kept().exists():  # the smaller Plotly script needs npm: whichad dashboard slim
        assert visit["bytes"] < PAGE_BYTES_MAX
