"""This module owns the README's pictures: `make picture` runs a fresh demo and photographs its pages."""

import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from browsing import chromium_page
from running import ROOT, environment

SECONDS_MAX = 240
FOLDER = ROOT / "docs"


def main() -> None:
    """Run the demo until its history is in, take the picture, stop."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "demo.log"
        with log.open("w") as out:
            demo = subprocess.Popen(
                [sys.executable, "-m", "whichad", "demo"], cwd=folder, env=environment(PYTHONPATH=str(ROOT)), stderr=out
            )
        try:
            address = wait_until_live(log)
            with chromium_page(viewport={"width": 1280, "height": 1720}, device_scale_factor=1.5) as page:
                photograph(page, address)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)


def photograph(page: Any, address: str) -> None:
    """The overview of four weeks, and the page of the creative that earned most in them."""
    page.goto(f"{address}?period=28")
    # The days before are all in the numbers, and so is what was posted a moment ago.
    page.wait_for_function("() => document.getElementById('banner')?.hidden", timeout=SECONDS_MAX * 1000)
    page.reload()
    page.locator("#overview-leaderboard .ag-row").first.scroll_into_view_if_needed(timeout=60_000)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(4000)
    page.screenshot(path=str(FOLDER / "dashboard.png"))
    page.locator("#overview-leaderboard .ag-row[row-index='0'] a").first.click()
    page.locator("#creative-head .kpi, #creative-head p").first.wait_for(timeout=60_000)
    page.wait_for_timeout(6000)
    page.screenshot(path=str(FOLDER / "creative.png"))
    print("wrote docs/dashboard.png and docs/creative.png")


def wait_until_live(log: Path) -> str:
    """The dashboard's address, once the history is played and a version made of it is published."""
    data = log.parent / "data" / "demo"
    deadline = time.monotonic() + SECONDS_MAX
    live_since = None
    while time.monotonic() < deadline:
        time.sleep(1)
        text = log.read_text()
        if "\nlive " in text and live_since is None:
            live_since = time.time()
        status = data / "status.json"
        if live_since and status.exists():
            said = json.loads(status.read_text())
            if said["ok"] and said["at"] > time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(live_since + 5)):
                address = text.split("dashboard: ")[1].split()[0]
                urllib.request.urlopen(address, timeout=10).read()
                return address
    raise SystemExit(f"the demo did not come up in {SECONDS_MAX} s:\n{log.read_text()}")


if __name__ == "__main__":
    main()
