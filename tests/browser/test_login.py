"""Login and what people keep, in a browser: by keyboard, wrong, too often, a viewer, an editor, light and dark."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import payload
from dashboard_browser import expect, needs_chromium, violations
from dashboard_worlds import MOMENT
from serving import serving

from dashboard.people import annotations, attempts, users
from dashboard.people.store import writing

pytestmark = needs_chromium
SECRET = "seven green bicycles"
HOSTILE = "New landing <img src=x onerror=alert(1)>"


# Calendars open in the month of the world, whatever the day of the test is.
THEN = f"""
const Now = Date, shift = {MOMENT.timestamp() * 1000} - Now.now();
window.Date = class extends Now {{
  constructor(...given) {{ if (given.length) super(...given); else super(Now.now() + shift); }}
  static now() {{ return Now.now() + shift; }}
}};
"""


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory, publish_into) -> Iterator[tuple[str, Path]]:
    """A dashboard of the arbitrage world with an editor anna and a viewer ben: its address and its data folder."""
    folder = tmp_path_factory.mktemp("peopled")
    publish_into(folder, "arbitrage")
    with writing(folder) as connection:
        users.add(connection, "anna", "editor", SECRET, 0)
        connection.execute(
            "insert into users (name, role, password, created_at) select 'ben', 'viewer', password, 1 from users"
        )
    with serving(folder) as address:
        yield address, folder


@pytest.fixture(autouse=True)
def strangers(context) -> None:
    """Each test begins without a session."""
    context.clear_cookies()


def come_in(page, name: str) -> None:
    """By keyboard alone, on the page that asks."""
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(SECRET)
    page.keyboard.press("Enter")
    expect(page.locator("#people-account")).to_have_text(name)


def mark(page):
    return page.locator("#overview-trend .annotation-text").get_by_text("1", exact=True)


def listed(page):
    return page.locator("#overview-trend-caption .annotations li")


def choose(page, item: str) -> None:
    page.locator("#people-button").press("Enter")
    page.locator(item).press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_is_clean_in_both_schemes_says_what_is_wrong_and_when_to_come_again(page, peopled, scheme: str):
    address, folder = peopled
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{address}health?period=3")
    expect(page).to_have_url(f"{address}login?next=/health%3Fperiod%3D3")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
    assert violations(page) == []
    page.locator("#name").fill("anna")
    page.locator("#password").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    expect(page.locator("#name")).to_have_value("anna")
    assert violations(page) == []
    with writing(folder) as connection:
        now = connection.execute("select max(at) from attempts").fetchone()[0]
        while not attempts.reserve(connection, "anna", "192.0.2.1", now):
            pass
    page.locator("#password").fill(SECRET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Too many tries that failed. Wait 15 minutes")
    with writing(folder) as connection:
        connection.execute("delete from attempts")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})


DRAWN = "() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))"


def press_until(page, key: str, focused: str) -> None:
    """Press a key until what has the focus fits a selector; as people do, after what the last one did is drawn."""
    for _ in range(40):
        page.evaluate(DRAWN)
        page.keyboard.press(key)
        page.evaluate(DRAWN)
        if page.evaluate("selector => document.activeElement.matches(selector)", focused):
            return
    raise AssertionError(f"{key} does not lead to {focused}")


def test_an_editor_annotates_the_timeline_by_keyboard_saves_a_view_and_logs_out(page, peopled):
    address, _ = peopled
    page.add_init_script(THEN)
    page.goto(f"{address}?period=28")
    come_in(page, "anna")
    expect(page).to_have_url(f"{address}?period=28")
    expect(page.locator("#overview-trend-caption")).not_to_be_empty()
    expect(mark(page)).to_have_count(0)
    choose(page, "#people-annotate")
    press_until(page, "Tab", "#annotation-days")
    page.keyboard.press("Enter")
    press_until(page, "Tab", ".mantine-DatePickerInput-day")
    press_until(page, "ArrowLeft", "[aria-label='18 November 2026']")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".mantine-DatePickerInput-day")).to_have_count(0)
    page.wait_for_timeout(400)  # the calendar gives the focus back once it has gone
    page.locator("#annotation-words").focus()
    page.keyboard.type(f"{HOSTILE} page")
    page.evaluate(DRAWN)
    press_until(page, "Tab", "#annotation-keep")
    page.keyboard.press("Enter")
    row = page.locator("#annotations-rows .row")
    expect(row).to_contain_text(f"18 Nov 2026: {HOSTILE} page — anna")
    expect(mark(page)).to_have_text("1")
    expect(listed(page)).to_have_text(f"18 Nov 2026: {HOSTILE} page — anna")
    assert violations(page) == []
    row.get_by_role("button", name="Change").press("Enter")
    expect(page.locator("#annotation-title")).to_have_text("Change it")
    page.locator("#annotation-words").fill("Another page")
    page.evaluate(DRAWN)
    page.locator("#annotation-keep").press("Enter")
    expect(row).to_contain_text("Another page — anna")
    expect(listed(page)).to_have_text("18 Nov 2026: Another page — anna")
    page.keyboard.press("Escape")
    expect(page.locator("#annotations")).to_be_hidden()
    choose(page, "#people-save")
    expect(page.locator("#view-name")).to_be_focused()
    page.keyboard.type("Four <b>weeks</b>")
    page.evaluate(DRAWN)
    page.get_by_label("For everybody").check()
    assert violations(page, "#view-save") == []
    page.locator("#view-name").press("Enter")
    expect(page.locator("#view-save")).to_be_hidden()
    page.evaluate("document.documentElement.setAttribute('data-mantine-color-scheme', 'dark')")
    page.locator("#people-button").press("Enter")
    expect(page.get_by_role("link", name="Four <b>weeks</b>")).to_be_visible()
    assert violations(page, ".people") == []
    page.keyboard.press("Escape")
    expect(page.locator("#people-button")).to_be_focused()
    page.locator("#people-account").press("Enter")
    page.locator("#people-logout").press("Enter")
    expect(page.locator("#password")).to_be_visible()  # by the menu, or by the pulse that finds the session over
    page.goto(address)
    expect(page).to_have_url(f"{address}login")


def test_a_viewer_sees_both_finds_nothing_to_edit_with_and_the_server_refuses_it_anyway(page, peopled):
    address, folder = peopled
    page.goto(address)
    come_in(page, "ben")
    expect(mark(page)).to_have_text("1")
    expect(listed(page)).to_have_text("18 Nov 2026: Another page — anna")
    page.locator("#people-button").press("Enter")
    page.get_by_role("link", name="Four <b>weeks</b>").click()  # the menu takes the focus when it has opened
    expect(page).to_have_url(f"{address}?period=28")
    choose(page, "#people-manage")
    expect(page.locator("#views-rows")).to_contain_text("Four <b>weeks</b>")
    expect(page.locator("#views-rows button")).to_have_count(0)
    page.keyboard.press("Escape")
    choose(page, "#people-annotate")
    expect(page.locator("#annotations-rows")).to_contain_text("Another page")
    expect(page.locator("#annotations .row-deeds")).to_have_count(0)
    expect(page.locator("#annotation-keep")).to_be_hidden()
    page.keyboard.press("Escape")
    choose(page, "#people-save")
    expect(page.locator("#view-shared")).to_have_count(0)
    page.locator("#view-name").fill("Mine")
    page.locator("#view-keep").click()
    expect(page.locator("#view-save")).to_be_hidden()
    dependencies = page.evaluate("async () => (await fetch('/_dash-dependencies')).json()")
    body = payload(
        dependencies, "annotation-id.data", "annotation-keep.n_clicks",
        {"annotation-keep.n_clicks": 1, "annotation-days.value": ["2026-11-24"], "annotation-words.value": "Mine"},
    )  # fmt: skip
    said = page.evaluate(
        """async (body) => (await fetch("/_dash-update-component", {method: "POST", body, headers: {
          "Content-Type": "application/json",
          "X-CSRFToken": document.cookie.match(/_csrf_token=([^;]*)/)[1]}})).text()""",
        json.dumps(body),
    )
    assert "takes an editor" in said
    days = [annotations.day_of(day) for day in ("2000-01-01", "2100-01-01")]
    assert [each.words for each in annotations.within(folder, *days)] == ["Another page"]


def test_an_editor_deletes_both_in_another_session(page, peopled):
    address, _ = peopled
    page.goto(f"{address}dictionary")
    come_in(page, "anna")
    choose(page, "#people-manage")
    rows = page.locator("#views-rows .row")
    expect(rows).to_have_count(1)  # ben's own is his
    page.get_by_role("button", name="Delete: Four <b>weeks</b>").press("Enter")
    expect(page.locator("#views-rows")).to_have_text("No saved view yet.")
    page.keyboard.press("Escape")
    page.locator("#people-button").press("Enter")
    expect(page.locator("#people-views")).to_contain_text("No saved view yet")
    page.locator("#people-annotate").press("Enter")
    page.get_by_role("button", name="Delete: Another page").press("Enter")
    expect(page.locator("#annotations-rows")).to_have_text("None yet.")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Overview").press("Enter")
    expect(page.locator("#overview-trend-caption")).not_to_be_empty()
    expect(mark(page)).to_have_count(0)


def test_a_link_on_somebody_else_s_page_finds_the_session(page, peopled):
    address, _ = peopled
    page.goto(address)
    come_in(page, "ben")
    elsewhere = address.replace("127.0.0.1", "localhost") + "login"  # another site, to a browser
    page.goto(elsewhere)
    page.evaluate(
        "to => { const a = document.createElement('a'); a.href = to; document.body.append(a); a.click(); }",
        f"{address}?period=3",
    )
    expect(page.locator("#people-account")).to_have_text("ben")
    expect(page).to_have_url(f"{address}?period=3")
