"""This module owns the promises of answers that wait for the disk: held back, in order, for nobody else's account.

The disk is held up by another writer's lock on the segment, which SQLite waits for as it would for the disk.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from journaling import held_up
from running import Ingest, answers, raw_post

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}
LARGE = [CLICK | {"id": str(number), "ad_id": "a" * 200} for number in range(400)]  # 100 kB: a thread asks for it
LOADED = "select id, count(*)::int from interactions group by all order by all"


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Ingest]:
    """An ingest of one worker that waits long for its disk; one delivery is on it."""
    with Ingest(tmp_path, {"shop": {}, "lenient": {"strict": False}}, journal_seconds_max=20) as ingest:
        assert ingest.post(CLICK | {"id": "first"}).status == 200
        yield ingest


def talk(ingest: Ingest, sent: bytes) -> socket.socket:
    """A connection on which this was said."""
    connection = socket.create_connection(("127.0.0.1", ingest.port), timeout=20)
    connection.sendall(sent)
    return connection


def body(item: object) -> bytes:
    return json.dumps(item).encode()


def whole(item: object) -> bytes:
    """A signed POST with its length."""
    return raw_post(body(item), f"Content-Length: {len(body(item))}")


def said(connection: socket.socket, count: int) -> list[int]:
    """The statuses of the next answers, of which there must be as many."""
    raw = b""
    while not ended(raw, count):
        piece = connection.recv(1 << 16)
        assert piece, f"closed after {raw!r}"
        raw += piece
    return [answer.status for answer in answers(raw)]


def ended(raw: bytes, count: int) -> bool:
    """Whether so many answers are there with all of their bodies."""
    for _ in range(count):
        head, end, raw = raw.partition(b"\r\n\r\n")
        if not end:
            return False
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(raw) < size:
            return False
        raw = raw[size:]
    return True


def is_silent(connection: socket.socket) -> bool:
    """Whether nothing comes for a while."""
    connection.settimeout(0.3)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return True
    else:
        return False
    finally:
        connection.settimeout(20)


@pytest.mark.parametrize("item", [CLICK, LARGE], ids=["asked by the loop", "asked by a thread"])
def test_nothing_is_answered_before_the_disk_has_it_and_nobody_else_waits(patient: Ingest, item: object):
    with held_up(patient.settings.journal_dir):
        many = [talk(patient, whole(item)) for _ in range(40)]  # more than there are threads
        assert all(is_silent(each) for each in many[:2] + many[-1:])
        assert patient.request("GET", "/healthz").status == 200
        assert patient.post(CLICK, headers={"webhook-signature": "v1,AAAA"}).status == 401
    assert [said(each, 1) for each in many] == [[200]] * 40
    for each in many:
        each.close()
    patient.stop()
    patient.load()
    assert dict(patient.query(LOADED)) == {"first": 1} | {
        each["id"]: 1 for each in (item if isinstance(item, list) else [item])
    }


def test_answers_on_one_connection_keep_their_order_whatever_waits(patient: Ingest):
    get = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with closing(talk(patient, b"")) as connection:
        with held_up(patient.settings.journal_dir):
            connection.sendall(whole(CLICK) + get + whole({"id": "bad"}) + get)
            assert is_silent(connection)
            with closing(talk(patient, get)) as other:
                assert said(other, 1) == [200]
        assert said(connection, 4) == [200, 200, 422, 200]


def test_a_strict_sender_hears_what_was_wrong_once_it_is_kept(patient: Ingest):
    with closing(talk(patient, b"")) as strict:
        with held_up(patient.settings.journal_dir):
            strict.sendall(whole({"id": "x"}))
            assert is_silent(strict)
        assert said(strict, 1) == [422]
    patient.stop()
    patient.load()
    assert patient.query("select disposition, count(*)::int from quarantine group by all") == [("diagnosis", 1)]


def test_who_hangs_up_while_the_disk_is_waited_for_takes_nothing_along(patient: Ingest):
    with held_up(patient.settings.journal_dir):
        gone = [talk(patient, whole(CLICK | {"id": f"gone-{number}"})) for number in range(3)]
        time.sleep(0.3)  # they are in work by now, and nothing on the outside tells
        for each in gone:
            each.close()
    assert patient.post(CLICK | {"id": "later"}).status == 200
    patient.stop()
    patient.load()
    assert [id_ for id_, _ in patient.query(LOADED)] == ["first", "gone-0", "gone-1", "gone-2", "later"]


def test_a_disk_that_hangs_is_a_503_for_each_that_waits_and_a_200_again_when_it_comes_back(tmp_path: Path):
    with Ingest(tmp_path, journal_seconds_max=0.3) as ingest:
        assert ingest.post(CLICK | {"id": "0"}).status == 200
        with held_up(ingest.settings.journal_dir):
            waiting = [talk(ingest, whole(CLICK | {"id": str(number)})) for number in range(5)]
            assert [said(each, 1) for each in waiting] == [[503]] * 5
        deadline = time.monotonic() + 10
        while ingest.post(CLICK | {"id": "again"}).status != 200:
            assert time.monotonic() < deadline
        for each in waiting:
            each.sendall(whole(CLICK | {"id": "same connection"}))
        assert [said(each, 1) for each in waiting] == [[200]] * 5
        for each in waiting:
            each.close()


def test_a_worker_that_is_told_to_end_answers_what_it_holds_first(patient: Ingest):
    with held_up(patient.settings.journal_dir):
        connection = talk(patient, whole(CLICK | {"id": "last"}))
        assert is_silent(connection)
        assert patient.process is not None
        patient.process.terminate()
        assert is_silent(connection)
    assert said(connection, 1) == [200]
    connection.close()
    patient.stop()
    patient.load()
    assert [id_ for id_, _ in patient.query(LOADED)] == ["first", "last"]
