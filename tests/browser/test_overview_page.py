"""The page Overview in a real browser: which creatives earn, what to do, what changed; by mouse, keyboard and phone."""

import re
import shutil
from pathlib import Path

import duckdb
from dashboard_browser import expect, needs_chromium, violations
from dashboard_planted import HOSTILE

pytestmark = needs_chromium
LINES = "#overview-trend .scatterlayer .trace"
GRID = "#overview-leaderboard"
PICK = r"(rac|ad)1_[0-9a-f]{8}"


def drawn(page, address: str) -> None:
    page.goto(address)
    expect(page.locator(LINES)).not_to_have_count(0, timeout=60_000)  # the first draw on a busy machine
    expect(page.locator("#overview-certainty .scatterlayer .trace")).not_to_have_count(0)
    for name in ("leaderboard .ag-row", "head .kpi", "todo .thumb", "changed .changes li", "record .claims li"):
        expect(page.locator(f"#overview-{name}")).not_to_have_count(0)


def row(page, index: int, column: str):
    return page.locator(f"{GRID} .ag-row[row-index='{index}'] [col-id='{column}']")


def test_a_first_visit_answers_what_earns_what_to_do_and_what_changed(page, site):
    drawn(page, site)
    expect(page.locator("#overview-head")).to_contain_text("within chance")
    expect(page.locator("#overview-head")).to_contain_text("today is not over")
    expect(page.locator("#overview-changed")).to_contain_text("verdicts changed since yesterday")
    expect(page.locator("#overview-record")).to_contain_text("The first can be judged on")
    expect(page.locator("#overview-trend-caption")).to_contain_text("22–23 Nov 2026 are still maturing (hatched)")
    expect(page.locator("#overview-trend-caption")).to_contain_text("Today is not over: its point is open.")
    expect(page.locator("#overview-experiments-panel")).to_be_hidden()
    expect(row(page, 0, "advice").locator("b")).not_to_be_empty()
    expect(row(page, 0, "advice").locator(".cell-why")).not_to_be_empty()
    expect(row(page, 0, "trend").locator("img")).to_have_attribute("alt", re.compile("^Profit per day, 14 days"))


def test_a_thumb_shows_its_creatives_where_one_is_and_back_undoes_it(page, site):
    drawn(page, f"{site}?period=28")
    thumb = page.locator(".thumb-cut")
    thumb.scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")
    many = int(thumb.locator(".thumb-number").inner_text())
    thumb.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/?period=28&show=cut")
    expect(page.locator(f"{GRID}-caption")).to_contain_text(f"{many} creatives")
    expect(page.locator(f"{GRID} .ag-center-cols-container .ag-row")).to_have_count(many)
    expect(page.locator("li[aria-current='true']")).to_contain_text("Cut or replace")
    expect(page.locator(f"{GRID} [col-id='verdict'] .verdict-cut").first).to_contain_text("▼ Cut")
    assert abs(page.evaluate("window.scrollY") - before) < 40, "the list stays in sight"
    page.go_back()
    expect(page.locator("li[aria-current='true']")).to_contain_text("All")


def test_a_shared_address_narrows_everything_and_hostile_text_is_text(page, site):
    drawn(page, f"{site}?period=28&metric=epc&q=evil.example")
    expect(page.locator(f"{GRID}-caption")).to_contain_text("1 creative,")
    cell = row(page, 0, "text").get_by_text(HOSTILE, exact=True)
    expect(cell).to_be_visible()
    expect(page.locator("#overview-trend-caption")).to_contain_text("EPC per day")
    expect(page.locator("#overview-changed")).to_contain_text(HOSTILE)
    assert page.locator("a[href^='https:'], svg a, img[src='x']").count() == 0
    page.locator("#c-q").fill("no such words")
    expect(page.locator(f"{GRID}-caption")).to_contain_text("Widen the period, or clear a filter")
    expect(page.locator("#overview-trend")).to_contain_text("Nothing to draw")


def test_a_filter_by_keyboard_that_looks_inside_a_scope_takes_the_verdicts_away(page, site):
    drawn(page, f"{site}?period=14")
    page.locator(".more-filters summary").focus()
    page.keyboard.press("Enter")
    page.locator("#c-device").focus()
    page.keyboard.type("mobile")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?period=14&device=mobile")
    expect(page.locator("#overview-todo")).to_contain_text("Filtered: no verdict looks inside the device")
    expect(page.locator(f"{GRID}-caption")).to_contain_text("Filtered: no verdict on the device")
    expect(page.locator("#overview-head")).to_contain_text("Spend is not stated by these filters")
    expect(page.locator("#overview-head .kpi-value").first).to_have_text("n/a")


def test_rows_are_picked_drawn_compared_and_opened_by_keyboard(page, site):
    drawn(page, f"{site}?period=28")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    row(page, 1, "profit").click()
    page.wait_for_url(re.compile(rf"pick={PICK}$"))
    expect(page.locator("#overview-trend-caption")).to_contain_text("Tick one more")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile(rf"pick={PICK},{PICK}$"))
    expect(page.locator("#overview-trend-caption .legend li")).to_have_count(2)
    expect(page.locator(f"{GRID} .ag-row-selected")).to_have_count(2)
    assert any("overview-trend." in body for body in asked)
    assert not any("overview-leaderboard." in body or "overview-todo." in body for body in asked), (
        "ticks fill one panel"
    )
    page.get_by_role("link", name="Compare these 2").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/compare\?period=28&pick={PICK},{PICK}$"))
    page.go_back()
    expect(page.locator(f"{GRID} .ag-row-selected")).to_have_count(2)
    onward = re.compile(rf"/creative\?period=28&pick={PICK},{PICK}&creative={PICK}$")
    row(page, 0, "profit").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(onward)
    page.go_back()
    for link in (row(page, 0, "text").locator("a"), page.locator("#overview-changed li a").first):
        link.click()  # links are written without ticks, and take them along
        page.wait_for_url(onward)
        expect(link).to_have_count(0)
        page.go_back()
    expect(page.locator(f"{GRID} .ag-row-selected")).to_have_count(2)
    page.locator(".thumb-cut").click()
    page.wait_for_url(re.compile(rf"/\?period=28&show=cut&pick={PICK},{PICK}$"))


def test_new_data_comes_without_losing_ticks_sorting_or_place(page, serve, publish_into):
    address, folder = serve("live", None)
    publish_into(folder, "arbitrage", "before")
    drawn(page, f"{address}?period=28")
    page.evaluate("window.kept = true")
    row(page, 2, "profit").click()
    expect(page.locator(f"{GRID} .ag-row-selected")).to_have_count(1)
    page.locator(f"{GRID} .ag-header-cell[col-id='spend'] .ag-header-cell-label").click()
    page.wait_for_url(re.compile("sort=-spend"))
    page.evaluate("window.scrollTo(0, 700)")
    page.locator(f"{GRID} .ag-body-viewport").evaluate("grid => grid.scrollTo(0, 520)")
    profit = page.locator("#overview-head .kpi-value").first.inner_text()
    waiting = page.locator("#overview-leaderboard-panel .waiting")
    held = hold(page, "overview-leaderboard.")
    publish_into(folder, "arbitrage", "now")  # a day later
    expect(page.locator("#overview-head .kpi-value").first).not_to_have_text(profit, timeout=15_000)
    expect(waiting).to_be_attached()  # longer than the first quarter of a second, and nobody has asked for it:
    expect(waiting).to_be_hidden()
    release(page, held)
    expect(waiting).to_have_count(0)
    page.wait_for_timeout(500)
    assert page.evaluate("[window.kept, Math.round(window.scrollY)]") == [True, 700]
    assert page.locator(f"{GRID} .ag-body-viewport").evaluate("grid => grid.scrollTop") == 520
    assert "pick=" in page.url and "sort=-spend" in page.url
    expect(page.locator("#overview-trend-caption .legend li")).to_have_count(1)
    expect(page.locator(f"{GRID} .ag-header-cell[col-id='spend']")).to_have_attribute("aria-sort", "descending")


def test_a_wait_that_the_visitor_began_is_shown_and_hides_nothing(page, site):
    drawn(page, f"{site}?period=28")
    held = hold(page, "overview-leaderboard.")
    page.locator("h1").click()
    page.keyboard.press("4")
    waiting = page.locator("#overview-leaderboard-panel .waiting")
    expect(waiting).to_be_visible()
    expect(row(page, 0, "profit")).to_be_visible()
    expect(page.locator("#overview-trend-panel .waiting")).to_have_count(0)
    release(page, held)
    expect(waiting).to_have_count(0)


def test_on_a_phone_a_row_says_its_verdict_and_profit_beside_its_text(page, site):
    page.set_viewport_size({"width": 390, "height": 844})
    drawn(page, f"{site}?period=28")
    chip = page.locator(f"{GRID} .ag-row[row-index='0'] .cell-narrow .verdict").first
    chip.scroll_into_view_if_needed()
    expect(chip).to_be_in_viewport(ratio=1)
    expect(page.locator(f"{GRID} .ag-row[row-index='0'] .cell-narrow")).to_contain_text("Profit $")
    assert violations(page) == []


def test_an_empty_install_fills_by_itself_and_trouble_is_told_in_words_with_a_way_back(page, serve, publish_into):
    address, folder = serve("empty", None)
    page.goto(address)
    expect(page.get_by_role("heading", name="Waiting for the first creative")).to_be_visible()
    page.evaluate("window.kept = true")
    real = publish_into(folder, "arbitrage")
    expect(page.locator(f"{GRID} .ag-row")).not_to_have_count(0)
    assert page.evaluate("window.kept") is True, "without a reload"

    other = real.with_name("99990101T000000-000000001.duckdb")
    shutil.copy(real, other)
    other.chmod(0o644)
    with duckdb.connect(str(other)) as con:
        con.execute("alter table verdicts drop column why")
    swing(folder, other)
    trouble = page.locator("#overview-todo-trouble")
    expect(trouble).to_contain_text("It was made by another version of whichad")
    expect(page.locator("#overview-trend-caption")).to_contain_text("Profit per day")
    mended = folder / "mended" / other.name
    mended.parent.mkdir()
    shutil.copy(real, mended)
    swing(folder, mended)  # of the same name, so it is no news: only who asks again gets it
    trouble.get_by_role("button", name="Try again").press("Enter")
    expect(trouble).to_be_empty()
    expect(page.locator("#overview-todo .thumb")).not_to_have_count(0)


def hold(page, output: str) -> list:
    """Keep back the answers to the callback with this output; they gather in the list."""
    held: list = []
    page.route("**/_dash-update-component*", lambda route: held.append(route)
               if output in route.request.post_data else route.continue_())  # fmt: skip
    return held


def release(page, held: list) -> None:
    """Let the answers come that were kept back, and all later ones."""
    for route in held:
        route.continue_()
    page.unroute("**/_dash-update-component*")


def swing(folder: Path, target: Path) -> None:
    """Make `target` the newest published file, as a publish does."""
    link = folder / ".creatives.aside"
    link.symlink_to(target)
    link.replace(folder / "creatives.duckdb")
