"""This module owns the journal's promise: what `append` returned for is on disk, and what is not is said."""

import itertools
import sqlite3
import time
from pathlib import Path

from journaling import delivery, ids, seals, start, until

from ingest.journal import segments
from ingest.segments.segment import Delivery, SegmentReader


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


def test_a_segment_can_be_read_while_it_is_written(make, tmp_path: Path):
    journal = make()
    journal.append(delivery())
    with sqlite3.connect(f"file:{segments(tmp_path)[0]}?mode=ro", uri=True) as reading:
        cursor = reading.execute("select * from deliveries")
        cursor.fetchone()
        journal.append(delivery())
    assert [len(found) for found in ids(tmp_path)] == [2]
