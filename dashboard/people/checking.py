"""This module owns the lines of `whichad verify` about data/dashboard.sqlite: it is whole, and of a known schema."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from dashboard.people.schema import MIGRATIONS
from dashboard.people.store import BUSY_SECONDS, NAME
from ingest.audit import Line, equal

PART = "dashboard"
WAY_BACK = "Users, views, annotations and the audit trail stand in it, and in every backup: whichad restore"
NEWER = "A newer whichad made it: use that one."
_FAULTS_MAX = 3


def lines(data_dir: Path) -> Iterator[Line]:
    """The lines; none where nobody ever wrote, for then there is no such file."""
    path = data_dir / NAME
    if not path.exists():
        return
    try:
        # Not `store.reading`, which would bring an older file up: who looks for damage changes nothing.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)) as opened:
            version = int(opened.execute("pragma user_version").fetchone()[0])
            faults = [str(each) for (each,) in opened.execute(f"pragma integrity_check({_FAULTS_MAX})")]
            strays = len(opened.execute("pragma foreign_key_check").fetchall())
    except sqlite3.DatabaseError as error:
        yield Line(PART, f"{NAME} can be read", str(error), "all of it", False, WAY_BACK)
        return
    yield equal(PART, f"{NAME} is whole", "; ".join(faults), "ok", WAY_BACK)
    yield equal(PART, f"{NAME}: rows that name what is not there", strays, 0, WAY_BACK)
    newest = len(MIGRATIONS)
    yield Line(PART, f"{NAME}: schema", str(version), f"{newest} or older", version <= newest,
               "" if version <= newest else NEWER)  # fmt: skip
