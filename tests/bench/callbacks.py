"""This module owns the measurement of the dashboard's callbacks: what each costs the server, at small files and large.

    python tests/bench/callbacks.py                      # makes a small file, and ones of 10 and 100 times as much
    python tests/bench/callbacks.py a.duckdb b.duckdb    # at published files of yours, the small one first
    python tests/bench/callbacks.py --only overview --json out.json

Every callback of a page is posted to Flask's test client as the browser posts it, answered, written as JSON and
compressed: nothing goes over a network. *Cold* is the first post after a new version (an open page learns of it from
the pulse, so the pulse is asked before); *warm* is the same post again. Processor time is of all threads.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
from bench import larger
from dashboard_worlds import build_world
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.config import Settings
from dashboard.pages import PAGES
from dashboard.server import warm_up
from dashboard.state import short

VIEW = "?period=28"
BROWSER = "gzip, deflate, br, zstd"  # as Chromium asks
# What a browser has in its stores beside the view and the version.
_STORES = {"scheme.data": "light"}
_PICKED = """select creative_id from facts_daily where creative_id is not null
  group by creative_id order by sum(clicks) desc, creative_id limit 3"""


@dataclass(frozen=True)
class Asked:
    """A callback: the page it belongs to, the name of its panel (or `head`, `period`, `filters`, `pulse`), the post."""

    page: str
    panel: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Took:
    """What the posts of one callback at one file took, in ms: the middle one and the 95th of a hundred."""

    page: str
    panel: str
    file: str
    state: str  # cold | warm
    rows: int
    bytes: int
    cpu_p50: float
    cpu_p95: float
    wall_p50: float
    wall_p95: float


class Desk:
    """A dashboard with a data directory of its own, whose published version changes when it is told."""

    def __init__(self, folder: Path, published: Path, kind: str) -> None:
        (folder / "published").mkdir(parents=True)
        self._folder, self._published, self._number = folder, published, 0
        settings = Settings(kind=kind, data_dir=folder, senders={"site": {"secrets": ["whsec_x"]}})
        self.renew()
        app = create_app(settings)
        warm_up(app)
        self.client: FlaskClient = app.server.test_client()
        self.dependencies: list[dict[str, Any]] = self.client.get("/_dash-dependencies").get_json()

    def renew(self) -> str:
        """Publish the same rows as a new version; returns its name."""
        self._number += 1
        name = f"20260101T000000-{self._number:09d}.duckdb"
        os.link(self._published, self._folder / "published" / name)
        aside = self._folder / ".creatives.new"
        aside.symlink_to(Path("published") / name)
        aside.replace(self._folder / "creatives.duckdb")
        return name

    def post(self, asked: Asked, version: str, encoding: str = BROWSER) -> tuple[float, float, bytes]:
        """Ask once: ms of the processor, ms of the clock, and the answer in the encoding."""
        body = _with(asked.body, version) if asked.body is not None else None
        cpu, wall = time.process_time(), time.perf_counter()
        if body is None:
            answer = self.client.get("/live")
        else:
            answer = self.client.post("/_dash-update-component", json=body, headers={"Accept-Encoding": encoding})
        took = (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000
        assert answer.status_code in (200, 204), f"{asked.page} {asked.panel}: {answer.status_code}"
        return *took, answer.get_data()


def questions(desk: Desk, view: str) -> Iterator[Asked]:
    """Every callback of every page: the pulse, the period's words, the filters' options, heads and panels."""
    by_output = {_output(each): each for each in desk.dependencies}
    yield Asked("every page", "pulse")
    yield Asked("every page", "period", _body(by_output["period.children"], view, "/"))
    for page in PAGES:
        if page is PAGES[0] or page.choices:
            yield Asked(page.name, "filters", _body(by_output["c-network.data"], view, page.path))
        if page.head is not None:
            yield Asked(page.name, "head", _body(by_output[f"{page.name}-head.children"], view, page.path))
        for panel in page.panels:
            yield Asked(page.name, panel.name, _body(by_output[f"{panel.name}-trouble.children"], view, page.path))


def measured(file: Path, folder: Path, label: str, only: Sequence[str], repeats: int) -> list[Took]:
    """What each callback takes at a published file."""
    kind, view = _look(file)
    desk = Desk(folder, file, kind)
    found: list[Took] = []
    chosen = [each for each in questions(desk, view) if not only or each.page in only or each.panel in only]
    for asked in chosen:
        # What Python imports and compiles once is none of it; what is said can be read only without compression.
        said = desk.post(asked, desk.renew(), "identity")[2]
        cold, warm, sent = [], [], b""
        for _ in range(repeats):
            version = desk.renew()
            if asked.body is not None:
                desk.client.get("/live")
            *took, sent = desk.post(asked, version)
            cold.append(took)
            warm.append(desk.post(asked, version)[:2])
        for state, times in (("cold", cold), ("warm", warm)):
            found.append(_took(asked, label, state, times, said, len(sent)))
    return found


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not pass, by the nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-95 * len(ordered) // 100) - 1)]


def table(found: Sequence[Took], labels: Sequence[str]) -> str:
    """The measurements as lines: a callback each, the slowest at the last file first, and how much it grew."""
    by = {(each.page, each.panel, each.state, each.file): each for each in found}
    keys = sorted({key[:3] for key in by}, key=lambda key: -by[*key, labels[-1]].cpu_p95)
    head = "".join(f"{label:>9}{'cpu p50':>9}{'p95':>6}{'wall':>6}{'p95':>6}" for label in labels)
    lines = [f"{'page':<13}{'callback':<27}{'':<5}{head}{'growth':>8}"]
    for key in keys:
        cells = [by[*key, label] for label in labels]
        told = "".join(
            f"{one.rows or '':>9}{one.cpu_p50:>9.0f}{one.cpu_p95:>6.0f}{one.wall_p50:>6.0f}{one.wall_p95:>6.0f}"
            for one in cells
        )
        lines.append(f"{key[0]:<13}{key[1]:<27}{key[2]:<5}{told}{cells[-1].cpu_p50 / max(cells[0].cpu_p50, 1):>8.1f}")
    for state in ("cold", "warm"):
        said = []
        for label in labels:
            own = [each for each in found if each.file == label and each.state == state]
            said.append(
                f"{label}: {p95([each.cpu_p95 for each in own]):.0f} / {p95([each.wall_p95 for each in own]):.0f}"
            )
        lines.append(f"p95 of the callbacks' p95, {state}, processor / clock ms: {', '.join(said)}")
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    asked = _asked(words)
    with tempfile.TemporaryDirectory(dir=asked.dir) as name:
        folder = Path(name)
        files = [Path(file).resolve() for file in asked.files] or _made(folder, asked.kind, asked.times)
        labels = (
            [f"file {number}" for number in range(1, len(files) + 1)] if asked.files else [f"×{n}" for n in asked.times]
        )
        found: list[Took] = []
        for number, (file, label) in enumerate(zip(files, labels, strict=True)):
            print(f"{label}: {_size(file)}", file=sys.stderr)
            found += measured(file, folder / f"desk-{number}", label, asked.only, asked.repeats)
    print(table(found, labels))
    if asked.json:
        Path(asked.json).write_text(json.dumps([asdict(each) for each in found], indent=1), encoding="utf-8")
    return 0


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What each of the dashboard's callbacks costs the server.")
    parser.add_argument("files", nargs="*", help="published files, the small one first; none: some are made")
    parser.add_argument("--kind", default="arbitrage", choices=("arbitrage", "shop"), help="of the files that are made")
    parser.add_argument("--times", type=lambda text: [int(each) for each in text.split(",")], default=[1, 10, 100],
                        help=f"how many times the interactions: of {', '.join(map(str, larger.GROWTHS))}")  # fmt: skip
    parser.add_argument("--only", action="append", default=[], help="a page or a panel, by name; several times")
    parser.add_argument("--repeats", type=int, default=5, help="new versions, and posts again, of each callback")
    parser.add_argument("--json", help="write the measurements to this file, too")
    parser.add_argument("--dir", help="where the files are made; a disk with 2 GB")
    return parser.parse_args(words)


def _made(folder: Path, kind: str, times: Sequence[int]) -> list[Path]:
    small = build_world(folder / "world", kind)
    for number in times:
        larger.write(small, folder / f"times-{number}.duckdb", larger.GROWTHS[number])
    return [folder / f"times-{number}.duckdb" for number in times]


def _look(file: Path) -> tuple[str, str]:
    """The kind of the file, and the view: three creatives picked, of which one is looked at."""
    with duckdb.connect(str(file), read_only=True) as connection:
        ((kind,),) = connection.execute("select kind from freshness").fetchall()
        picked = [short(ident) for (ident,) in connection.execute(_PICKED).fetchall()]
    return kind, f"{VIEW}&pick={','.join(picked)}&creative={picked[0]}"


def _size(file: Path) -> str:
    with duckdb.connect(str(file), read_only=True) as connection:
        ((facts, creatives, credit),) = connection.execute(
            "select (select count(*) from facts_daily), (select count(*) from creatives),"
            " (select count(*) from creative_credit)"
        ).fetchall()
    size = file.stat().st_size / 1e6
    return f"{facts:,} rows of facts, {creatives:,} creatives, {credit:,} rows of credit, {size:,.0f} MB"


def _output(dependency: Mapping[str, Any]) -> str:
    return str(dependency["output"]).removeprefix("..").partition("...")[0].removesuffix("..")


def _body(dependency: Mapping[str, Any], view: str, path: str) -> dict[str, Any]:
    """The post of a callback, but for the version."""
    stores = {**_STORES, "view.data": view, "url.pathname": path, "shown.data": [path, False]}
    output = str(dependency["output"])
    names = output.removeprefix("..").removesuffix("..").split("...")
    outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [_valued(each, stores) for each in dependency["inputs"]],
        "state": [_valued(each, stores) for each in dependency["state"]],
        "changedPropIds": ["version.data"],
    }


def _valued(prop: Mapping[str, Any], stores: Mapping[str, Any]) -> dict[str, Any]:
    name = {"id": prop["id"], "property": prop["property"]}
    value = stores.get(f"{prop['id']}.{prop['property']}")
    return name if value is None else {**name, "value": value}


def _with(body: Mapping[str, Any], version: str) -> dict[str, Any]:
    inputs = [
        {**each, "value": version} if (each["id"], each["property"]) == ("version", "data") else each
        for each in body["inputs"]
    ]
    return {**body, "inputs": inputs}


def _took(asked: Asked, label: str, state: str, times: Sequence[Sequence[float]], said: bytes, sent: int) -> Took:
    cpu, wall = ([each[place] for each in times] for place in (0, 1))
    rows = _rows(json.loads(said)) if said else 0
    return Took(asked.page, asked.panel, label, state, rows, sent, statistics.median(cpu), p95(cpu),
                statistics.median(wall), p95(wall))  # fmt: skip


def _rows(answer: Mapping[str, Any]) -> int:
    """How many rows a grid got; a figure's marks are not counted."""
    told = answer.get("response", {})
    return sum(len(prop["rowData"]) for prop in told.values() if isinstance(prop, dict) and prop.get("rowData"))


if __name__ == "__main__":
    sys.exit(main())
