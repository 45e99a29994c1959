"""This module owns the births of records in a worker of pytest: an empty one is made once, and copied ever after.

Every world begins with an empty record, and thousands of worlds are made in a run; making the file took a quarter of
loading a first delivery. Processes that tests start make theirs as for everybody.
"""

from pathlib import Path

from ingest.durable import fsync
from ingest.store import record

_empty: list[bytes] = []
_create = record._create


def copied(path: Path) -> None:
    """As the product makes it, with the same steps for whoever is killed meanwhile."""
    if not _empty:
        _create(path)
        _empty.append(path.read_bytes())
        return
    aside = path.with_suffix(".new")
    aside.write_bytes(_empty[0])
    fsync(aside)
    aside.rename(path)
    fsync(path.parent)


def copy_from_now_on() -> None:
    """Let every record that is made in this process be a copy of the first."""
    record._create = copied
