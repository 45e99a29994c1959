"""This module owns receipts: a sender's own log of them, held against the journal, offline."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.journal import segments
from ingest.segment import SegmentReader

RECEIPT = re.compile(r"(d[0-9a-f]{25})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one receipt: `kept`, `redacted` (kept without its body), `other body`, `lost`, `no receipt`."""

    line: int
    receipt: str
    verdict: str
    segment: str = ""

    @property
    def ok(self) -> bool:
        """Whether the journal holds what was acknowledged."""
        return self.verdict in ("kept", "redacted")


def receipts(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(line number, receipt) of a log: bare receipts, or JSON lines with a `receipt`; empty lines do not count."""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        if text.startswith("{"):
            try:
                text = str(json.loads(text).get("receipt", ""))
            except ValueError:
                text = ""
        yield number, text


def prove(journal: Path, log: Iterable[tuple[int, str]]) -> Iterator[Proof]:
    """Hold every receipt against the journal, byte hash by byte hash."""
    for number, receipt in log:
        found = RECEIPT.fullmatch(receipt)
        yield _prove(journal, number, receipt, *found.groups()) if found else Proof(number, receipt, "no receipt")


def _prove(journal: Path, number: int, receipt: str, delivery_id: str, digest: str) -> Proof:
    for path in segments(journal):
        try:
            with SegmentReader(path) as reader:
                row = reader.find(delivery_id)
        except sqlite3.Error:  # damage has its own line in the audit
            continue
        if row is None:
            continue
        delivery = row.delivery
        if delivery.body_hash.hex() != digest:
            return Proof(number, receipt, "other body", path.name)
        is_whole = delivery.body is not None and hashlib.sha256(delivery.body).digest() == delivery.body_hash
        return Proof(number, receipt, "kept" if is_whole else "redacted", path.name)
    return Proof(number, receipt, "lost")
