"""This module owns a node's sending: its archive as it stands, copied into the shared folder, then said in one rename.

What was copied is not copied again, and what a kill left is completed by the next turn. Files that were compacted
stay for some hours, for who reads them; where a person was forgotten, at once they do not.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import Error as SqliteError

from ingest.archive.layout import READ_BYTES, Archive, ArchiveError, File, Manifest
from ingest.config import IngestSettings
from ingest.journal import segments
from ingest.nodes.folder import Sent, Shared, location, opened, settled
from ingest.nodes.own import alone, fingerprint, mappings, note, origin_of, own
from ingest.segments.segment import SegmentReader

LEFT_FOR = timedelta(hours=3)  # what was compacted, for who reads it


def send(settings: IngestSettings, now: datetime, whole_to: datetime | None = None, anew: bool = False) -> Sent:
    """Copy what the shared folder lacks, and say it; `now` is naive UTC. `anew`: whatever it has, copy all again.

    `whole_to`: the moment up to which the archive holds all that was acknowledged, None where it is as before.
    Raises ArchiveError, OSError; then what was said before goes on counting.
    """
    with alone(settings.data_dir):
        return _send(settings, now, whole_to, anew)


def _send(settings: IngestSettings, now: datetime, whole_to: datetime | None, anew: bool) -> Sent:
    node, shared, here = settings.nodes.node or "", Shared(settings.shared_dir), Archive(settings.data_dir)
    manifest, origin = here.manifest() or Manifest(0), origin_of(settings.data_dir)
    before = None if anew else _before(settings, shared, node)
    if before is not None:
        _check(before, origin, manifest)
    there = {file.path for file in before.archive.files} if before else set()
    for file in manifest.files:
        if file.path not in there:
            _copy(here, file, location(shared, node, file))
    sent = Sent(
        node, origin, settings.nodes.gather, now, whole_to or (before.whole_to if before else None),
        fingerprint(settings.data_dir), mappings(settings), _ended(settings.journal_dir, manifest, before),
        _dropped(before, manifest, now), manifest,
    )  # fmt: skip
    shared.say(sent)
    kept = _remove(shared, sent, before, now)
    if kept != sent.dropped:
        shared.say(replace(sent, dropped=kept))
    note(settings.data_dir, sent)
    return sent


def _before(settings: IngestSettings, shared: Shared, node: str) -> Sent | None:
    """What was sent before. Raises ArchiveError where it is gone: an empty folder is one that is not mounted."""
    if not settings.shared_dir.is_dir():
        raise ArchiveError(f"There is no folder {settings.shared_dir}. Is it mounted?")
    before = shared.sent(node)
    if before is None and own(settings.data_dir).get("node") == node:
        raise ArchiveError(
            f"{shared.nodes} has nothing of node {node!r} any more, which had sent before. Is it mounted? Where it is"
            " empty for good: whichad ingest nodes send --anew"
        )
    return before


def _check(before: Sent, origin: str, manifest: Manifest) -> None:
    """Raise ArchiveError where this data folder does not continue what was sent under its name."""
    ours = {seal.seal_id: seal.sealed_at for seal in manifest.seals}
    files = {file.path: file.sha256 for file in manifest.files}
    is_ours = (
        before.origin == origin
        and manifest.generation >= before.archive.generation
        and all(ours.get(seal.seal_id, seal.sealed_at) == seal.sealed_at for seal in before.archive.seals)
        and all(files.get(file.path, file.sha256) == file.sha256 for file in before.archive.files)
    )
    if not is_ours:
        raise ArchiveError(
            f"What the shared folder has of node {before.node!r} was sent from another data folder, or from a later"
            " state of this one, and stays as it is. Give this one a name of its own ([nodes] node): all it holds is"
            " sent under that, and what came twice is gathered once."
        )


def _copy(archive: Archive, file: File, target: Path) -> None:
    """Copy a file aside, compare what was read with its SHA-256, flush it and give it its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside, digest = target.with_name(target.name + ".new"), hashlib.sha256()
    try:
        with archive.path(file).open("rb") as source, opened(aside) as copy:
            while block := source.read(READ_BYTES):
                digest.update(block)
                copy.write(block)
    except FileNotFoundError:
        if archive.path(file).exists():
            raise
        raise ArchiveError(f"The archive's file {file.path} is gone. Restore data/archive from a backup.") from None
    if digest.hexdigest() != file.sha256:
        aside.unlink()
        raise ArchiveError(f"The archive's file {file.path} is not as it was written. Restore it from a backup.")
    settled(aside, target)


def _ended(journal: Path, manifest: Manifest, before: Sent | None) -> list[str]:
    """The segments of which the archive holds the last row. A segment that was let go of has ended, too."""
    known = set(before.ended) if before else set()
    there = {path.name: path for path in segments(journal)}
    found = []
    for place in manifest.places:
        path = there.get(place.segment)
        if place.segment in known or place.removed_at or path is None:
            found.append(place.segment)
            continue
        try:
            with SegmentReader(path) as reader:
                seal = reader.seal()
        except SqliteError:  # damage is the loader's to say
            continue
        if seal is not None and seal.rows == place.row:
            found.append(place.segment)
    return found


def _dropped(before: Sent | None, manifest: Manifest, now: datetime) -> list[tuple[str, datetime]]:
    """The files that count no more and still lie there."""
    if before is None:
        return []
    live = {file.path for file in manifest.files}
    gone = [(file.path.as_posix(), now) for file in before.archive.files if file.path not in live]
    return [*before.dropped, *gone]


def _remove(shared: Shared, sent: Sent, before: Sent | None, now: datetime) -> list[tuple[str, datetime]]:
    """Remove what was dropped long enough ago, or for the sake of a person; returns what still lies there."""
    since = before.archive.generation if before else 0
    forgets = [seal for seal in sent.archive.seals if seal.what == "forget"]
    at_once = any(seal.seal_id > since or now - seal.sealed_at < LEFT_FOR for seal in forgets)
    kept = []
    for name, at in sent.dropped:
        if at_once or now - at >= LEFT_FOR:
            (shared.files(sent.node).files / name).unlink(missing_ok=True)
        else:
            kept.append((name, at))
    return kept
