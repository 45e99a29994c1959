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
from ingest.segments.segment import SegmentReader

CHUNK_ROWS = 2000
RECEIPT = re.compile(r"(d[0-9a-f]{25})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one receipt: `kept`, `redacted`, `archived`, `damaged body`, `other body`, `lost`, `no receipt`,
    `cannot tell` where a segment or the archive cannot be read.

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
    """Hold every receipt against the journal, byte hash by byte hash; in the order of the log. O(journal + log)."""
    asked = [(number, receipt, RECEIPT.fullmatch(receipt)) for number, receipt in log]
    found, all_read = _held(journal, {match[1] for _, _, match in asked if match})
    for number, receipt, match in asked:
        if match is None:
            yield Proof(number, receipt, "no receipt")
            continue
        name, digest, state = found.get(match[1]) or _archived(journal.parent, match[1])
        if state == "lost" and not all_read:
            state = "cannot tell"
        verdict = "other body" if name and digest != match[2] else state
        yield Proof(number, receipt, verdict, name)


def _held(journal: Path, ids: set[str]) -> tuple[dict[str, tuple[str, str, str]], bool]:
    """Of the deliveries asked for: segment, hash of the body as received, body; and whether all could be read."""
    found: dict[str, tuple[str, str, str]] = {}
    read = 0
    for path in segments(journal):
        with suppress(sqlite3.Error), SegmentReader(path) as reader:  # damage has its own line in the audit
            last = 0
            while rows := list(reader.after(last, CHUNK_ROWS)):
                for row in rows:
                    delivery = row.delivery
                    if delivery.delivery_id in ids:
                        state = row.body_state()
                        said = "damaged body" if state == "damaged" else state
                        found.setdefault(delivery.delivery_id, (path.name, delivery.body_hash.hex(), said))
                last = rows[-1].row
            read += 1
    return found, read == len(segments(journal))


def _archived(data_dir: Path, delivery_id: str) -> tuple[str, str, str]:
    try:
        found = find(data_dir, delivery_id)
    except ArchiveError:  # has its own line in the audit, too
        return "", "", "cannot tell"
    return (found[0], found[1].delivery.body_hash.hex(), "archived") if found else ("", "", "lost")
