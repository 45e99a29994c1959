"""This module owns the format of SQLite's WAL: which of its frames SQLite reads, and which are whole in themselves.

A frame's checksum goes on from the one before it, as that frame states it: so a frame behind a damaged one can be
checked all the same. Only the file `-wal` is opened while a segment may be in use: closing a handle of the database
itself would drop the POSIX locks that SQLite holds in this process.
Format and checksums: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = 0x377F0682  # and one more where the checksums read big-endian words
HEADER_BYTES, FRAME_BYTES = 32, 24
PAGE_BYTES = {1 << n for n in range(9, 17)}
BATCH_FRAMES = 512

Words = NDArray[np.uint64]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wal:
    """The frames of a WAL, whole or not; `good` is how many SQLite reads, `checked` which are whole in themselves."""

    page_bytes: int
    is_header_good: bool
    good: int
    pages: NDArray[np.uint32]
    sizes: NDArray[np.uint32]  # the database's size in pages where a frame ends a transaction, else 0
    checked: NDArray[np.bool_]
    data: bytes

    def page(self, frame: int) -> bytes:
        """The page that a frame (from 0) holds."""
        start = HEADER_BYTES + frame * (FRAME_BYTES + self.page_bytes) + FRAME_BYTES
        return self.data[start : start + self.page_bytes]


def read_wal(path: Path) -> Wal | None:
    """The WAL of a database, 33 MB in about 0.1 s; None where it has no frames. Raises OSError."""
    try:
        data = path.with_name(path.name + "-wal").read_bytes()
    except FileNotFoundError:
        return None
    if len(data) <= HEADER_BYTES + FRAME_BYTES:
        return None
    magic, _, page_bytes, _, salt1, salt2, sum1, sum2 = struct.unpack(">8I", data[:HEADER_BYTES])
    is_plain = page_bytes in PAGE_BYTES and magic & ~1 == MAGIC
    if is_plain and _sum(np.frombuffer(data, _order(magic), 6)[None, :], magic)[0] == (sum1, sum2):
        return _frames(data, page_bytes, magic, (salt1, salt2), (sum1, sum2))
    return _headless(path, data)


def _headless(path: Path, data: bytes) -> Wal | None:
    """The frames of a WAL whose header is damaged: what it said is in the database and in the first frame, too."""
    with path.open("rb") as file:
        page_bytes = int.from_bytes(file.read(18)[16:], "big")
    page_bytes = 65536 if page_bytes == 1 else page_bytes
    if page_bytes not in PAGE_BYTES or len(data) < HEADER_BYTES + FRAME_BYTES + page_bytes:
        return None
    salts = struct.unpack(">2I", data[HEADER_BYTES + 8 : HEADER_BYTES + 16])
    for magic in (MAGIC, MAGIC + 1):
        wal = _frames(data, page_bytes, magic, (salts[0], salts[1]), None)
        if wal is not None and wal.checked.any():
            return wal
    return None


def _frames(data: bytes, page_bytes: int, magic: int, salts: Pair, seed: Pair | None) -> Wal | None:
    each = FRAME_BYTES + page_bytes
    count = (len(data) - HEADER_BYTES) // each
    if not count:
        return None
    rows = np.frombuffer(data, np.uint8, count * each, HEADER_BYTES).reshape(count, each)
    heads = np.ascontiguousarray(rows[:, :FRAME_BYTES]).view(">u4").astype(np.uint32)
    stored = heads[:, 4:6].astype(np.uint64)
    first = np.array([seed if seed else (0, 0)], np.uint64)
    before = np.concatenate([first, stored[:-1]])
    is_ours = (heads[:, 2] == salts[0]) & (heads[:, 3] == salts[1]) & (heads[:, 0] > 0)
    checked = is_ours & (_sums(rows, magic, before) == stored).all(axis=1)
    if seed is None and is_ours[0]:
        checked[0] = count == 1 or bool(checked[1])  # nothing to check the first by; the next one follows from it
    good = 0 if seed is None else int(np.argmin(checked)) if not checked.all() else count
    return Wal(page_bytes, seed is not None, good, heads[:, 0], np.where(is_ours, heads[:, 1], 0), checked, data)


def _order(magic: int) -> str:
    return ">u4" if magic & 1 else "<u4"


def _sums(rows: NDArray[np.uint8], magic: int, before: Words) -> Words:
    """The checksum of each frame, given that of the frame before it."""
    found = []
    for start in range(0, len(rows), BATCH_FRAMES):
        some = rows[start : start + BATCH_FRAMES]
        words = np.ascontiguousarray(np.delete(some, np.s_[8:FRAME_BYTES], axis=1)).view(_order(magic))
        weights, carried = _weights(words.shape[1] // 2)
        found.append((words.astype(np.uint64) @ weights + before[start : start + len(some)] @ carried) & 0xFFFFFFFF)
    return np.concatenate(found)


def _sum(words: NDArray[np.uint32], _magic: int) -> list[Pair]:
    weights, _ = _weights(words.shape[1] // 2)
    return [(int(a), int(b)) for a, b in (words.astype(np.uint64) @ weights) & 0xFFFFFFFF]


@lru_cache(maxsize=8)
def _weights(steps: int) -> tuple[Words, Words]:
    """SQLite's checksum as sums: what each word, and the checksum before, counts in the two halves after `steps`.

    A step is s0 += x0 + s1; s1 += x1 + s0, all modulo 2**32: linear, so a page is one product instead of 1,025 steps.
    """
    weights = np.zeros((2 * steps, 2), np.uint64)
    a, b, c, d = 1, 0, 0, 1  # the steps still to come, as a matrix
    for step in range(steps - 1, -1, -1):
        weights[2 * step] = ((a + b) & 0xFFFFFFFF, (c + d) & 0xFFFFFFFF)
        weights[2 * step + 1] = (b, d)
        a, b, c, d = ((a + b) & 0xFFFFFFFF, (a + 2 * b) & 0xFFFFFFFF, (c + d) & 0xFFFFFFFF, (c + 2 * d) & 0xFFFFFFFF)
    return weights, np.array([[a, c], [b, d]], np.uint64)
