"""The page Creative in a real browser: chosen by keyboard, hostile texts as texts, exports, a merge, a phone."""

import csv
import io
import re
from pathlib import Path

import duckdb
import pytest
from dashboard_browser import expect, needs_chromium, violations
from dashboard_planted import HOSTILE, INTO, MERGED

from dashboard.state import short

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def site(serve, publish_into) -> tuple[str, Path]:
    """The address of a dashboard on the arbitrage world, and its data directory."""
    address, folder = serve("creative", None)
    publish_into(folder, "arbitrage")
    return address, folder


def creative_of(folder: Path, text: str) -> str:
    with duckdb.connect(str((folder / "creatives.duckdb").resolve()), read_only=True) as con:
        return short(con.execute("select creative_id from creatives where creative_text = ?", [text]).fetchone()[0])


def open_at(page, address: str, *panels: str) -> None:
    """Open the page, and bring the late panels of these names near, so that they are made."""
    page.goto(address)
    expect(page.locator("#creative-totals .ag-row")).not_to_have_count(0)
    for name in panels:
        page.locator(
            f"[data-late='{name}']"
        ).scroll_into_view_if_needed()  # the panel itself is replaced once it is near
        expect(page.locator(f"#{name}-foot")).to_contain_text("From ")


def test_without_a_creative_there_is_a_list_and_enter_opens_one(page, site):
    page.goto(f"{site[0]}creative?period=28")
    expect(page.get_by_text("No creative is chosen.")).to_be_visible()
    expect(page.locator("#creative-choose .ag-row")).not_to_have_count(0)
    expect(page.locator("#creative-totals-panel")).to_be_hidden()
    assert violations(page) == []
    page.locator("#creative-choose .ag-row[row-index='0'] [col-id='text']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"creative=(rac|ad)1_[0-9a-f]{8}"))
    expect(page.locator(".creative-title")).to_be_visible()
    expect(page.locator("#creative-totals-panel")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("No creative is chosen.")).to_be_visible()


def test_a_hostile_text_is_text_everywhere(page, site):
    address = f"{site[0]}creative?period=28&creative={creative_of(site[1], HOSTILE)}"
    open_at(page, address, "creative-variants", "creative-aliases", "creative-compliance", "creative-receipt")
    expect(page.locator(".creative-title")).to_have_text(HOSTILE)
    expect(page.locator("#creative-text .creative-text")).to_have_text(HOSTILE)
    expect(page.locator("#creative-variants .cell-differences").first).to_be_attached()
    assert page.locator("a[href*='evil'], svg a, img[src='x']").count() == 0


def test_a_receipt_is_reached_from_its_number_and_the_export_equals_the_screen(page, site):
    ident = creative_of(site[1], INTO)
    open_at(page, f"{site[0]}creative?period=28&creative={ident}")
    page.locator("#creative-totals .ag-row[row-index='2'] a").click()
    page.wait_for_url("**of=spend**")
    expect(page.locator("#creative-receipt-title")).to_be_in_viewport()
    expect(page.locator("#creative-receipt")).to_contain_text("sum(cost_direct + cost_allocated)")
    shown = page.locator("#creative-totals .ag-row[row-index='2'] [col-id='now']").inner_text()
    expect(page.locator("#creative-receipt strong").first).to_have_text(f"Spend: {shown}")
    with page.expect_download() as started:
        page.locator("[data-export='creative-totals'][href*='.csv']").click()
    rows = list(csv.reader(io.StringIO(Path(started.value.path()).read_text(encoding="utf-8-sig"))))
    titles = page.locator("#creative-totals .ag-header-cell-text").all_inner_texts()
    assert [title.replace("\n", " ") for title in titles] == rows[0]
    screen = page.locator("#creative-totals .ag-row [col-id='now']").all_inner_texts()
    assert screen == [row[1] for row in rows[1:]]


def test_a_merge_is_decided_pending_and_what_is_typed_outlives_a_new_version(page, site, publish_into):
    address, folder = site
    open_at(page, f"{address}creative?period=28&creative={creative_of(folder, INTO)}", "creative-aliases")
    expect(page.locator("#creative-aliases")).to_contain_text(MERGED)
    expect(page.locator("#creative-aliases")).to_contain_text("<b>shorter</b>")
    page.locator("#creative-merge-do").click()
    expect(page.locator("#creative-aliases-said")).to_contain_text("Say why")
    page.get_by_label("Why (merge)").fill("the same product")
    page.locator("#creative-merge-do").click()
    expect(page.locator("#creative-aliases-said")).to_contain_text("Choose the creative")
    before = page.locator("#as-of").inner_text()
    publish_into(folder, "arbitrage", "after")
    expect(page.locator("#as-of")).not_to_have_text(before)
    expect(page.locator("#creative-aliases")).to_contain_text("They run side by side")  # the new version's answer
    expect(page.get_by_label("Why (merge)")).to_have_value("the same product")
    expect(page.locator("#creative-aliases-said")).to_contain_text("Choose the creative")
    page.locator("#creative-merge-which").click()
    page.get_by_role("option", name="Planted loser: a mattress").click()
    page.locator("#creative-merge-do").click()
    expect(page.locator("#creative-aliases-said")).to_contain_text("Decided.")
    open_at(page, page.url, "creative-aliases")
    expect(page.locator("#creative-aliases .pending")).to_contain_text("this creative is merged into")
