"""This module owns files that say what their values are: NDJSON, a JSON answer of an API, Parquet."""

from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.bodies.decoding import decode
from ingest.bodies.reading import records_in
from ingest.importing.errors import ImportRefusedError
from ingest.importing.values import exact
from ingest.profile import Reading
from ingest.rejection import DeliveryRefusedError

BATCH_ROWS = 1000
JSON_BYTES_MAX = 512 << 20
MANY = 10**9


def ndjson_rows(raw: IO[bytes], line_bytes_max: int) -> Iterator[tuple[int, Any]]:
    """(line, value) for every line that is not blank. Raises ImportRefusedError."""
    # Never a whole line of any length: a small gzip file may hold one of many gigabytes.
    for number, line in enumerate(iter(lambda: raw.readline(line_bytes_max + 1), b""), start=1):
        if len(line) > line_bytes_max:
            raise ImportRefusedError(f"line {number} is over {line_bytes_max} bytes, more than a delivery may have.")
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        try:
            [value] = decode(text, "application/x-ndjson", "", line_bytes_max, 1)
        except DeliveryRefusedError as error:
            raise ImportRefusedError(_unreadable(f"line {number}", error, not line.endswith(b"\n"))) from None
        yield number, value


def json_rows(raw: IO[bytes], reading: Reading) -> Iterator[tuple[int, Any]]:
    """(place, record) for what an API answered: an array of rows, or an object with the rows inside it."""
    body = raw.read(JSON_BYTES_MAX + 1).removeprefix(b"\xef\xbb\xbf")
    if len(body) > JSON_BYTES_MAX:
        raise ImportRefusedError("it is over 512 MiB. Write it as NDJSON, a row each line.")
    try:
        answers = decode(body, "application/json", "", JSON_BYTES_MAX, MANY)
    except DeliveryRefusedError as error:
        raise ImportRefusedError(_unreadable("it", error, True)) from None
    place = 0
    for answer in answers:
        for value, _ in records_in(answer, reading, renamed=False):
            place += 1
            yield place, value


def parquet_rows(raw: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row, values) of a Parquet file. Raises ImportRefusedError."""
    number = 0
    try:
        for batch in pq.ParquetFile(pa.PythonFile(raw, mode="r")).iter_batches(batch_size=BATCH_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield number, {str(name): exact(value) for name, value in row.items() if value is not None}
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        where = f"after row {number}" if number else "at its beginning or end"
        raise ImportRefusedError(f"it is no whole Parquet file ({where}). Was it cut off? Write it again.") from None


def _unreadable(where: str, error: DeliveryRefusedError, may_be_cut: bool) -> str:
    cut = " Was the file cut off?" if may_be_cut and error.refusal.code == "bad_json" else ""
    detail = f" ({error.detail})" if error.detail else ""
    return f"{where} cannot be read: {error.refusal.sentence}{detail}{cut}"
