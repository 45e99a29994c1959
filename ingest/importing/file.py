"""This module owns a file as rows, whatever its shape, and what it is known by: the hash of its bytes."""

import contextlib
import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from ingest.importing.asked import Asked, Shape, day_in, shape_or_refused
from ingest.importing.errors import ImportRefusedError, StillChangingError
from ingest.importing.known import Known
from ingest.importing.table import csv_rows
from ingest.importing.typed import json_rows, ndjson_rows, parquet_rows
from ingest.items.item import STATEMENT_TYPES
from ingest.mapping.scope import is_blank

HASH_BYTES = 1 << 20


class File:
    """One file of rows; it is opened anew for each reading."""

    def __init__(self, path: Path, known: Known, asked: Asked, row_bytes_max: int) -> None:
        """`row_bytes_max`: what one row may weigh. Raises ImportRefusedError, OSError."""
        self.path, self._known, self._asked, self._row_bytes_max = path, known, asked, row_bytes_max
        if not path.exists():
            raise ImportRefusedError("there is no such file.")
        if not path.is_file():
            raise ImportRefusedError("it is not a file.")
        if not path.stat().st_size:
            raise ImportRefusedError("it is empty.")
        self._shape = shape_or_refused(path, asked)
        self._found = self._stamp()
        self.size = self._found[0]
        self.hash = self._hash()

    def rows(self, told: Callable[[int], None] = lambda _: None) -> Iterator[tuple[int, Any]]:
        """(line or row, value) for every row; `told` hears how many bytes were read. Raises ImportRefusedError."""
        added = self._added()
        with self.path.open("rb") as raw:
            try:
                for number, row in self._rows(raw):
                    told(raw.tell())
                    if isinstance(row, dict):
                        row |= {name: value for name, value in added.items() if self._lacks(row, name)}
                    yield number, row
            except (gzip.BadGzipFile, EOFError, zlib.error):
                raise ImportRefusedError("it is no whole gzip file. Was it cut off? Copy it again.") from None
        if self._stamp() != self._found:
            raise StillChangingError

    def _rows(self, raw: IO[bytes]) -> Iterator[tuple[int, Any]]:
        opened = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if self.path.name.lower().endswith(".gz") else raw
        with contextlib.ExitStack() as stack:
            if opened is not raw:
                stack.enter_context(opened)
            match self._shape:
                case Shape.CSV:
                    yield from csv_rows(opened, self._known, self._asked.decimal_comma)
                case Shape.NDJSON:
                    yield from ndjson_rows(opened, self._row_bytes_max)
                case Shape.JSON:
                    yield from json_rows(opened, self._known.profile.read)
                case Shape.PARQUET:
                    yield from parquet_rows(opened)

    def _lacks(self, row: dict[str, Any], name: str) -> bool:
        """Whether a row does not say this itself, under any heading; when a click happened is nobody else's to say."""
        if name == "occurred_at" and row.get("type") not in STATEMENT_TYPES:
            return False
        return not any(self._known.name(key) == name and not is_blank(value) for key, value in row.items())

    def _added(self) -> dict[str, str]:
        """What the rows do not say themselves: the day of a report that knows none, when it was stated."""
        day = self._asked.day or (day_in(self.path.name) if self._known.profile.read.file_day else None)
        added = {"day": day, "stated_at": self._asked.stated_at}
        if self._known.profile.read.canonical:
            added["occurred_at"] = added.pop("stated_at")
        for name, flag in (("day", "--day"), ("stated_at", "--stated-at"), ("occurred_at", "--stated-at")):
            if added.get(name) and name not in self._known.names:
                raise ImportRefusedError(f"the profile reads no {name}, so {flag} would be lost.")
        return {name: value for name, value in added.items() if value}

    def _stamp(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_size, found.st_mtime_ns

    def _hash(self) -> str:
        digest = hashlib.sha256()
        with self.path.open("rb") as raw:
            while block := raw.read(HASH_BYTES):
                digest.update(block)
        return digest.hexdigest()
