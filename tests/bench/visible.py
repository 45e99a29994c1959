"""This module owns the benchmark of freshness: from an answer of 200 until the interaction is in the published file.

The whole product runs (`whichad up`) with its dashboard open in Chromium where there is one, on a record that exists,
while a thousand interactions arrive each second. Each second one of them is a probe on a network of its own; a reader
asks every new version for the probes, as an analyst would.
"""

import math
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import orjson
from bench import deliveries, load
from bench.finding import Finding
from bench.latency import quantile
from bench.sizes import Size
from bench.synthetic import write
from browsing import chromium, chromium_page
from product import Product

from dashboard.config import Settings
from ingest.config import load as load_settings

PER_SECOND, PER_DELIVERY = 1_000, 10
CEILING_S = 3.0
WARM_SECONDS = 15.0
LAST_SECONDS = 60.0  # how long a probe may take before it counts as lost
FIND = "select distinct network from facts_daily where starts_with(network, 'probe_')"


def run(size: Size) -> list[Finding]:
    """One finding: the seconds of each probe, p95."""
    seconds = {"full": 180.0, "usual": 45.0}.get(size.name, 3.0)
    behind = {"full": size.rows, "usual": size.small}.get(size.name, size.small)
    with tempfile.TemporaryDirectory(dir=size.folder) as folder, Product(Path(folder)) as product:
        product.data.mkdir()
        write(product.settings.record_path, behind)
        product.start("whichad", "up")
        product.wait_for(lambda: product.answers() and product.settings.published_link.exists(), "a first version")
        with looking(product):
            load.opened(product.port, traffic(WARM_SECONDS if size.name != "smoke" else 1.0), PER_SECOND / PER_DELIVERY)
            times = probed(product, seconds)
    details = {
        "behind": behind,
        "per_second": PER_SECOND,
        "probes": len(times),
        "median_s": quantile(times, 0.5),
        "most_s": max(times),
        "dashboard": "open in Chromium" if chromium() else "not open: no Chromium here",
    }
    return [Finding(f"200 → visible, p95, {PER_SECOND:,}/s, {behind:,} behind", "", "s", [quantile(times, 0.95)],
                    ceiling=CEILING_S, details=details)]  # fmt: skip


def traffic(seconds: float) -> list[bytes]:
    """Deliveries of ten clicks of now, for so many seconds."""
    return [deliveries.request(orjson.dumps([click() for _ in range(PER_DELIVERY)]))
            for _ in range(math.ceil(seconds * PER_SECOND / PER_DELIVERY))]  # fmt: skip


def click(network: str = "facebook") -> dict[str, str]:
    """A click that happens now."""
    event = deliveries.event()
    return event | {"occurred_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "network": network,
                    "click_id": event["id"], "visitor_id": event["id"]}  # fmt: skip


def probed(product: Product, seconds: float) -> list[float]:
    """Send the load with a probe each second, and watch for the probes; the seconds that each took from its 200."""
    answered: dict[str, float] = {}
    seen: dict[str, float] = {}
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(product.settings.published_link, seen, stop))
    watcher.start()
    try:
        for number in range(math.ceil(seconds)):
            began = time.monotonic()
            name = f"probe_{number}"
            load.opened(product.port, traffic(0.85), PER_SECOND / PER_DELIVERY)
            sent = load.opened(product.port, [deliveries.request(orjson.dumps(click(name)))], 1.0)
            if sent.ok:
                answered[name] = time.monotonic()
            time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
        deadline = time.monotonic() + LAST_SECONDS
        while len(seen) < len(answered) and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        stop.set()
        watcher.join()
    lost = sorted(set(answered) - set(seen))
    if lost or not answered:
        raise SystemExit(
            f"answered with 200 and not visible within {LAST_SECONDS:.0f} s: {lost or 'nothing was answered'}"
        )
    return [max(0.0, seen[name] - moment) for name, moment in answered.items()]


def watch(link: Path, seen: dict[str, float], stop: threading.Event) -> None:
    """Open every new version and note which probes it has."""
    last = None
    while not stop.is_set():
        real = link.resolve()
        if real == last:
            time.sleep(0.02)
            continue
        try:
            with duckdb.connect(str(real), read_only=True, config={"threads": 1}) as con:
                found = con.execute(FIND).fetchall()
        except duckdb.Error:  # the version before the last is deleted in time
            continue
        last, now = real, time.monotonic()
        for (name,) in found:
            seen.setdefault(name, now)


@contextmanager
def looking(product: Product) -> Iterator[None]:
    """The overview open in a browser, where there is one."""
    if chromium() is None:
        yield
        return
    port = load_settings(Settings, product.config).dashboard.port
    with chromium_page() as page:
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator("#overview-leaderboard").first.wait_for(timeout=60_000)
        yield
