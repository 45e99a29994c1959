"""This module owns the measurement of a visit: what the first page weighs, when it can be read, how soon it answers.

    python tests/bench/first_paint.py                       # builds a world as large as the tests' and visits it
    python tests/bench/first_paint.py --published a.duckdb  # a published file of yours
    python tests/bench/first_paint.py --runs 9 --json out.json

A real server on loopback, Chromium with an empty cache for every visit, one visit beforehand that does not count.
*Panels* is when the last panel of the first screen has changed for the last time; *filter* is from the key that
chooses a network to the last change of the panels in sight, *period* the same from the key `5`.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from browsing import FLAGS, chromium
from dashboard_worlds import build_world
from serving import TOML, serving

RUNS = 7
# Name → (what it is, unit).
MEASURES = {
    "bytes": ("first page, compressed", "bytes"),
    "paint": ("first contentful paint", "ms"),
    "panels": ("last panel of the first screen drawn", "ms"),
    "filter": ("a network chosen by keyboard, panels drawn again", "ms"),
    "period": ("another period by its key, panels drawn again", "ms"),
}
# Notes when what is in sight changed for the last time, what the server still owes, and the last key.
_WATCH = """
const watched = (window.watched = { changed: 0, owed: 0, key: 0 });
const ask = window.fetch;
window.fetch = async (...asked) => {
  const counts = String(asked[0].url || asked[0]).includes("_dash-update-component");
  watched.owed += counts;
  try { return await ask(...asked); } finally { watched.owed -= counts; }
};
addEventListener("keydown", (event) => { watched.key = event.timeStamp; }, true);
new MutationObserver((changes) => {
  const seen = changes.some(({ target }) => {
    const element = target.nodeType === 1 ? target : target.parentElement;
    const panel = element && element.closest(".panel, .head");
    return panel && panel.getBoundingClientRect().top < innerHeight;
  });
  if (seen) watched.changed = performance.now();
}).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
"""
# Answers when nothing is owed and nothing in sight has changed for a while: the moments that _WATCH noted.
_RESTED = """([since, quiet]) => new Promise((go) => {
  const look = () => {
    const { changed, owed, key } = watched;
    const drawn = document.querySelector(".panel .foot:not(:empty)");
    if (drawn && !owed && changed > Math.max(since, key) && performance.now() - changed > quiet) go({ changed, key });
    else setTimeout(look, 50);
  };
  look();
})"""
_QUIET_MS = 1000


def visit(browser: Any, address: str) -> dict[str, float]:
    """One first visit with an empty cache; a number for each of MEASURES."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(_WATCH)
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address)
    first = page.evaluate(_RESTED, [0, _QUIET_MS])
    told = {
        "bytes": sum(sizes),
        "paint": page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"),
        "panels": first["changed"],
        "period": _answered(page, lambda: page.keyboard.press("5")),
        "filter": _answered(page, lambda: _choose_network(page)),
    }
    context.close()
    return {name: told[name] for name in MEASURES}


def _answered(page: Any, act: Any) -> float:
    since = page.evaluate("performance.now()")
    act()
    rested = page.evaluate(_RESTED, [since, _QUIET_MS])
    return float(rested["changed"] - rested["key"])


def _choose_network(page: Any) -> None:
    page.locator("#c-network").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def medians(visits: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The middle of each measure."""
    return {name: statistics.median(each[name] for each in visits) for name in MEASURES}


def table(visits: Sequence[Mapping[str, float]]) -> str:
    """The middle, the least and the most of each measure, in words."""
    lines = [f"{'':52}{'median':>12}{'least':>12}{'most':>12}"]
    for name, (words, unit) in MEASURES.items():
        found = [each[name] for each in visits]
        numbers = (statistics.median(found), min(found), max(found))
        lines.append(f"{words + ', ' + unit:52}" + "".join(f"{number:12,.0f}" for number in numbers))
    return "\n".join(lines)


def main() -> None:
    """Measure, and print the table or write the numbers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--published", type=Path, help="a published file; without it a world is built")
    parser.add_argument("--kind", choices=("arbitrage", "shop"), default="arbitrage")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--search", default="", help="the query string of the visit, like ?period=28")
    parser.add_argument("--json", type=Path, help="write all visits and the medians to this file as well")
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        file = asked.published or build_world(Path(folder) / "world", asked.kind)
        shutil.copy(file, data / "first.duckdb")
        (data / "creatives.duckdb").symlink_to("first.duckdb")
        toml = TOML.replace("arbitrage", asked.kind)
        with serving(data, toml) as address, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium(), args=list(FLAGS))
            visits = [visit(browser, address + asked.search) for _ in range(asked.runs + 1)][1:]
            browser.close()
    print(table(visits))
    if asked.json:
        asked.json.write_text(json.dumps({"medians": medians(visits), "visits": visits}, indent=1) + "\n")


if __name__ == "__main__":
    main()
