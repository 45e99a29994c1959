"""This module owns the promises of a journal that cannot write: everybody who waits hears so, and it goes on."""

import threading
from pathlib import Path

import pytest
from journaling import delivery, ids, seals, start, until

from ingest.journal import JournalError, segments
from ingest.segments.segment import SegmentReader

HUGE = 1 << 62


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
    journal = make(append_seconds_max=0.05)
    with journal._lock, pytest.raises(JournalError) as caught:  # the writer waits, as it would for a slow disk
        journal.append(delivery())
    assert caught.value.code == "journal_unavailable"


def test_nobody_can_append_after_the_end(make):
    journal = make(append_seconds_max=0.05)
    journal.close()
    with pytest.raises(JournalError):
        journal.append(delivery())
