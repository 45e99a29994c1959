"""This module owns how the browser tests meet the dashboard: Chromium, a server on its own data, a strict page."""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from browsing import FLAGS, ONE_PROCESS
from dashboard_marts import World, publish
from serving import serving

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
needs_chromium = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed")
expect = playwright.expect
expect.set_options(timeout=30_000)


# One browser, one profile and one server for all files of the folder that a worker is at, and none for the files after
# them: while Playwright's loop runs, nobody else can run one in its thread.
@pytest.fixture(scope="package")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *ONE_PROCESS])
        yield started
        started.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, publish_into: Callable[..., Path]) -> Iterator[str]:
    """The address of a dashboard on the arbitrage world, for all who only look; who changes something asks `serve`."""
    folder = tmp_path_factory.mktemp("site")
    publish_into(folder, "arbitrage")
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, World | None], tuple[str, Path]]]:
    """Start a dashboard on a data directory of its own; the answer is its address and that directory."""
    with ExitStack() as running:

        def start(name: str, world: World | None) -> tuple[str, Path]:
            folder = tmp_path_factory.mktemp(name)
            if world is not None:
                publish(folder, world, "v1")
            return running.enter_context(serving(folder)), folder

        yield start


@pytest.fixture(scope="package")
def context(browser) -> Iterator[object]:
    """One profile for all, so that the large scripts are loaded and compiled once; a page that stays keeps them."""
    made = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    stays = made.new_page()
    stays.route("**/*", lambda route: route.fulfill(body="", content_type="text/html"))
    stays.goto("http://127.0.0.1/")
    yield made
    made.close()


@pytest.fixture
def page(context) -> Iterator[object]:
    """A page that fails its test if it asked another machine for anything, or for what is not there, or complained."""
    opened = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    refused: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("response", lambda answer: answer.status >= 400 and refused.append(f"{answer.status} {answer.url}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    opened.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    yield opened
    opened.evaluate("localStorage.clear()")
    opened.close()
    local = re.compile(r"(http://(127\.0\.0\.1|localhost):\d+/|data:|blob:)")
    assert [url for url in asked if not local.match(url)] == []
    # A session that has ended is told so, and so is who tried too often.
    assert [each for each in refused if not each.startswith(("401 ", "429 "))] == []
    assert [words for words in complaints if "Failed to load resource" not in words] == []


def violations(page, within: str | None = None, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds in a page or in a part of it, by all that it goes by, or by some of its rules alone."""
    options = {"resultTypes": ["violations"], **({"runOnly": [*rules]} if rules else {})}
    found = axe.Axe().run(page, within, options).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]
