"""This module owns the door's benchmark: `make bench` posts the same event to three servers, side by side, in one run.

Ours (signed, parsed, journalled with fsync), an empty Flask handler behind the same server (the ceiling), and what one
would write first: Flask with a DuckDB insert and commit per request. Ratios count; machines differ and are noisy.
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
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
from flask import Flask, request
from running import Ingest, signed
from waitress import create_server

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


def client(port: int, name: str, until: float, done: Any) -> None:
    """Post one event after the other on one connection; count the 200s."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    count = 0
    while time.time() < until:
        body = json.dumps(EVENT | {"id": f"{name}-{count}"}).encode()
        connection.request("POST", "/webhooks/shop", body, signed(body))
        response = connection.getresponse()
        response.read()
        count += response.status == 200
    with done.get_lock():
        done.value += count


def rate(port: int, label: str) -> float:
    """Answers of 200 per second with all clients at work."""
    done, until = multiprocessing.Value("q", 0), time.time() + SECONDS
    names = [f"{label}-{i}" for i in range(CLIENTS)]
    clients = [multiprocessing.Process(target=client, args=(port, name, until, done)) for name in names]
    for process in clients:
        process.start()
    for process in clients:
        process.join()
    return float(done.value) / SECONDS


def main() -> None:
    """Run all, round after round, and print one table and one line of JSON."""
    rates: dict[str, list[float]] = {"empty Flask handler": [], "whichad": [], "Flask + DuckDB insert per request": []}
    peers = {"empty Flask handler": empty_handler, "Flask + DuckDB insert per request": insert_per_request}
    with tempfile.TemporaryDirectory() as folder, Ingest(Path(folder) / "ours", workers=2) as ours:
        ports, processes = {"whichad": ours.port}, []
        for name, make in peers.items():
            port = multiprocessing.Value("i", 0)
            processes.append(multiprocessing.Process(target=serve_peer, args=(make, folder, port), daemon=True))
            processes[-1].start()
            ports[name] = started(port, processes[-1])
        for number in range(ROUNDS):
            for name, found in rates.items():
                found.append(rate(ports[name], f"{name}-{number}"))
        for process in processes:
            process.terminate()
    medians = {name: statistics.median(found) for name, found in rates.items()}
    print(f"{'answers of 200 per second, median of ' + str(ROUNDS):<48}{'':>8}   against whichad")
    for name, found in medians.items():
        print(f"{name:<48}{found:>8.0f}   {found / medians['whichad']:.2f}")
    print(json.dumps({"rates": rates, "python": platform.python_version(), "duckdb": duckdb.__version__,
                      "machine": platform.machine()}))  # fmt: skip


if __name__ == "__main__":
    main()
