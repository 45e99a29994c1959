"""This module owns generations: the archive as readers see it, swung in whole, so that no writing disturbs them.

A generation is hard links to the live files and a manifest. The three before it are kept: a reader that took the
realpath of `current` goes on reading, whatever is compacted meanwhile.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import duckdb

from ingest.archive.layout import MANIFEST, Archive, ArchiveError, File, Manifest, Place, Seal, writing_of, written
from ingest.archive.writing import PRIVATE_FILE, PRIVATE_FOLDER, make_folder, noted
from ingest.durable import fsync

KEPT = 4  # the current one, and three before it: about three hours for who reads one
_PLACES = (
    "select segment, archived_row, hex(archived_chain), archived_refusal_row, removed_at from positions order by 1"
)
_SEALS = (
    "select seal_id, sealed_at, what, deliveries, load_id, received_to, quarantine_before, archive_before from seals"
    " order by seal_id"
)


def latest(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the last writing that the record has noted, 0 for none."""
    row = connection.execute("select coalesce(max(seal_id), 0) from seals").fetchone()
    return int(row[0]) if row else 0


def publish(connection: duckdb.DuckDBPyConnection, archive: Archive) -> Manifest:
    """Make the generation of what the record notes, and swing `current` to it.

    Nothing is swung in that lacks a file: what stood there before stays what readers and the retention rely on.
    Raises ArchiveError, OSError, duckdb.Error.
    """
    # A WAL that a kill leaves is not believed: a record that ended before the archive would be made anew from it.
    connection.execute("checkpoint")
    manifest = _manifest(connection)
    made, aside = (archive.generations / f"{manifest.generation}{suffix}" for suffix in ("", ".new"))
    for folder in (made, aside):
        if folder.exists() and folder != archive.current.resolve():
            shutil.rmtree(folder)
    make_folder(aside)
    for file in manifest.files:
        _link(archive, file, aside)
    path = aside / MANIFEST
    path.touch(mode=PRIVATE_FILE)
    path.write_text(written(manifest), encoding="utf-8")
    fsync(path)
    for folder in {path.parent, *((aside / f.path).parent for f in manifest.files if f.seal_id == manifest.generation)}:
        fsync(folder)
    aside.rename(made)
    fsync(archive.generations)
    swing = archive.root / "current.new"
    swing.unlink(missing_ok=True)
    swing.symlink_to(Path(archive.generations.name) / made.name)
    swing.replace(archive.current)
    fsync(archive.root)
    return manifest


def tidy(archive: Archive, manifest: Manifest) -> None:
    """Remove what no reader needs: generations that are over, files that were compacted or never noted.

    Files that nothing of ours explains stay where they are.
    """
    older = sorted((int(p.name) for p in archive.generations.iterdir() if p.name.isdigit()), reverse=True)
    live = {file.path for file in manifest.files}
    for path in archive.files.glob("*/*/*"):
        is_ours = path.suffix == ".new" or writing_of(path.name) is not None
        if is_ours and path.relative_to(archive.files) not in live:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # not empty
                path.parent.rmdir()
    for path in archive.generations.glob("*.new"):
        shutil.rmtree(path)
    for generation in [each for each in older if each <= manifest.generation][KEPT:]:
        shutil.rmtree(archive.generations / str(generation))


def _link(archive: Archive, file: File, folder: Path) -> None:
    target = folder / file.path
    for parent in (target.parent.parent, target.parent):
        parent.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)
    try:
        try:
            os.link(archive.path(file), target)
        except PermissionError:  # a file system without hard links
            shutil.copy2(archive.path(file), target)
    except FileNotFoundError:
        raise ArchiveError(
            f"The archive's file {file.path} is gone ({file.rows} rows). Restore data/archive from a backup; until then"
            " the generation before it stays, and the journal is not shortened."
        ) from None


def _manifest(connection: duckdb.DuckDBPyConnection) -> Manifest:
    seals = [Seal(*each) for each in connection.execute(_SEALS).fetchall()]
    return Manifest(
        latest(connection),
        seals,
        [Place(segment, number, chain.lower(), refusal_row, removed_at)
         for segment, number, chain, refusal_row, removed_at in connection.execute(_PLACES).fetchall()],
        connection.execute("select kind, before, rows from expired order by before, kind").fetchall(),
        noted(connection),
    )  # fmt: skip
