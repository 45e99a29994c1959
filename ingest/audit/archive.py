"""This module owns what the audit asks of the archive: the rows of segments that are gone, and whole files."""

from collections.abc import Container, Iterator
from datetime import date
from pathlib import Path

from ingest.archive.layout import Archive, ArchiveError
from ingest.archive.reading import archived_count, archived_deliveries
from ingest.audit import Line, equal
from ingest.segments.segment import GENESIS, Row, link


def gone_rows(journal: Path, there: Container[str], damaged: list[str]) -> Iterator[tuple[str, Row]]:
    """(segment, row) of what the archive holds of segments that are not `there` in the journal any more, in order.

    A break of a segment's chain is noted in `damaged`; so is an archive that cannot be read.
    """
    try:
        before, chain, number = "", GENESIS, 0
        for name, row in archived_deliveries(journal.parent):
            if name in there:
                continue
            if name != before:
                before, chain, number = name, GENESIS, 0
            if row.row != number + 1 or link(chain, row.delivery) != row.chain:
                damaged.append(f"the archive's {name} does not go on from row {number} to row {row.row}")
            chain, number = row.chain, row.row
            yield name, row
    except ArchiveError as error:
        damaged.append(str(error))


def archive_lines(data_dir: Path, deliveries: int, pending: int) -> Iterator[Line]:
    """The archive's own part of the sheet: `deliveries` counted by the loader, of which `pending` are not in it yet."""
    archive = Archive(data_dir)
    try:
        manifest = archive.manifest()
    except ArchiveError as error:
        yield Line("archive", "can be read", "no", "yes", False, str(error))
        return
    if manifest is None:
        yield Line("archive", "files as they were written", "none yet", "none yet", True, "The first seal is hourly.")
        return
    wrong = [f"{file.path} {what}" for file, what in archive.damage(manifest.files).items()]
    yield Line("archive", "files that are not as they were written", str(len(wrong)), "0", not wrong,
               "; ".join(wrong[:5]))  # fmt: skip
    if given_up(data_dir):
        return
    held = archived_count(data_dir)
    yield equal("archive", "deliveries: archived + pending = counted by the loader", held + pending, deliveries)


def given_up(data_dir: Path) -> date | None:
    """The day before which the archive was given up (`[retention] archive_days`): nothing can recount what was then."""
    try:
        manifest = Archive(data_dir).manifest()
    except ArchiveError:  # has its own line
        return None
    seals = manifest.seals if manifest else []
    return max((seal.archive_before for seal in seals if seal.archive_before), default=None)
