"""This module owns making a file or a folder's entries durable: what was written or renamed survives a power cut."""

import os
from pathlib import Path


def fsync(path: Path) -> None:
    """Flush a file, or a folder's list of names, to the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it where they are missing, and make their names durable. Raises OSError.

    Without it a power cut could take the folder with all that was synced in it.
    """
    if path.is_dir():
        return
    make_folder(path.parent, mode)
    path.mkdir(mode=mode, exist_ok=True)
    fsync(path.parent)
