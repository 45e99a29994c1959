"""This module owns which of the archive's folders the views read, for who lets a query open these and nothing else."""

from pathlib import Path

from ingest.archive.layout import Archive

KINDS = ("interactions", "reports", "settlements", "ads", "withdrawn")


def folders(data_dir: Path) -> list[str]:
    """The folders with the files that the views read: deliveries, the quarantine and decisions lie in others."""
    current = Archive(data_dir.resolve()).current
    return [f"{current}/{kind}/" for kind in KINDS]
