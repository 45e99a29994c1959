"""The report in a real browser, from a file: what a person sees, and that it asks for nothing."""

from pathlib import Path

import pytest
from dashboard_browser import expect, needs_chromium, violations
from reporting import believable

from analytics.report.page import page

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("report") / "report.html"
    to.write_text(page(believable()), encoding="utf-8")
    return to


def test_the_report_asks_for_nothing_and_axe_finds_nothing_in_light_and_dark(context, report: Path):
    opened = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("dialog", lambda dialog: complaints.append(dialog.message))
    opened.goto(report.as_uri())
    expect(opened.get_by_role("heading", name="Scale: 1 creative")).to_be_visible()
    assert (asked, complaints) == ([report.as_uri()], [])
    opened.get_by_text("Show 5 more").click()
    expect(opened.get_by_text("Sleep deeper, variant 13")).to_be_visible()
    assert violations(opened) == []
    opened.emulate_media(color_scheme="dark")
    expect(opened.locator("body")).to_have_css("background-color", "rgb(20, 23, 27)")
    assert violations(opened) == []
    opened.close()


def test_on_a_phone_the_page_scrolls_only_downwards(context, report: Path):
    opened = context.new_page()
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.goto(report.as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") == 390
    opened.close()
