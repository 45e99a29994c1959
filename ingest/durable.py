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
