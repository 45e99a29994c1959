"""This module owns the proof that slow senders are told so and closed, and keep no honest sender waiting."""

import resource
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from broken import CHUNKS, GOOD, LENGTH, good
from running import Ingest, answers, raw_post, refused

from ingest.listening.server import CONNECTIONS_MAX

HALF_HEADER, HALF_BODY, HALF_CHUNK = GOOD[:60], GOOD[:-10], CHUNKS + b"32\r\nabc"
CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}


def rest(line: socket.socket) -> bytes:
    """All that still comes on a connection."""
    got = b""
    with suppress(ConnectionResetError):
        while more := line.recv(65536):
            got += more
    return got


@pytest.mark.parametrize("half", [HALF_HEADER, HALF_BODY, HALF_CHUNK, raw_post(b"", LENGTH, "Expect: 100-continue")])
def test_a_request_that_is_not_complete_in_time_is_refused_and_closed(quick: Ingest, half: bytes):
    with quick.connection() as line:
        line.sendall(half)
        (answer,) = answers(rest(line).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"))
    refused(answer, 408, "too_slow")
    assert answer.headers["connection"] == "close"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory):
    """An ingest that waits one second for a request to be complete."""
    with Ingest(tmp_path_factory.mktemp("quick"), slow_seconds_max=1) as ingest:
        yield ingest


@pytest.mark.parametrize(
    "raw", [b"\r\n" + GOOD, raw_post(b"", "Content-Length: 500") + b" " * 500], ids=["head", "body"]
)
def test_a_byte_now_and_then_holds_no_connection(quick: Ingest, raw: bytes):
    with quick.connection() as line:
        line.settimeout(0.1)
        got, sent = b"", 0 if raw.startswith(b"\r\n") else len(raw) - 500
        line.sendall(raw[:sent])
        while not got:
            line.sendall(raw[sent : sent + 1])
            sent += 1
            with suppress(TimeoutError):
                got = line.recv(1000)
        assert sent < len(raw)
        line.settimeout(20)
        (answer,) = answers(got + rest(line))
    refused(answer, 408, "too_slow")


def test_who_sends_nothing_at_all_is_closed_without_a_word(quick: Ingest):
    assert quick.send(b"") == b""
    with quick.connection() as line:
        line.sendall(good())
        (answer,) = answers(rest(line))  # and so is a kept connection on which nothing more comes
    assert answer.status == 200


def test_a_sender_that_never_stops_after_a_refusal_is_closed(quick: Ingest):
    with quick.connection() as line, pytest.raises(OSError):
        line.sendall(CHUNKS + b"zz\r\n")
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            line.sendall(b" " * 65536)


def test_three_hundred_slow_senders_do_not_keep_an_honest_one_waiting(tmp_path: Path):
    with Ingest(tmp_path, slow_seconds_max=4) as ingest, ExitStack() as held:
        lines = [held.enter_context(ingest.connection()) for _ in range(300)]
        for number, line in enumerate(lines):
            line.sendall((HALF_HEADER, HALF_BODY, HALF_CHUNK)[number % 3])
        assert [ingest.post(CLICK | {"id": str(n)}).status for n in range(50)] == [200] * 50
        for line in lines:  # all that time nobody was told anything
            line.setblocking(False)
            with pytest.raises(BlockingIOError):
                line.recv(1)
            line.settimeout(20)
        for line in lines:
            (answer,) = answers(rest(line))
            refused(answer, 408, "too_slow")
        assert ingest.post(CLICK).status == 200
        ingest.stop()
        assert ingest.load().deliveries == 51
        assert ingest.query("select sender, code, sum(deliveries)::int from refusals group by all order by all") == [
            ("", "too_slow", 100), ("shop", "too_slow", 200),
        ]  # fmt: skip


@pytest.mark.long
def test_when_all_connections_are_held_the_slow_have_less_time(tmp_path: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    try:
        with Ingest(tmp_path, slow_seconds_max=600) as ingest, ExitStack() as held:
            for _ in range(CONNECTIONS_MAX + 50):
                held.enter_context(ingest.connection()).sendall(HALF_HEADER)
            with ingest.connection() as line:  # it waits for 20 s at most
                line.sendall(good().replace(b"Host: x", b"Connection: close"))
                (answer,) = answers(rest(line))
            assert answer.status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
