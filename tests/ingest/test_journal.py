"""This module owns the journal's promise: what `append` returned for is on disk, and what is not is said."""

import itertools
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.journal import Journal, JournalError, segments
from ingest.segment import Delivery, SegmentReader

HUGE = 1 << 62
_numbers = itertools.count()


def delivery() -> Delivery:
    """A delivery that nobody has seen."""
    number = next(_numbers)
    return Delivery(f"d{number}", number, "shop", "accepted", "msg", "application/json", b"\0" * 32, b"{}", "{}")


@pytest.fixture
def make(tmp_path: Path):
    """Makes journals in one folder, and closes them afterwards."""
    made: list[Journal] = []

    def new(worker: str = "w1", rows_max: int = 1000, seconds_max: float = 3600, free_bytes_min: int = 0) -> Journal:
        made.append(Journal(tmp_path, worker, rows_max, seconds_max, free_bytes_min))
        return made[-1]

    yield new
    for journal in made:
        if journal._thread.is_alive():
            journal.close()


def ids(folder: Path) -> list[list[str]]:
    """The delivery ids of each segment, read by a connection of our own."""
    found = []
    for path in segments(folder):
        with SegmentReader(path) as reader:
            found.append([row.delivery.delivery_id for row in reader.after(0, 100_000)])
    return found


def seals(folder: Path) -> list[bool]:
    found = []
    for path in segments(folder):
        with SegmentReader(path) as reader:
            found.append(reader.seal() is not None)
    return found


def start(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_when_append_returns_the_delivery_is_there_for_everyone(make, tmp_path: Path):
    journal = make()
    for count in range(1, 4):
        journal.append(delivery())
        assert [len(found) for found in ids(tmp_path)] == [count]


def test_closing_writes_what_waits_and_seals(make, tmp_path: Path):
    journal = make()
    journal.append(delivery())
    assert seals(tmp_path) == [False]
    journal.close()
    assert seals(tmp_path) == [True]


def test_a_journal_that_nobody_wrote_to_leaves_no_file(make, tmp_path: Path):
    make().close()
    assert list(tmp_path.iterdir()) == []


def test_a_segment_rolls_by_rows(make, tmp_path: Path):
    journal = make(rows_max=2)
    for _ in range(5):
        journal.append(delivery())
    journal.close()
    assert [len(found) for found in ids(tmp_path)] == [2, 2, 1]
    assert seals(tmp_path) == [True, True, True]


def test_a_segment_rolls_by_age_even_when_nothing_arrives(make, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("ingest.journal.FLUSH_SECONDS", 0.05)
    journal = make(seconds_max=0.05)
    journal.append(delivery())
    until(lambda: seals(tmp_path) == [True])
    journal.append(delivery())
    assert [len(found) for found in ids(tmp_path)] == [1, 1]


def test_two_journals_never_write_one_file(make, tmp_path: Path):
    one, two, three = make("w1"), make("w1"), make("w2")
    for journal in (one, two, three):
        journal.append(delivery())
    assert [len(found) for found in ids(tmp_path)] == [1, 1, 1]


def test_sixteen_threads_all_find_their_deliveries_exactly_once(make, tmp_path: Path):
    journal, sent = make(rows_max=300), [[delivery() for _ in range(60)] for _ in range(16)]

    def post(own: list[Delivery]) -> None:
        for each in own:
            journal.append(each)

    for thread in [start(lambda own=own: post(own)) for own in sent]:
        thread.join()
    journal.close()
    found = ids(tmp_path)
    assert sorted(itertools.chain(*found)) == sorted(each.delivery_id for own in sent for each in own)
    assert len(found) >= 3
    for path in segments(tmp_path):
        with SegmentReader(path) as reader:
            assert reader.seal().chain == reader.chain_at(reader.last_row())


def test_one_group_shares_one_commit(make, tmp_path: Path):
    journal = make()
    journal.append(delivery())
    commits: list[int] = []
    write = journal._segment.append

    def counted(deliveries, refusals):
        commits.append(len(deliveries))
        time.sleep(0.05)
        write(deliveries, refusals)

    journal._segment.append = counted
    for thread in [start(lambda: journal.append(delivery())) for _ in range(16)]:
        thread.join()
    assert sum(commits) == 16 and len(commits) <= 4


def test_a_failed_write_fails_every_waiter_of_its_group_and_its_segment_is_never_used_again(make, tmp_path: Path):
    journal, errors = make(), []
    journal.append(first := delivery())
    write, connection = journal._segment.append, journal._segment._connection
    is_writing, is_gathered = threading.Event(), threading.Event()

    def breaks_on_a_group(deliveries, refusals):
        if len(deliveries) > 1:
            connection.close()
        else:
            is_writing.set()
            is_gathered.wait(10)
        write(deliveries, refusals)

    def post() -> None:
        try:
            journal.append(delivery())
        except JournalError as error:
            errors.append(error.code)

    journal._segment.append = breaks_on_a_group
    threads = [start(post)]
    is_writing.wait(10)
    threads += [start(post) for _ in range(8)]
    until(lambda: journal._queue.qsize() == 8)
    is_gathered.set()
    for thread in threads:
        thread.join()
    assert errors == ["journal_unavailable"] * 8
    journal.append(after := delivery())
    journal.close()
    old, new = ids(tmp_path)
    assert (old[0], len(old), new) == (first.delivery_id, 2, [after.delivery_id])
    assert seals(tmp_path) == [False, True]


def test_a_full_disk_is_said_and_nothing_is_written(make, tmp_path: Path):
    journal = make(free_bytes_min=HUGE)
    with pytest.raises(JournalError) as caught:
        journal.append(delivery())
    assert caught.value.code == "disk_low" and ids(tmp_path) == []


def test_when_the_disk_has_room_again_the_journal_takes_deliveries_again(make, tmp_path: Path):
    journal = make(free_bytes_min=HUGE)
    with pytest.raises(JournalError):
        journal.append(delivery())
    journal._free_bytes_min, journal._disk_checked_at = 0, 0.0
    journal.append(delivery())
    assert [len(found) for found in ids(tmp_path)] == [1]


def test_a_journal_folder_that_is_gone_is_said_and_does_not_stop_the_writer(make, tmp_path: Path):
    journal = make()
    aside = tmp_path.rename(tmp_path.with_name("aside"))
    try:
        with pytest.raises(JournalError) as caught:
            journal.append(delivery())
        assert caught.value.code == "journal_unavailable"
    finally:
        aside.rename(tmp_path)
    journal.append(delivery())
    assert [len(found) for found in ids(tmp_path)] == [1]


def refusals(folder: Path) -> list[tuple[str, str, int, int]]:
    found = []
    for path in segments(folder):
        with SegmentReader(path) as reader:
            found += [row[2:] for row in reader.refusals_after(0)]
    return found


def test_refusals_are_counted_by_minute_sender_and_code(make, tmp_path: Path):
    journal = make()
    for _ in range(3):
        journal.count_refusal("shop", "signature_wrong", 100)
    journal.count_refusal("", "sender_unknown", 0)
    journal.close()
    counts = {(sender, code): (0, 0) for sender, code, *_ in refusals(tmp_path)}
    for sender, code, deliveries, size in refusals(tmp_path):  # a minute may end between two of them
        counts[sender, code] = (counts[sender, code][0] + deliveries, counts[sender, code][1] + size)
    assert counts == {("shop", "signature_wrong"): (3, 300), ("", "sender_unknown"): (1, 0)}


def test_refusals_reach_the_disk_while_nothing_is_accepted(make, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("ingest.journal.FLUSH_SECONDS", 0.05)
    make().count_refusal("shop", "signature_wrong", 1)
    until(lambda: refusals(tmp_path) == [("shop", "signature_wrong", 1, 1)])


def test_refusals_of_a_group_that_failed_are_counted_with_the_next(make, tmp_path: Path):
    journal = make(free_bytes_min=HUGE)
    journal.count_refusal("shop", "disk_low", 7)
    with pytest.raises(JournalError):
        journal.append(delivery())
    journal._free_bytes_min, journal._disk_checked_at = 0, 0.0
    journal.append(delivery())
    assert refusals(tmp_path) == [("shop", "disk_low", 1, 7)]


def test_a_writer_that_does_not_answer_in_time_is_not_a_promise(make):
    journal = make()
    with journal._lock, pytest.raises(JournalError) as caught:  # the writer waits, as it would for a slow disk
        journal.append(delivery(), timeout_seconds=0.05)
    assert caught.value.code == "journal_unavailable"


def test_nobody_can_append_after_the_end(make):
    journal = make()
    journal.close()
    with pytest.raises(JournalError):
        journal.append(delivery(), timeout_seconds=0.05)


def test_a_segment_can_be_read_while_it_is_written(make, tmp_path: Path):
    journal = make()
    journal.append(delivery())
    with sqlite3.connect(f"file:{segments(tmp_path)[0]}?mode=ro", uri=True) as reading:
        cursor = reading.execute("select * from deliveries")
        cursor.fetchone()
        journal.append(delivery())
    assert [len(found) for found in ids(tmp_path)] == [2]
