"""This module owns the proof that what got a 200 survives: kill -9 of any process, SIGTERM, a full disk."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import pytest
from running import ROOT, Ingest, environment
from trial_kills import kill_at_random

from ingest.journal import segments
from ingest.segments.segment import SegmentReader

MOMENT = "2026-01-05T08:00:00Z"


@dataclass
class Sender:
    """A sender with a memory of its own: what it was promised, and in doubt what it sent again."""

    ingest: Ingest
    prefix: str
    per_delivery: int = 5
    acknowledged: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    resent: int = 0

    def run(self, deliveries: int, until: threading.Event | None = None) -> None:
        """Post deliveries one after the other; one without an answer of 200 is posted again, the same."""
        for number in range(deliveries):
            if until and until.is_set():
                return
            ids = [f"{self.prefix}-{number}-{i}" for i in range(self.per_delivery)]
            items = [{"id": i, "type": "click", "occurred_at": MOMENT, "click_id": i} for i in ids]
            while not (until and until.is_set()):
                answer = None
                with suppress(OSError, Exception):
                    answer = self.ingest.post(items, message_id=f"m-{self.prefix}-{number}")
                if answer and answer.status == 200:
                    self.acknowledged += ids
                    self.receipts.append(answer.json["receipt"])
                    break
                self.resent += 1
                time.sleep(0.02)


def in_threads(senders: list[Sender], deliveries: int, until: threading.Event | None = None) -> list[threading.Thread]:
    threads = [threading.Thread(target=sender.run, args=(deliveries, until)) for sender in senders]
    for thread in threads:
        thread.start()
    return threads


def loaded_ids(ingest: Ingest) -> Counter[str]:
    return Counter(row[0] for row in ingest.query("select id from interactions"))


def assert_kept_once(ingest: Ingest, senders: list[Sender]) -> None:
    """Everything acknowledged is there, and nothing is there twice."""
    ingest.load()
    there = loaded_ids(ingest)
    promised = [i for sender in senders for i in sender.acknowledged]
    assert promised, "the test proves nothing when nothing was acknowledged"
    assert [i for i in promised if i not in there] == []
    assert [i for i, n in there.items() if n > 1] == []


def test_killing_workers_in_the_middle_loses_nothing_acknowledged_and_doubles_nothing(tmp_path: Path) -> None:
    with Ingest(tmp_path, {"shop": {}}, workers=2) as ingest:
        senders, done = [Sender(ingest, f"s{i}") for i in range(4)], threading.Event()
        threads = in_threads(senders, 10_000, done)
        for killed in range(3):
            time.sleep(0.6)
            workers = json.loads((ingest.settings.data_dir / "ingest.json").read_text())["workers"]
            with suppress(ProcessLookupError):
                os.kill(random.Random(killed).choice(workers), signal.SIGKILL)
        time.sleep(1.0)
        done.set()
        for thread in threads:
            thread.join(60)
        assert sum(sender.resent for sender in senders) > 0, "no kill was felt, so the test proves nothing"
        assert_kept_once(ingest, senders)


def test_a_killed_loop_starts_again_where_its_last_transaction_ended(tmp_path: Path) -> None:
    with Ingest(tmp_path, {"shop": {}}) as ingest:
        senders = [Sender(ingest, f"s{i}", per_delivery=400) for i in range(2)]
        command = [sys.executable, "-m", "analytics", "refresh", "--config", str(ingest.config)]
        threads = in_threads(senders, 20)
        chance = random.Random(3)
        for _ in range(4):
            loop = subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.9, 2.0))  # somewhere in start, drain, build, copy or swing
            loop.kill()
            loop.wait()
        for thread in threads:
            thread.join(60)
        assert_kept_once(ingest, senders)
        built = subprocess.run(
            [sys.executable, "-m", "analytics", "build", "--config", str(ingest.config)],
            cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert built.returncode == 0, built.stderr


def test_sigterm_lets_requests_in_flight_finish_and_seals_the_journal(tmp_path: Path) -> None:
    with Ingest(tmp_path, {"shop": {}}, workers=2) as ingest:
        done = threading.Event()
        senders = [Sender(ingest, f"s{i}") for i in range(4)]
        threads = in_threads(senders, 10_000, done)
        time.sleep(1.0)
        assert ingest.stop() == 0
        done.set()
        for thread in threads:
            thread.join(30)
        for path in segments(ingest.settings.journal_dir):
            with SegmentReader(path) as reader:
                seal = reader.seal()
                assert seal is not None and seal.rows == reader.last_row()
        assert_kept_once(ingest, senders)


def test_a_disk_that_takes_no_more_is_a_503_and_never_a_200(tmp_path: Path) -> None:
    with Ingest(tmp_path, {"shop": {}}, workers=1) as ingest:
        sender = Sender(ingest, "before")
        sender.run(3)
        (worker,) = ingest.run_file["workers"]
        # No file of this process may grow past 64 KiB: its writes fail as they would on a full disk.
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (64 << 10, resource.RLIM_INFINITY))
        big = [{"id": f"big-{i}", "type": "click", "occurred_at": MOMENT, "term": "x" * 900} for i in range(200)]
        answers = [ingest.post(big, message_id=f"big-{n}") for n in range(3)]
        assert {answer.status for answer in answers} == {503}
        assert all(answer.code == "journal_unavailable" and "retry-after" in answer.headers for answer in answers)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        after = Sender(ingest, "after")
        after.run(3)
        assert_kept_once(ingest, [sender, after])
        assert ingest.post(big, message_id="big-again").status == 200
        ingest.load()
        assert ingest.query("select count(*), count(distinct id) from interactions where id like 'big-%'") == [
            (200, 200)
        ]


def test_whatever_is_killed_at_random_and_everything_at_once_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    tried = kill_at_random(tmp_path, random.Random(4), kills=8, life_kills=6)
    assert tried.ok, tried
    assert tried.times >= 8


MAKE = (
    "import sys; from pathlib import Path; from ingest.segments.segment import SegmentWriter; "
    "SegmentWriter(Path(sys.argv[1]))"
)


@pytest.mark.skipif(which("strace") is None, reason="there is no strace: apt-get install strace")
def test_a_writer_killed_while_it_makes_its_segment_leaves_none_or_one_that_can_be_read(tmp_path: Path) -> None:
    for number in range(1, 7):  # SQLite unlinks a journal with each of its steps: the kill comes just before
        path = tmp_path / str(number) / "a.sqlite"
        path.parent.mkdir()
        kill = ["-e", "trace=unlink", "-e", f"inject=unlink:signal=SIGKILL:when={number}"]
        subprocess.run(
            ["strace", "-f", "-o", os.devnull, *kill, sys.executable, "-c", MAKE, str(path)],
            cwd=ROOT, env=environment(), capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        if path.exists():
            with SegmentReader(path) as reader:
                assert reader.last_row() == 0


@pytest.mark.parametrize("times", [3])
def test_the_same_delivery_sent_again_counts_once(tmp_path: Path, times: int) -> None:
    with Ingest(tmp_path) as ingest:
        items = [{"id": f"c{i}", "type": "click", "occurred_at": MOMENT} for i in range(10)]
        receipts = {ingest.post(items, message_id="the-same").json["receipt"] for _ in range(times)}
        assert len(receipts) == times  # each answer is true by itself: this delivery is on disk
        ingest.load()
        assert ingest.query("select count(*) from interactions") == [(10,)]
        assert ingest.query("select sum(accepted)::int, sum(duplicates)::int from loads") == [(10, 10 * (times - 1))]
