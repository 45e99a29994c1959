"""This module owns publishing: each version is a file of its own, read-only, behind a symlink swung in one step.

With one file replaced in place, overlapping opens in a process keep DuckDB's cached old instance, and an analyst
who opened it read-write left a WAL that made every later version unopenable (both measured). The published file
holds the marts only: journeys' visitor hashes never leave work.duckdb.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from analytics.archived import views
from analytics.archived.views import Reach
from analytics.incremental import republishing
from analytics.incremental.moves import Moves
from analytics.version.emptied import STORAGE_VERSION, TABLES, make_empty
from analytics.work.attaching import connect
from ingest import logs, parsed
from ingest.counting import metrics
from ingest.durable import fsync, make_folder

KEPT = 3
ROWS_AT_ONCE = 1_000_000  # a transaction takes memory beyond DuckDB's limit: all marts of ten million took 1.6 GB


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a version says of itself, and of the archive beneath its views."""

    version: str
    built_at: datetime
    reach: Reach


def new_version(built_at: datetime) -> str:
    """A name for a version: versions sort by when they were built."""
    return f"{built_at:%Y%m%dT%H%M%S}-{time.time_ns() % 10**9:09d}"


def publish(
    work: Path, link: Path, built_at: datetime, version: str | None = None, since: tuple[Path, Moves] | None = None
) -> str:
    """Copy the marts of `work` into a new version, and name it by the symlink `link`. Returns the version.

    `since` is the version that stood before all these moves: where it can be brought up by them, it is.
    """
    began, folder = time.monotonic(), link.parent / "published"
    make_folder(folder)
    version = version or new_version(built_at)
    aside = folder / f".{version}.new"
    stamp = Stamp(version, built_at, views.reach_of(link.parent))
    if not (since and _is_brought_up(work, aside, stamp, *since)):
        _write(work, aside, stamp)
    target = folder / f"{version}.duckdb"
    before = link.resolve()
    aside.chmod(0o444)
    aside.rename(target)
    fsync(folder)
    _swing(link, target)
    _prune(folder, {target.resolve(), before})
    metrics.publish(time.monotonic() - began)
    return version


def _write(work: Path, aside: Path, stamp: Stamp) -> None:
    """Every mart into a new file; where the archive cannot be read, with nothing of it, which is said."""

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        for mart in TABLES:
            inserted = parsed.run(connection, f"insert into published.{mart} from {mart}").fetchone()
            if inserted and inserted[0] > ROWS_AT_ONCE:  # nobody sees the file yet, so it may stand there in part
                connection.execute("commit")
                connection.execute("begin")

    try:
        _fill(work, aside, stamp, fill, is_new=True)
    except views.UnreadableError as error:
        _clear(aside)
        logs.say("publish", str(error))
        _write(work, aside, replace(stamp, reach=stamp.reach.nowhere))
    except BaseException:
        _clear(aside)
        raise


def _is_brought_up(work: Path, aside: Path, stamp: Stamp, base: Path, moves: Moves) -> bool:
    """A copy of the version before, with what moved; False where that went wrong, and everything has to be written."""
    try:
        republishing.copy(base, aside)
        _fill(work, aside, stamp, lambda connection: republishing.bring_up(connection, moves))
    except (republishing.OtherwiseError, views.UnreadableError, duckdb.Error, OSError):
        _clear(aside)
        return False
    except BaseException:
        _clear(aside)
        raise
    return True


def _fill(
    work: Path, aside: Path, stamp: Stamp, fill: Callable[[duckdb.DuckDBPyConnection], None], is_new: bool = False
) -> None:
    """Let `fill` write the marts into `published`, in one transaction, and the file onto the disk."""
    with closing(connect(work)) as connection:
        if is_new:
            make_empty(connection, aside)
        connection.execute(f"attach '{_quoted(aside)}' as published (storage_version '{STORAGE_VERSION}')")
        connection.execute("begin")
        fill(connection)
        connection.execute("update published.freshness set built_at = ?, version = ?", [stamp.built_at, stamp.version])
        views.settle(connection, stamp.reach)
        connection.execute("commit")
        connection.execute("checkpoint published")
        connection.execute("detach published")
    fsync(aside)


def _clear(aside: Path) -> None:
    aside.unlink(missing_ok=True)
    Path(f"{aside}.wal").unlink(missing_ok=True)


def _swing(link: Path, target: Path) -> None:
    """Point the symlink at the new version in one step, and clear the WAL that a stray writer left beside it."""
    aside = link.with_suffix(".swing")
    aside.unlink(missing_ok=True)
    aside.symlink_to(Path("published") / target.name)
    stray = Path(f"{link}.wal")
    aside.replace(link)
    if stray.exists():  # an analyst opened the link read-write: what is published is derived, nothing is lost
        stray.rename(target.parent / f"stray-{time.time_ns()}.wal")
    fsync(link.parent)


def _prune(folder: Path, in_use: set[Path]) -> None:
    """Keep the last three versions, and those `in_use` (a clock set back names a new one before the old ones)."""
    versions = sorted(folder.glob("*.duckdb"))
    for old in versions[:-KEPT]:
        if old.resolve() not in in_use:
            old.unlink(missing_ok=True)
            Path(f"{old}.wal").unlink(missing_ok=True)
    for leftover in (*folder.glob(".*.new"), *folder.glob(".*.new.wal"), *sorted(folder.glob("stray-*.wal"))[:-KEPT]):
        leftover.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
