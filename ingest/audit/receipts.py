"""This module owns receipts: a sender's own log of them, held against the journal, offline."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.archive.layout import ArchiveError
from ingest.archive.reading import find
from ingest.journal import segments
from ingest.segment import SegmentReader

RECEIPT = re.compile(r"(d[0-9a-f]{25})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one receipt: `kept`, `redacted`, `archived`, `damaged body`, `other body`, `lost`, `no receipt`.

    `redacted` is kept without its body, or with one from which something was taken out, and says so; `archived`
    stands in the archive, and its body's time (`[retention] raw_days`) is over.
    """

    line: int
    receipt: str
    verdict: str
    segment: str = ""

    @property
    def ok(self) -> bool:
        """Whether the journal holds what was acknowledged."""
        return self.verdict in ("kept", "redacted", "archived")


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
        state = row.body_state()
        return Proof(number, receipt, "damaged body" if state == "damaged" else state, path.name)
    with suppress(ArchiveError):  # has its own line in the audit, too
        if found := find(journal.parent, delivery_id):
            name, row = found
            verdict = "archived" if row.delivery.body_hash.hex() == digest else "other body"
            return Proof(number, receipt, verdict, name)
    return Proof(number, receipt, "lost")
