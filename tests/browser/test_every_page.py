"""Every page, light and dark, on a screen and on a phone: whole, readable, and as its kept look says.

A page whose look is meant to change gets a new one by `make looks`; look at the pictures that a failure leaves first.
"""

import warnings
from pathlib import Path

import pytest
import seeing
from dashboard_browser import needs_chromium, violations
from dashboard_planted import HOSTILE, creatives

from dashboard.pages import PAGES
from dashboard.pages.page import Page
from dashboard.state import short
from ingest.creative import identify

pytestmark = needs_chromium
WINNER, LOSER = (short(str(identify(each.text).creative_id)) for each in creatives("arbitrage")[:2])
ODD = short(str(identify(HOSTILE).creative_id))
# What is looked at, where it is not the page of four weeks: what a person ticks, opens or chooses there.
SEARCH = {
    "overview": f"?period=28&pick={WINNER}",
    "creative": f"?period=28&creative={ODD}",
    "compare": f"?period=all&pick={WINNER},{ODD},{LOSER}&of={LOSER}",
}
OF_COLOURS = ("color-contrast", "link-in-text-block")  # what else axe asks is the same in the other scheme
SCREEN, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# What breaks pages, as a style sheet: each must be found, or what is found above says nothing.
BROKEN = {
    "is cut off": ".kpi-value { display: block; width: 20px; overflow: hidden; white-space: nowrap }",
    "leaves its card": ".panel h2 { white-space: nowrap; margin-left: 1150px }",
    "lie on each other": ".panel .caption { margin-top: -60px }",
    "the page is": ".panels { width: 1500px }",
    "is a figure without ink": ".js-plotly-plot .main-svg { opacity: 0 }",
    "has a contrast of": ".js-plotly-plot .xtick text { fill: #c3c9d0 !important }",
    "of its ink lies elsewhere": ".js-plotly-plot .cartesianlayer { transform: translateY(60px) scaleY(0.4) }",
    "px wide at": ".panels { grid-template-columns: 1fr 2fr 1fr }",
    "the parts are": "#overview-todo-panel { display: none }",
}
PUT_ON = """css => {
  document.head.append(Object.assign(document.createElement("style"), { id: "broken", textContent: css }));
}"""


@pytest.fixture(scope="module")
def eye(browser):
    """A blank page that reads pictures."""
    opened = browser.new_context().new_page()
    yield opened
    opened.context.close()


def walk(which: Page) -> tuple[tuple[dict[str, int], str], ...]:
    """How a page is seen. Every other one is opened on a phone by night, and widened: what is loaded and what is
    fitted anew must look the same, and a load costs 3 to 7 s of the processor.
    """
    screen, phone = ((SCREEN, "light"), (SCREEN, "dark")), ((PHONE, "dark"), (PHONE, "light"))
    return screen + phone if PAGES.index(which) % 2 else phone + screen


def open_page(page, site: str, which: Page, scheme: str) -> None:
    page.add_init_script(seeing.DRAWS_ALIKE)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.rstrip('/')}{which.path}{SEARCH.get(which.name, '?period=28')}")
    seeing.settled(page, scheme)
    assert page.locator(".trouble:not(:empty)").all_inner_texts() == []


def differences(which: Page, at: str, now: seeing.Seen, eye, folder: Path) -> list[str]:
    """How a page differs from the look that is kept; the pictures of what does are left in a folder."""
    if not seeing.FONT.exists():
        warnings.warn("no DejaVu Sans: apt-get install fonts-dejavu-core. Looks are not compared.", stacklevel=2)
        return []
    found = seeing.compared(seeing.kept(which.name).get(at, {}), now)
    if not found.sentences and not now.faults:
        return []
    here = folder / f"{which.name}-{at}.png"
    here.write_bytes(now.png)
    here.with_suffix(".differs.png").write_bytes(seeing.marked(eye, now, found.marks))
    return [f"{at}: {each}" for each in (*now.faults, *found.sentences, f"see {here}")]


@pytest.mark.parametrize("which", PAGES, ids=lambda which: which.name)
def test_a_page_is_whole_and_accessible_in_light_and_dark_on_a_screen_and_a_phone(
    page, site, eye, tmp_path: Path, which: Page
):
    looks: dict[str, dict[str, str]] = {}
    wrong: list[str] = []
    for size, scheme in walk(which):
        page.set_viewport_size(size)
        if not looks:
            open_page(page, site, which, scheme)
        page.emulate_media(color_scheme=scheme)
        seeing.settled(page, scheme)
        now, at = seeing.seen(page, eye, scheme), f"{scheme}-{size['width']}"
        looks[at] = now.look
        if seeing.RENEWS:
            seeing.keep(which.name, looks)
        wrong += differences(which, at, now, eye, tmp_path)
        if size is SCREEN:
            wrong += [f"{at}: {each}" for each in violations(page, rules=() if scheme == "light" else OF_COLOURS)]
    assert not wrong, "\n".join(wrong)
    assert page.locator("a[href*='evil'], svg a, img[src='x']").count() == 0


def test_what_breaks_a_page_is_found(page, site, eye, tmp_path: Path):
    overview = PAGES[0]
    page.set_viewport_size(SCREEN)
    open_page(page, site, overview, "light")
    kept = seeing.kept(overview.name)["light-1280"]
    for sentence, css in BROKEN.items():
        page.evaluate(PUT_ON, css)
        now = seeing.seen(page, eye, "light")
        said = [*now.faults, *seeing.compared(kept, now).sentences]
        assert any(sentence in each for each in said), (sentence, said)
        page.evaluate("document.getElementById('broken').remove()")
    page.evaluate("document.documentElement.style.setProperty('--card', '#ffffff')")
    assert any("of the dark page is light" in each for each in seeing.seen(page, eye, "dark").faults)
