"""The page Compare in a real browser: picked by keyboard, shared by URL, parts that sum, text only as text."""

import re
from decimal import Decimal

from dashboard_browser import expect, needs_chromium
from dashboard_planted import HOSTILE, creatives

from dashboard.state import short
from ingest.creative import identify

pytestmark = needs_chromium
WINNER, LOSER = (short(str(identify(each.text).creative_id)) for each in creatives("arbitrage")[:2])
ODD = short(str(identify(HOSTILE).creative_id))


def drawn(page) -> None:
    expect(page.locator("#compare-gap .barlayer .bars")).not_to_have_count(0, timeout=60_000)
    expect(page.locator("#compare-best .scatterlayer .trace")).not_to_have_count(0)
    expect(page.locator("#compare-time .scatterlayer .trace")).not_to_have_count(0)
    expect(page.locator("#compare-words .diff")).not_to_have_count(0)
    expect(page.locator(".panel .foot:empty")).to_have_count(0)  # every panel has its answer
    for name in ("sides", "scopes", "overlap", "choose"):
        expect(page.locator(f"#compare-{name} .ag-row")).not_to_have_count(0)
    expect(page.locator(".ag-header-row-column:not(:has([role=columnheader]))")).to_have_count(0)


def test_two_are_picked_by_keyboard_and_the_parts_of_their_gap_sum_on_the_page(page, site):
    page.goto(f"{site}compare?period=all")
    expect(page.locator("#compare-head")).to_contain_text("Tick two to six creatives", timeout=60_000)
    expect(page.locator("#compare-sides-panel")).to_be_hidden()
    first = page.locator("#compare-choose .ag-row[row-index='0'] [col-id='clicks']")
    first.click()
    page.wait_for_url(re.compile(r"pick=(rac|ad)1_[0-9a-f]{8}$"))
    expect(page.locator("#compare-head")).to_contain_text("its two periods are compared")
    page.locator("#compare-choose .ag-row[row-index='0'] [col-id='clicks']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile(r"pick=(rac|ad)1_[0-9a-f]{8},(rac|ad)1_[0-9a-f]{8}$"))
    drawn(page)
    page.locator("#compare-gap-panel summary").focus()
    page.keyboard.press("Enter")
    rows = page.locator("#compare-gap-table tbody tr")
    expect(rows.last).to_contain_text("The gap")
    gaps = [Decimal(rows.nth(n).locator("td").nth(4).inner_text()) for n in range(rows.count())]
    assert len(gaps) > 4 and sum(gaps[:-1]) == gaps[-1] != 0
    page.go_back()
    expect(page.locator("#compare-head")).to_contain_text("its two periods are compared")


def test_a_shared_address_shows_the_same_comparison_and_hostile_text_is_text(page, site):
    page.goto(f"{site}compare?period=all&pick={WINNER},{ODD},{LOSER}&of={LOSER}")
    drawn(page)
    expect(page.locator("#compare-head").get_by_text(HOSTILE)).to_be_visible()
    expect(page.locator("#compare-gap-caption")).to_contain_text("C earns")
    expect(page.locator("#compare-best-caption")).to_contain_text("Observational")
    expect(page.locator("#compare-words")).to_contain_text("onerror=alert(1)>")
    assert page.locator("a[href*='evil'], svg a, img[src='x']").count() == 0
    page.get_by_role("link", name="Remove B").click()
    page.wait_for_url(re.compile(rf"pick={WINNER},{LOSER}"))
    expect(page.locator("#compare-head").get_by_text(HOSTILE)).to_have_count(0)


def test_a_phone_shows_a_number_beside_its_name(page, site):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}compare?period=all&pick={WINNER},{LOSER}")
    drawn(page)
    page.locator("#compare-sides").scroll_into_view_if_needed()
    expect(page.locator("#compare-sides .ag-header-cell[col-id='c0']")).to_be_in_viewport(ratio=0.7)
