"""This module owns the promise of a lost node: what it acknowledged and its disk still holds is gathered, once.

Two real ingests on loopback behind a balancer of three lines; one is killed while it is at work.
"""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest
from journaling import start, until
from running import ROOT, Ingest, environment, run

from ingest.audit import sound
from ingest.audit.balance import balance
from ingest.audit.receipts import prove
from ingest.config import IngestSettings
from ingest.listening.serve import RUN_FILE
from ingest.nodes.audit import node_lines
from ingest.nodes.gathering import gather
from ingest.nodes.settings import Nodes
from ingest.store import Record, drain
from ingest.visitors.key import KEY_NAME

KEY = "0123456789abcdef" * 4


class Balancer:
    """Posts clicks to either node, and where one does not answer, the same again to the other."""

    def __init__(self, nodes: dict[str, Ingest]) -> None:
        self._nodes, self._random = nodes, random.Random(7)
        self.acknowledged: dict[str, list[str]] = {}  # by click: every receipt that was given for it
        self.taken, self.posted = dict.fromkeys(nodes, 0), set[str]()

    def post(self, identity: str) -> None:
        """One click; some are sent twice, as by a sender who did not hear the answer."""
        self.posted.add(identity)
        item = {"id": identity, "type": "click", "occurred_at": "2026-01-05T08:00:00Z", "visitor_id": f"v{identity}"}
        for name in self._random.sample(sorted(self._nodes), 2):
            with suppress(OSError, HTTPException):
                answer = self._nodes[name].post(item, message_id=f"m{identity}")
                if answer.status == 200:
                    self.taken[name] += 1
                    self.acknowledged.setdefault(identity, []).append(answer.headers["whichad-receipt"])
                    if self._random.random() > 0.1:
                        return


def kill(node: Ingest) -> None:
    """`kill -9` of the whole node: its supervisor, then the workers that are left."""
    assert node.process is not None
    pid = node.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    assert children
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    node.process.wait()


def clicking(balancer: Balancer, part: int, enough: threading.Event) -> None:
    """Every third click, until it is enough."""
    for number in itertools.count(part, 3):
        if enough.wait(0.01):
            return
        balancer.post(str(number))


@pytest.mark.parametrize(
    ("clicks", "kills"), [pytest.param(15, 1, id="once"), pytest.param(100, 6, id="often", marks=pytest.mark.long)]
)
def test_a_node_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path: Path, clicks: int, kills: int) -> None:
    """Killed whenever it has taken so many more; the other one takes all of them meanwhile, however many that are."""
    (tmp_path / "shared").mkdir()
    nodes, enough = {name: a_node(tmp_path, name) for name in ("a", "b")}, threading.Event()
    with nodes["a"], nodes["b"]:
        balancer = Balancer(nodes)
        work = [start(lambda part=part: clicking(balancer, part, enough)) for part in range(3)]
        for number in range(1, kills + 1):
            until(lambda many=number * clicks: balancer.taken["a"] >= many, 60)
            kill(nodes["a"])
            if number < kills:
                nodes["a"].start()
        until(lambda many=balancer.taken["b"] + clicks: balancer.taken["b"] >= many, 60)
        enough.set()
        for thread in work:
            thread.join()
        assert balancer.posted == set(balancer.acknowledged) and min(balancer.taken.values()) > 0
        assert run("nodes", "send", "--config", str(nodes["b"].config)).returncode == 0  # it goes on meanwhile
    moved = tmp_path / "mounted elsewhere"
    nodes["a"].settings.data_dir.rename(moved)
    done = run("nodes", "send", "--config", str(nodes["a"].config), WHICHAD_DATA_DIR=str(moved))
    assert (done.returncode, "sealed and sent" in done.stderr) == (0, True), done.stderr
    held_once(tmp_path, balancer)


@pytest.mark.long
def test_a_node_that_is_stopped_in_order_owes_nothing_and_runs_no_dashboard(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    node = a_node(tmp_path, "a")
    log = (tmp_path / "up.log").open("wb")
    command = [sys.executable, "-m", "whichad", "up", "--config", str(node.config)]
    with log, subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=log, stdout=log) as up:
        try:
            until(lambda: is_up(node), 60)
            balancer = Balancer({"a": node, "z": node})
            for n in range(20):
                balancer.post(str(n))
        finally:
            up.terminate()
    said = (tmp_path / "up.log").read_text(encoding="utf-8")
    assert up.returncode == 0 and "node a: seals into" in said and "dashboard" not in said, said
    held_once(tmp_path, balancer)
    status = run("nodes", "status", "--config", str(node.config), "--format", "json")
    assert (status.returncode, "whole up to" in status.stdout) == (0, True), status.stdout + status.stderr


def is_up(node: Ingest) -> bool:
    """Whether an ingest that somebody else started answers."""
    with suppress(OSError, ValueError, HTTPException):
        node.run_file = json.loads((node.settings.data_dir / RUN_FILE).read_text(encoding="utf-8"))
        return node.request("GET", "/healthz").status == 200
    return False


def a_node(folder: Path, name: str) -> Ingest:
    """An ingest that is a node; all nodes have one visitor key."""
    node = Ingest(folder / name)
    with node.config.open("a", encoding="utf-8") as config:
        config.write(f'[nodes]\nshared = "../shared"\nnode = "{name}"\n')
    node.settings.data_dir.mkdir(parents=True)
    (node.settings.data_dir / KEY_NAME).write_text(KEY, encoding="ascii")
    return node


def held_once(folder: Path, balancer: Balancer) -> None:
    """The builder's record has every click once, its journal every receipt, and its books balance."""
    settings = IngestSettings(data_dir=folder / "builder", nodes=Nodes(shared=folder / "shared", gather=True))
    assert gather(settings).wrong == []
    with Record(settings.record_path) as record:
        assert drain(record, settings.journal_dir).damaged == []
        ids = record.connection.execute("select id from interactions").fetchall()
    assert sorted(each[0] for each in ids) == sorted(balancer.acknowledged)
    receipts = [receipt for given in balancer.acknowledged.values() for receipt in given]
    assert len(receipts) > len(ids)
    assert [proof.verdict for proof in prove(settings.journal_dir, enumerate(receipts)) if not proof.ok] == []
    assert sound([*balance(settings), *node_lines(settings)])
