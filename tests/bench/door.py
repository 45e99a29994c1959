"""This module owns the door's benchmark: `make bench` posts the same event to three servers, side by side, in one run.

Ours (signed, parsed, journalled with fsync), an empty Flask handler behind the same server (the ceiling), what one
would write first (Flask with a DuckDB insert and commit per request), and the profile that takes longest to read.
Ratios count; machines differ and are noisy.
"""

import http.client
import json
import multiprocessing
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
from flask import Flask, request
from journaling import Desk
from running import Ingest, signed
from waitress import create_server

from ingest.auth import new_secret, sign
from ingest.delivery import Door
from ingest.profile import names, profile
from ingest.request import Request
from ingest.send_test import filled

SECONDS, ROUNDS, CLIENTS = 4.0, 3, 8
EVENT = {
    "id": "", "type": "click", "occurred_at": "2026-01-05T08:00:00Z", "referrerAdCreative": "Quiet SUVs of 2026",
    "click_id": "c-9", "visitor_id": "v-7", "network": "facebook", "campaign_id": "2384", "ad_id": "1202",
    "country": "US", "device": "mobile",
}  # fmt: skip


def empty_handler(_folder: Path) -> Flask:
    """The least a Flask application can do with a post."""
    app = Flask("empty")

    @app.post("/webhooks/shop")
    def take() -> dict[str, bool]:
        request.get_data()
        return {"ok": True}

    return app


def insert_per_request(folder: Path) -> Flask:
    """A straightforward receiver: parse, insert, commit, answer. One process, for DuckDB has one writer."""
    app = Flask("insert")
    connection = duckdb.connect(str(folder / "peer.duckdb"))
    connection.execute("create table events (id varchar, type varchar, occurred_at timestamp, body varchar)")

    @app.post("/webhooks/shop")
    def take() -> dict[str, bool]:
        body = request.get_data(as_text=True)
        event = json.loads(body)
        connection.cursor().execute(
            "insert into events values (?, ?, ?, ?)", [event["id"], event["type"], event["occurred_at"], body]
        )
        return {"ok": True}

    return app


def serve_peer(make: Callable[[Path], Flask], folder: str, port: Any) -> None:
    server = create_server(make(Path(folder)), host="127.0.0.1", port=0, threads=16, connection_limit=1000)
    port.value = int(server.effective_port)
    server.run()


def started(port: Any, process: multiprocessing.Process) -> int:
    """The port of a peer, once it has bound it; SystemExit where it ended instead."""
    while not port.value:
        if not process.is_alive():
            raise SystemExit("a peer did not start; its lines above say why")
        time.sleep(0.05)
    return int(port.value)


def event(name: str, number: int) -> Request:
    """A canonical event, signed."""
    body = json.dumps(EVENT | {"id": f"{name}-{number}"}).encode()
    return Request("POST", body, signed(body))


class Sample:
    """Makes deliveries of a profile: its sample, each with a number of its own, signed as its platform signs."""

    def __init__(self, name: str, secret: str) -> None:
        self.found, self.secret = profile(name), secret

    def __call__(self, name: str, number: int) -> Request:
        request = filled(self.found.sample, time.time())
        return sign(self.found.auth, self.secret, request, f"{name}-{number}", time.time())


def client(port: int, sender: str, make: Callable[[str, int], Request], name: str, until: float, done: Any) -> None:
    """Send one delivery after the other on one connection; count the 200s."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    count = 0
    while time.time() < until:
        request = make(name, count)
        path = f"/webhooks/{sender}" + (f"/{request.suffix}" if request.suffix else "")
        path += f"?{request.query}" if request.query else ""
        connection.request(request.method, path, request.body or None, dict(request.headers))
        response = connection.getresponse()
        response.read()
        count += response.status == 200
    with done.get_lock():
        done.value += count


def slowest() -> tuple[str, dict[str, float]]:
    """The profile whose sample takes longest to decode, map and parse, and the microseconds of each."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names():
            with Desk(Path(folder) / name, profile=name) as desk:
                door: Door = desk._door
                request = filled(profile(name).sample, time.time())
                times = []
                for _ in range(300):
                    passage = desk.passage(request, datetime.now(UTC))
                    began = time.perf_counter()
                    door.decode(passage)
                    door.parse(passage)
                    times.append(time.perf_counter() - began)
                assert passage.accepted, name
                found[name] = statistics.median(times) * 1e6
    return max(found, key=lambda name: found[name]), found


def rate(port: int, sender: str, make: Callable[[str, int], Request], label: str) -> float:
    """Answers of 200 per second with all clients at work."""
    done, until = multiprocessing.Value("q", 0), time.time() + SECONDS
    labels = [f"{label}-{i}" for i in range(CLIENTS)]
    clients = [multiprocessing.Process(target=client, args=(port, sender, make, each, until, done)) for each in labels]
    for process in clients:
        process.start()
    for process in clients:
        process.join()
    return float(done.value) / SECONDS


def main() -> None:
    """Run all, round after round, and print one table and one line of JSON."""
    slow, micros = slowest()
    slow_label = f"whichad, the slowest profile ({slow})"
    rates: dict[str, list[float]] = {
        "empty Flask handler": [], "whichad": [], slow_label: [], "Flask + DuckDB insert per request": [],
    }  # fmt: skip
    peers = {"empty Flask handler": empty_handler, "Flask + DuckDB insert per request": insert_per_request}
    secret = new_secret(profile(slow).auth)
    senders = {"shop": {}, "slow": {"profile": slow, "secrets": [secret]}}
    with tempfile.TemporaryDirectory() as folder, Ingest(Path(folder) / "ours", senders, workers=2) as ours:
        targets: dict[str, tuple[int, str, Callable[[str, int], Request]]] = {
            "whichad": (ours.port, "shop", event), slow_label: (ours.port, "slow", Sample(slow, secret)),
        }  # fmt: skip
        processes = []
        for name, make in peers.items():
            port = multiprocessing.Value("i", 0)
            processes.append(multiprocessing.Process(target=serve_peer, args=(make, folder, port), daemon=True))
            processes[-1].start()
            targets[name] = (started(port, processes[-1]), "shop", event)
        for number in range(ROUNDS):
            for name, found in rates.items():
                found.append(rate(*targets[name], f"{name[:20]}-{number}"))
        for process in processes:
            process.terminate()
    tell(rates, micros)


def tell(rates: dict[str, list[float]], micros: dict[str, float]) -> None:
    """The table for people, and a line of JSON."""
    medians = {name: statistics.median(found) for name, found in rates.items()}
    print(f"{'answers of 200 per second, median of ' + str(ROUNDS):<56}{'':>8}   against whichad")
    for name, found in medians.items():
        print(f"{name:<56}{found:>8.0f}   {found / medians['whichad']:.2f}")
    print("\nmicroseconds to decode, map and parse a profile's sample (without HTTP, signature and disk)")
    for name, taken in sorted(micros.items(), key=lambda pair: pair[1]):
        print(f"{name:<56}{taken:>8.0f}")
    print(json.dumps({"rates": rates, "micros": micros, "python": platform.python_version(),
                      "duckdb": duckdb.__version__, "machine": platform.machine()}))  # fmt: skip


if __name__ == "__main__":
    main()
