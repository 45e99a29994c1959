"""This module owns what the journal has of a file already: an import that was interrupted goes on where it stopped.

The journal itself is asked, so there is no second book that could be wrong. What is not found is written again, and
the record counts nothing twice.
"""

import contextlib
import sqlite3

from ingest.config import IngestSettings
from ingest.journal import segments

WORKER = "import"


def journalled(settings: IngestSettings, sender: str, message_id: str) -> set[bytes]:
    """The hashes of the bodies that imports of this file have put into the journal."""
    found: set[bytes] = set()
    for path in segments(settings.journal_dir):
        if f"-{WORKER}-" not in path.name:
            continue
        with contextlib.suppress(sqlite3.Error), contextlib.closing(_opened(str(path))) as connection:
            found |= {row[0] for row in connection.execute(
                "select body_hash from deliveries where sender = ? and message_id = ? and disposition = 'accepted'",
                (sender, message_id),
            )}  # fmt: skip
    return found


def _opened(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
