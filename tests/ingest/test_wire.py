"""This module owns the promises of the parser that hold for any bytes, cut into any pieces."""

from itertools import pairwise

import pytest
from broken import BODY, BROKEN, CHUNKS, GOOD, WHOLE
from hypothesis import given
from hypothesis import strategies as st
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer

from ingest.listening.wire import Chunks, Parser

ADJUSTMENTS = Adjustments(max_request_header_size=128 << 10, max_request_body_size=8 << 20)
CUTS = st.lists(st.integers(0, 2000), max_size=12)


def pieces(raw: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    return [raw[a:b] for a, b in pairwise(places) if a < b]


def verdict(raw: bytes, cuts: list[int]) -> tuple:
    """What a parser makes of a request: where it is complete, its refusal, its content."""
    parser = Parser(ADJUSTMENTS, headers_max=100, body_bytes_max=1 << 20)
    for piece in pieces(raw, cuts):
        left = piece
        while left and not parser.completed:  # as waitress does: the header's end and the body are two calls
            left = left[parser.received(left) :]
    return parser.completed, parser.error and parser.error.code, parser.get_body_stream().read()


@given(st.sampled_from([GOOD, CHUNKS + WHOLE, CHUNKS + WHOLE[:-2] + b"X: y\r\n\r\n", b"\r\n" + GOOD]), CUTS)
def test_a_good_request_is_complete_however_it_is_cut(raw: bytes, cuts: list[int]):
    assert verdict(raw, cuts) == (True, None, BODY)


@pytest.mark.parametrize("raw", BROKEN)
@given(cuts=CUTS)
def test_a_broken_request_is_refused_however_it_is_cut(raw: bytes, cuts: list[int]):
    completed, code, _ = verdict(raw, cuts)
    assert (completed, code) == (True, 400)


@given(st.lists(st.binary(min_size=1, max_size=300)), CUTS, st.binary(max_size=50))
def test_chunks_give_back_their_content_and_take_nothing_that_follows(contents: list[bytes], cuts, after: bytes):
    raw = b"".join(b"%X;n=v\r\n%s\r\n" % (len(content), content) for content in contents) + b"0\r\n\r\n"
    chunks, taken = Chunks(OverflowableBuffer(1 << 20), 1 << 20), 0
    for piece in pieces(raw + after, cuts):
        taken += chunks.received(piece)
    assert (taken, chunks.completed, chunks.error) == (len(raw), True, None)
    assert chunks.getfile().read() == b"".join(contents) and len(chunks) == sum(map(len, contents))


@given(st.integers(1, 200), st.integers(1, 50))
def test_chunks_never_hold_more_than_their_limit(limit: int, size: int):
    chunks = Chunks(OverflowableBuffer(1 << 20), limit)
    while not chunks.error:
        chunks.received(b"%x\r\n%s\r\n" % (size, b"x" * size))
    assert limit - size < len(chunks) <= limit and chunks.error.code == 413


@given(st.sampled_from([b"", GOOD[:60], GOOD[: -len(BODY)], CHUNKS, CHUNKS + WHOLE[:30]]), st.binary(max_size=400))
def test_no_bytes_at_all_break_the_parser(start: bytes, raw: bytes):
    completed, code, _ = verdict(start + raw, [len(start)])
    assert code in (None, 400, 413, 431) and isinstance(completed, bool)


def test_a_header_line_that_would_make_a_slow_pattern_slow_is_read_at_once():
    for value in (b"a " * 60_000, b" " * 120_000, b'"' * 120_000):  # waitress alone takes 20 s for one of them
        for end, code in ((b"\0", 400), (b"a", None)):
            raw = GOOD.replace(b"Host: x", b"Host: " + value + end)
            assert verdict(raw, [])[:2] == (True, code)
