"""The page Attribution in a real browser: rules chosen by keyboard, a ledger that adds up where one can see it."""

import re
from decimal import Decimal

import pytest
from dashboard_browser import expect, needs_chromium

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def site(serve, publish_into) -> str:
    """The address of a dashboard on a shop that the real pipeline published."""
    address, folder = serve("attribution", None)
    publish_into(folder, "shop")
    return address


def drawn(page) -> None:
    expect(page.locator("#attribution-slope .scatterlayer .trace")).not_to_have_count(0, timeout=60_000)
    expect(page.locator("#attribution-ledger tbody tr")).not_to_have_count(0)
    expect(page.locator("#attribution-lags .barlayer .bars")).not_to_have_count(0)
    expect(page.locator(".panel .foot:empty")).to_have_count(0)  # every panel has its answer
    for name in ("rules", "sure", "removal", "by", "every"):
        expect(page.locator(f"#attribution-{name} .ag-row")).not_to_have_count(0)
    expect(page.locator(".ag-header-row-column:not(:has([role=columnheader]))")).to_have_count(0)


def test_the_ledger_adds_up_on_the_page_to_the_cent(page, site):
    page.goto(f"{site}attribution?period=all&rule=same_click")
    drawn(page)
    cells = page.locator("#attribution-ledger tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].slice(0, 3).map((cell) => cell.innerText))"
    )
    amounts = [(name, Decimal(many.replace(",", "")), Decimal(money.replace(",", ""))) for name, many, money in cells]
    assert [name for name, *_ in amounts[:2]] == ["Total", "Credited"] and len(amounts) > 3
    for place in (1, 2):
        assert amounts[0][place] == sum(row[place] for row in amounts[1:]) > 0
    expect(page.locator("#attribution-ledger .sum")).to_contain_text("Adds up:")
    expect(page.locator("#attribution-rules-caption")).to_contain_text("each of the 10 rules adds up")


def test_a_rule_and_the_day_of_the_click_are_chosen_by_keyboard_and_shared(page, site):
    page.goto(f"{site}attribution?period=28")
    drawn(page)
    expect(page.locator("#attribution-slope-caption")).to_contain_text(
        "under Linear, 7 days than under Last paid click"
    )
    expect(page.locator("#c-rule")).to_have_attribute("placeholder", "Linear")
    expect(page.locator("#c-window")).to_have_attribute("placeholder", "7 days")
    page.locator("#c-rule").focus()
    page.keyboard.type("Shapl")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"rule=shapley"))
    expect(page.locator("#attribution-slope-caption")).to_contain_text("under Shapley, 7 days", timeout=60_000)
    expect(page.locator("#attribution-rules .ag-header")).to_contain_text("Shapley, 7 days")
    page.goto(f"{page.url}&basis=click")
    drawn(page)
    expect(page.locator("#attribution-days-caption")).to_contain_text("Recent click days are not complete")
    expect(page.locator("#attribution-days")).to_contain_text("still maturing")
    expect(page.locator("#attribution-rules .strong [col-id='change_text']").first).to_contain_text(
        re.compile("up|down")
    )
