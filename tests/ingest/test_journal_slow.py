"""This module owns the promises of a disk that is slow: nobody waits for long, and what was not promised may be lost.

A segment is held up by another writer's lock, which SQLite waits for as it would for the disk.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from journaling import delivery, ids, start, until
from running import Ingest

from ingest.journal import Journal, JournalError, segments

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}


@contextmanager
def held_up(folder: Path) -> Iterator[None]:
    """The newest segment takes no commit meanwhile."""
    with sqlite3.connect(segments(folder)[-1], isolation_level=None) as connection:
        connection.execute("begin immediate")
        yield
        connection.execute("rollback")


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Journal]:
    """A journal that waits 0.2 s for a commit, and lets four deliveries wait."""
    journal = Journal(tmp_path, "w1", 1000, 3600, append_seconds_max=0.2, waiting_max=4)
    journal.append(delivery())
    yield journal
    journal.close()


def test_who_waited_too_long_is_told_and_who_comes_then_is_told_at_once(impatient: Journal, tmp_path: Path):
    with held_up(tmp_path):
        with pytest.raises(JournalError):
            impatient.append(first := delivery())
        until(lambda: (since := impatient._writing_since) is not None and time.monotonic() - since > 0.2)
        before = impatient._queue.qsize()
        with pytest.raises(JournalError) as caught:
            impatient.append(delivery())
        assert (caught.value.code, impatient._queue.qsize()) == ("journal_unavailable", before)
    until(lambda: impatient._writing_since is None)
    assert ids(tmp_path)[0][1:] == [first.delivery_id]  # it was not promised, and may be there
    impatient.append(delivery())
    assert len(ids(tmp_path)[0]) == 3


def test_who_gave_up_before_the_commit_began_is_not_written(impatient: Journal, tmp_path: Path):
    def post() -> None:
        with pytest.raises(JournalError):
            impatient.append(delivery())

    with held_up(tmp_path):
        threads = [start(post)]
        until(lambda: impatient._writing_since is not None and impatient._queue.qsize() == 0)
        threads += [start(post) for _ in range(3)]  # one is in the commit, the others wait for the next
        for thread in threads:
            thread.join()
    until(lambda: impatient._writing_since is None)
    impatient.append(last := delivery())
    assert len(ids(tmp_path)[0]) <= 3 and ids(tmp_path)[0][-1] == last.delivery_id
    assert impatient._queue.qsize() == 0


def test_when_as_many_wait_as_may_the_next_one_is_told_at_once(tmp_path: Path):
    journal, told = Journal(tmp_path, "w1", 1000, 3600, append_seconds_max=20, waiting_max=4), threading.Event()
    journal.append(delivery())
    with held_up(tmp_path):
        threads = [start(lambda: journal.append(delivery()))]
        until(lambda: journal._writing_since is not None and journal._queue.qsize() == 0)
        threads += [start(lambda: journal.append(delivery())) for _ in range(4)]
        until(lambda: journal._queue.qsize() == 4)
        with pytest.raises(JournalError):
            journal.append(delivery())
        told.set()
    for thread in threads:
        thread.join()
    journal.close()
    assert told.is_set() and len(ids(tmp_path)[0]) == 6


def test_a_commit_is_reported_with_its_size_and_duration(tmp_path: Path):
    seen: list[tuple[int, float]] = []
    journal = Journal(tmp_path, "w1", 1000, 3600, on_commit=lambda rows, seconds: seen.append((rows, seconds)))
    journal.append(delivery())
    journal.count_refusal("shop", "signature_wrong", 1)
    journal.close()
    assert [rows for rows, _ in seen] == [1, 0] and all(0 < seconds < 60 for _, seconds in seen)


def test_a_disk_slower_than_the_limit_is_a_503_and_the_sender_s_retry_counts_once(tmp_path: Path):
    with Ingest(tmp_path, journal_seconds_max=0.3) as ingest:
        assert ingest.post(CLICK | {"id": "0"}).status == 200
        with held_up(ingest.settings.journal_dir):
            refused = [ingest.post(CLICK, message_id=f"m{n}") for n in range(3)]
        assert {(answer.status, answer.code) for answer in refused} == {(503, "journal_unavailable")}
        assert {answer.headers["retry-after"] for answer in refused} == {"5"}
        deadline = time.monotonic() + 10
        while ingest.post(CLICK, message_id="m0").status != 200:
            assert time.monotonic() < deadline
        assert ingest.request("GET", "/healthz").status == 200
        ingest.stop()
        ingest.load()
        assert ingest.query("select id, count(*)::int from interactions group by all order by all") == [
            ("0", 1), ("1", 1),
        ]  # fmt: skip
