"""This module owns what else lies in the data folder and may hold a person: derived files, and what the relay sent on.

Derived files are not rewritten but removed: they are made again from what is clean now.
"""

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import astuple
from pathlib import Path

import duckdb

from ingest.archive.layout import FOLDER
from ingest.forgetting.errors import ForgetError
from ingest.relaying.book import NAME, Place
from ingest.segments.holes import COPY_SUFFIX

WORK = "work.duckdb"
SPARK = "spark"  # what a build on Spark made, where it was not told another folder
WORK_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.2
_SENT = """
select count(*) from targets t left join positions p on p.segment = ?2
where t.sender = ?1 and t.begun_at <= ?4 and coalesce(p.row, 0) >= ?3
  and not exists (select 1 from waiting w where w.sender = ?1 and w.segment = ?2 and w.row = ?3)
"""


def put_aside(record: Path, journal: Path) -> list[Path]:
    """Copies of record and archive that were put aside, or made on Spark, and of the journal made to mend it."""
    kept = {record, Path(f"{record}.wal")}
    beside = [path for path in record.parent.glob(f"{record.name}.*") if path not in kept]
    copies = [*record.parent.glob(f"{record.stem}.new*"), *journal.glob(f"*{COPY_SUFFIX}")]
    made = [path for path in (record.parent / SPARK).rglob("*") if path.is_file()]
    return sorted([*beside, *copies, *made, *(record.parent / FOLDER / "damaged").glob("*")])


def remove_work(data_dir: Path, seconds_max: float = WORK_SECONDS_MAX) -> bool:
    """Remove the models' database, which the old record is in, once no build uses it; whether there was one.

    The next build makes it again. Raises ForgetError.
    """
    work = data_dir / WORK
    if not work.exists():
        return False
    deadline = time.monotonic() + seconds_max
    while True:
        try:
            duckdb.connect(str(work)).close()
            break
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():  # damaged: it goes all the same
                break
            if time.monotonic() > deadline:
                raise ForgetError(
                    f"{WORK} is in use since {seconds_max:g} s, and holds hashes of visitors. Run forget again."
                ) from None
            time.sleep(LOOK_SECONDS)
        except duckdb.Error:
            break
    for path in (work, Path(f"{work}.wal")):
        path.unlink(missing_ok=True)
    return True


def sent_on(data_dir: Path, places: Iterable[Place]) -> int:
    """How many of these deliveries the relay has sent to a target of yours.

    The relay's book holds places only, nothing of a person. Raises sqlite3.Error.
    """
    path = data_dir / NAME
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as book:
        return sum(int(book.execute(_SENT, astuple(each)).fetchone()[0]) for each in places)
