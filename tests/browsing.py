"""This module owns the browser of the tests: the system's Chromium, offline, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip
# Where many pages are opened one after the other: all in one process, which keeps the scripts that it has compiled.
# With a process for each page, a quarter of what a page costs is starting it and compiling the same again.
ONE_PROCESS = ("--process-per-site", "--js-flags=--no-flush-bytecode")


def chromium() -> str | None:
    """Where the system's Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium_page(**options: Any) -> Iterator[Any]:
    """A page in a fresh profile; skips the test where Chromium is missing. `options` go to the new page."""
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
        finally:
            browser.close()
