"""Login and what people keep, in a browser: by keyboard, wrong, too often, a viewer, an editor, light and dark."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import payload
from dashboard_browser import browser, context, expect, needs_chromium, page, violations
from dashboard_marts import believable, publish

from dashboard.people import annotations, attempts, users
from dashboard.people.store import writing

__all__ = ["browser", "context", "page"]  # fixtures, found by pytest under these names
pytestmark = needs_chromium
SECRET = "seven green bicycles"


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A dashboard with an editor anna and a viewer ben: its address and its data folder."""
    folder = tmp_path_factory.mktemp("peopled")
    publish(folder, believable(days=10), "v1")
    (folder / "whichad.toml").write_text('data_dir = "."\nkind = "arbitrage"\n[dashboard]\nport = 0\n')
    with writing(folder) as connection:
        users.add(connection, "anna", "editor", SECRET, 0)
        connection.execute(
            "insert into users (name, role, password, created_at) select 'ben', 'viewer', password, 1 from users"
        )
    command = [sys.executable, "-m", "dashboard", "serve", "--config", str(folder / "whichad.toml")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "WHICHAD_CONFIG": ""})
    assert process.stderr is not None
    address = process.stderr.readline().rsplit(" ", 1)[1].strip()
    # A small world lacks marts, which the log says at length: a pipe that nobody reads would stop the server.
    threading.Thread(target=process.stderr.read, daemon=True).start()
    yield address, folder
    process.terminate()
    process.wait(30)


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


def test_an_editor_saves_a_view_annotates_and_logs_out(page, peopled):
    address, _ = peopled
    page.goto(f"{address}?period=3")
    come_in(page, "anna")
    expect(page).to_have_url(f"{address}?period=3")
    choose(page, "#people-save")
    expect(page.locator("#view-name")).to_be_focused()
    page.keyboard.type("Three <b>days</b>")
    page.get_by_label("For everybody").check()
    assert violations(page) == []
    page.locator("#view-name").press("Enter")
    expect(page.locator("#view-save")).to_be_hidden()
    page.goto(address)
    page.locator("#people-button").press("Enter")
    page.get_by_role("link", name="Three <b>days</b>").press("Enter")
    expect(page).to_have_url(f"{address}?period=3")
    choose(page, "#people-annotate")
    page.locator("#annotation-days").click()
    page.locator(".mantine-DatePickerInput-day:not([data-outside])").nth(9).click()
    page.locator(".mantine-DatePickerInput-day:not([data-outside])").nth(9).click()
    page.locator("#annotation-words").fill("New landing <img src=x onerror=alert(1)> page")
    page.locator("#annotation-keep").click()
    row = page.locator("#annotations-rows .row")
    expect(row).to_contain_text("New landing <img src=x onerror=alert(1)> page — anna")
    assert violations(page) == []
    row.get_by_role("button", name="Change").click()
    expect(page.locator("#annotation-title")).to_have_text("Change it")
    page.locator("#annotation-words").fill("Another page")
    page.locator("#annotation-keep").click()
    expect(row).to_contain_text("Another page — anna")
    page.keyboard.press("Escape")
    expect(page.locator("#annotations")).to_be_hidden()
    page.evaluate("document.documentElement.setAttribute('data-mantine-color-scheme', 'dark')")
    page.locator("#people-button").press("Enter")
    assert violations(page, ".people") == []
    page.keyboard.press("Escape")
    expect(page.locator("#people-button")).to_be_focused()
    page.locator("#people-account").press("Enter")
    page.locator("#people-logout").press("Enter")
    expect(page.locator("#password")).to_be_visible()  # by the menu, or by the pulse that finds the session over
    page.goto(address)
    expect(page).to_have_url(f"{address}login")


def test_a_viewer_finds_nothing_to_edit_with_and_the_server_refuses_it_anyway(page, peopled):
    address, folder = peopled
    page.goto(address)
    come_in(page, "ben")
    choose(page, "#people-manage")
    expect(page.locator("#views-rows")).to_contain_text("Three <b>days</b>")
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
