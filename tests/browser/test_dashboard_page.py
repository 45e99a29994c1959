"""The creatives page in a real browser: what a person sees, does, and never has to see."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest
from dashboard_browser import DRAWN, browser, context, expect, needs_chromium, open_drawn, page, serve, violations
from dashboard_marts import HOSTILE, TEXTS, believable, publish

__all__ = ["browser", "context", "page", "serve"]  # fixtures, found by pytest under these names
pytestmark = needs_chromium
WORLD = believable(as_of=datetime.now(UTC))


@pytest.fixture(scope="module")
def site(serve) -> str:
    """The address of a dashboard on a believable month."""
    return serve("site", WORLD)[0]


def test_the_page_shows_cards_verdicts_and_a_hostile_text_as_text(page, site):
    open_drawn(page, site)
    expect(page.locator("#as-of")).to_contain_text("(America/Los_Angeles)")
    expect(page.locator("#cards")).to_contain_text("Profit per click")
    expect(page.locator(".ag-header")).to_contain_text("Verdict")
    assert page.locator(".verdict").count() > 3
    expect(page.locator("#found")).to_have_text(f"{len(TEXTS)} creatives")
    expect(page.locator("#grid").get_by_text(HOSTILE, exact=True)).to_be_visible()
    expect(page.locator("#trend")).to_contain_text("still maturing")
    expect(page.locator("#ranking-note")).to_contain_text("$66.50 of spend")
    page.locator("#grid").get_by_text(HOSTILE, exact=True).hover()
    expect(page.locator(".ag-tooltip")).to_have_text(HOSTILE)
    assert page.locator("a[href*='evil'], svg a, img[src='x']").count() == 0


def test_a_deep_link_sets_the_controls_and_back_undoes_a_change(page, site):
    open_drawn(page, f"{site}?days=28&network=tiktok&metric=epc&q=s")
    expect(page.get_by_role("radio", name="28 d")).to_be_checked()
    expect(page.locator("#network")).to_have_value("tiktok")
    expect(page.get_by_label("Search the creative's text")).to_have_value("s")
    expect(page.locator("#trend-caption")).to_contain_text("EPC per day")
    page.get_by_text("14 d", exact=True).click()
    page.wait_for_url("**/?days=14&network=tiktok&q=s&metric=epc")
    page.go_back()
    page.wait_for_url("**/?days=28&network=tiktok&metric=epc&q=s")
    expect(page.get_by_role("radio", name="28 d")).to_be_checked()


def test_a_link_with_unknown_values_is_the_default_page(page, site):
    open_drawn(page, f"{site}?days=5&network=myspace&metric=x&pick=zzz&foo=1")
    expect(page.get_by_role("radio", name="7 d")).to_be_checked()
    expect(page.locator("#network")).to_have_value("")
    expect(page.locator(".mantine-Notification-root")).to_have_count(0)


def test_filters_narrow_the_ranking_and_a_pinned_cell_shows_its_verdict(page, site):
    open_drawn(page, site)
    page.locator("#network").click()
    page.get_by_role("option", name="taboola").click()
    page.wait_for_url("**/?network=taboola")
    expect(page.locator("#found")).to_have_text("8 creatives")
    expect(page.locator(".verdict").filter(has_text=re.compile(r"\d"))).to_have_count(0)
    page.get_by_label("Search the creative's text").fill("no such words")
    expect(page.locator("#found")).to_have_text("0 creatives")
    expect(page.locator(".ag-overlay").get_by_text("No creative matches these filters.").first).to_be_visible()


def test_rows_are_picked_by_mouse_and_keyboard_up_to_six(page, site):
    open_drawn(page, site)
    expect(page.locator(DRAWN)).to_have_count(3)
    row = page.locator(".ag-row[row-index='4'] [col-id='profit']")
    row.click()
    expect(page.locator(DRAWN)).to_have_count(4)
    page.wait_for_url(re.compile(r"pick=(rac1_[0-9a-f]{8},){3}rac1_[0-9a-f]{8}$"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator(DRAWN)).to_have_count(5)
    page.keyboard.press("Space")
    expect(page.locator(DRAWN)).to_have_count(4)
    for index in (3, 5, 6):
        page.locator(f".ag-row[row-index='{index}'] [col-id='profit']").click()
    expect(page.get_by_text("The trend draws up to 6 creatives")).to_be_visible()
    expect(page.locator(DRAWN)).to_have_count(6)
    expect(page.locator("#legend li")).to_have_count(6)
    expect(page.locator(".ag-row-selected")).to_have_count(6)


def test_the_toggle_recolours_page_grid_and_figures_and_is_remembered(page, site):
    open_drawn(page, site)

    def colours() -> list[str]:
        return page.evaluate(
            """() => ['body', '#grid .ag-row', '#certainty .ytick text'].map((name) => {
              const style = getComputedStyle(document.querySelector(name));
              return name.includes('tick') ? style.fill : style.backgroundColor + style.color; })"""
        )

    before = colours()
    page.locator("#toggle").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    expect(page.locator("#certainty .ytick text").first).to_have_css("fill", "rgb(230, 234, 239)")
    assert all(now != was for now, was in zip(colours(), before, strict=True))
    page.reload()
    expect(page.locator("#certainty .ytick text").first).to_have_css("fill", "rgb(230, 234, 239)")


def test_axe_finds_nothing_in_light_and_dark(page, site):
    open_drawn(page, site)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("#certainty .ytick text").first).to_have_css("fill", "rgb(230, 234, 239)")
    assert violations(page) == []


def test_a_phone_scrolls_only_downwards(page, site):
    page.set_viewport_size({"width": 390, "height": 844})
    open_drawn(page, site)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator(".ag-header-cell[col-id='profit']")).to_have_attribute("aria-colindex", "3")
    page.locator("#grid").scroll_into_view_if_needed()
    expect(page.locator(".ag-header-cell[col-id='profit']")).to_be_in_viewport(ratio=0.7)


def test_a_lost_connection_is_said_and_taken_back(page, site):
    open_drawn(page, site)
    expect(page.locator("#live")).to_have_text("Live")
    page.route("**/live", lambda route: route.abort())
    expect(page.locator("#live")).to_have_text("Connection lost, trying again")
    page.unroute("**/live")
    expect(page.locator("#live")).to_have_text("Live")


def test_the_empty_page_fills_by_itself_and_follows_each_version(page, serve):
    address, folder = serve("empty", None)
    page.goto(address)
    expect(page.get_by_role("heading", name="Waiting for the first creative")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(200)
        assert violations(page) == []
    page.evaluate("window.kept = true")

    publish(folder, WORLD, "v1")
    expect(page.locator(DRAWN)).to_have_count(3)
    page.locator(".ag-row[row-index='4'] [col-id='profit']").click()
    expect(page.locator(DRAWN)).to_have_count(4)
    page.locator(".ag-header-cell[col-id='spend']").click()

    more = tuple(replace(fact, revenue=fact.revenue * 2) for fact in WORLD.facts)
    spend = page.locator("#cards li").nth(2).inner_text()
    profit = page.locator("#cards li").nth(0).inner_text()
    publish(folder, replace(WORLD, facts=more), "v2")
    expect(page.locator("#cards li").nth(0)).not_to_have_text(profit, timeout=6000)
    assert page.locator("#cards li").nth(2).inner_text() == spend
    expect(page.locator(".ag-header-cell[col-id='spend']")).to_have_attribute("aria-sort", "descending")
    expect(page.locator(DRAWN)).to_have_count(4)

    (folder / "status.json").write_text('{"ok": false, "sentence": "The check spend_adds_up failed: 3 rows."}')
    expect(page.locator("#banner")).to_have_text("The check spend_adds_up failed: 3 rows.")
    assert page.evaluate("window.kept") is True, "no reload in all this"


def test_a_file_of_another_version_is_a_sentence_and_the_page_lives_on(page, serve):
    address, folder = serve("broken", WORLD)
    open_drawn(page, address)
    real = publish(folder, WORLD, "v2")
    real.chmod(0o644)
    with duckdb.connect(str(real)) as con:
        con.execute("alter table creative_scorecard drop column cpa")
    expect(page.get_by_text("It was made by another version of whichad")).to_be_visible()
    publish(folder, WORLD, "v3")
    page.get_by_text("14 d", exact=True).click()
    expect(page.locator("#trend-caption")).to_contain_text("Profit per day")
