"""This module owns what is provoked with an injected error, and what must hold afterwards: a door, and a loader."""

import shutil
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType

import duckdb
from injecting import injected
from journaling import Desk, click
from journeys import Books, journey
from looking import look
from running import ROOT, Answer, Ingest, environment

from ingest.store import Record, drain

MOMENT = "2026-01-05T08:00:00Z"
ROUNDS, AT_ONCE, STOP_SECONDS = 4, 3, 30.0


class Door:
    """A running server; every 200 it gave is remembered."""

    def __init__(self, folder: Path) -> None:
        """Segments of two deliveries: all calls of a segment's life come by in a few posts."""
        self._folder, self._ingest = folder, Ingest(folder, {"shop": {}}, segment_rows_max=2)
        self._acknowledged: list[str] = []
        self._number = 0

    def __enter__(self) -> "Door":
        self._ingest.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _t: TracebackType | None) -> None:
        self._ingest.__exit__(kind, error, None)

    def provoke(self, call: str, error: str, nth: int) -> bool:
        """Post while the worker's `nth` `call` fails: 200 or 503 with Retry-After, then 200 again. Was any hit?"""
        (worker,) = self._ingest.run_file["workers"]
        with injected(worker, call, error, nth, self._folder / "strace.log") as injection:
            answers = [answer for _ in range(ROUNDS) for answer in self._post_at_once()]
        for answer in answers:
            assert answer.status in {200, 503}, f"{injection}: {answer.status} {answer.body!r}"
            assert answer.status == 200 or "retry-after" in answer.headers, f"{injection}: no Retry-After"
        assert self._ingest.run_file["workers"] == [worker]
        after = self._post_at_once()
        assert {answer.status for answer in after} == {200}, f"{injection}: it does not go on"
        return bool(injection.hit)

    def settle(self) -> int:
        """Load all of it: each acknowledged delivery is there once. Returns how many there were."""
        with Record(self._ingest.settings.record_path) as record:
            done = drain(record, self._ingest.settings.journal_dir)
        there = Counter(row[0] for row in self._ingest.query("select id from interactions"))
        lost = [what for what in self._acknowledged if not there[what]]
        assert not lost, f"{len(lost)} of {len(self._acknowledged)} acknowledged are lost: {lost[:5]}"
        assert max(there.values()) == 1, "something is there twice"
        assert done.damaged == [], f"the loader complains: {done.damaged}"
        return len(self._acknowledged)

    def _post_at_once(self) -> list[Answer]:
        answers: list[Answer] = []

        def post(identity: str) -> None:
            answers.append(answer := self._ingest.post({"id": identity, "type": "click", "occurred_at": MOMENT}))
            if answer.status == 200:
                self._acknowledged.append(identity)

        self._number += AT_ONCE
        threads = [threading.Thread(target=post, args=(f"c{self._number + i}",)) for i in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers


class Loader:
    """A process that loads or publishes on demand; it is started again where an error ended it."""

    def __init__(self, folder: Path) -> None:
        """`folder` keeps what each attempt starts from: a journal half loaded, and marts."""
        self._folder, self._before = folder, folder / "before"
        self._made_for: dict[str, Path] = {}
        self._process: subprocess.Popen[str] | None = None
        self.ended = 0

    def __enter__(self) -> "Loader":
        with Desk(self._before) as desk:
            desk.post(*(click(f"a{number}", f"Text {number}") for number in range(5)))
            desk.load()
            desk.post(*(click(f"b{number}", f"Text {number}") for number in range(5)))
            desk.seal()
        books = Books(self._folder / "books")
        books.post(*journey("A B => 30"))
        books.build()
        self._work = books.settings.work_path
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._stop()

    def provoke(self, what: str, call: str, error: str, nth: int) -> bool:
        """Load or publish while the `nth` `call` fails; what must hold after it holds. Was the call hit?"""
        folder = self._folder / "attempt"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._before, folder)
        shutil.copy(self._work, folder / "work.duckdb")
        data, link = folder / "data", folder / "creatives.duckdb"
        line = f"load {data}/journal {data}/interactions.duckdb"
        if what == "publish":
            line = f"publish {folder}/work.duckdb {link}"
            assert self._ask(line) == "done"
        version = link.readlink() if link.is_symlink() else None
        process = self._running()
        with injected(process.pid, call, error, nth, self._folder / "strace.log") as injection:
            said = self._ask(line)
        assert injection.hit or said == "done", f"{injection}: {said}"
        if what == "publish":
            assert said == "done" or link.readlink() == version or _opens(link), f"{injection}: {said}"
            assert self._ask(line) == "done", f"{injection}: publishing does not go on"
            assert _opens(link)
        else:
            if said != "done":
                self._stop()  # as the loop does where DuckDB broke, and as a supervisor would
            self._holds(data, f"{injection}: {said}")
        return bool(injection.hit)

    def _holds(self, data: Path, context: str) -> None:
        """What is left to load is loaded: everything is there once."""
        with Record(data / "interactions.duckdb") as record:
            done = drain(record, data / "journal")
        assert done.damaged == [], f"{context}: {done.damaged}"
        with look(data / "interactions.duckdb") as connection:
            ids = [row[0] for row in connection.execute("select id from interactions order by id").fetchall()]
            loads = connection.execute("select sum(accepted)::int, sum(duplicates)::int from loads").fetchone()
        assert (ids, loads) == ([f"{a}{n}" for a in "ab" for n in range(5)], (10, 0)), context

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "tests/loading.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, env=environment(), cwd=ROOT,
            )  # fmt: skip
            assert self._process.stdout is not None and self._process.stdout.readline() == "ready\n"
        return self._process

    def _ask(self, line: str) -> str:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(line + "\n")
        process.stdin.flush()
        if answer := process.stdout.readline():
            return answer.strip()
        self.ended += 1
        return f"ended with {process.wait()}"

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=STOP_SECONDS)
            self._process = None


def _opens(link: Path) -> bool:
    with duckdb.connect(str(link.resolve()), read_only=True) as connection:
        return connection.execute("select count(*) from freshness").fetchone() == (1,)
