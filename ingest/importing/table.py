"""This module owns a CSV file as rows: its encoding, its delimiter, the row of its headings, its cells.

Nothing is guessed where a guess could cost money: what is cut off, of two encodings or of two shapes refuses the file.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import IO

from ingest.importing.errors import ImportRefusedError
from ingest.importing.known import Known
from ingest.importing.values import number, number_names

DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 40  # rows among which the headings are looked for
CELL_CHARS_MAX = 16 << 20
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

csv.field_size_limit(CELL_CHARS_MAX)


class _Lines:
    """The lines of a text, none of any length, which remember whether the last one ended."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self.ended = text, True

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(CELL_CHARS_MAX + 1):
            if len(line) > CELL_CHARS_MAX:
                raise ImportRefusedError(f"it has a line of over {CELL_CHARS_MAX} characters. Is it a table?")
            self.ended = line.endswith(("\n", "\r"))
            yield line


def csv_rows(raw: IO[bytes], known: Known, decimal_comma: bool) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) for every row under the headings. Raises ImportRefusedError."""
    text = _text(raw)
    start = text.tell()
    delimiter, place = _headings_at(text, known)
    text.seek(start)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    headings: list[str] = []
    numbers: frozenset[int] = frozenset()
    at = 0
    for cells in _cells(reader):
        at += 1
        if at - 1 == place:
            headings = _named(cells, known)
            wanted = number_names(known.profile)
            numbers = frozenset(i for i, heading in enumerate(headings) if known.name(heading) in wanted)
        if at - 1 <= place or not any(cell.strip() for cell in cells):
            continue
        _fits(cells, headings, reader.line_num, lines.ended)
        try:
            for i in numbers:
                if i < len(cells):
                    cells[i] = number(cells[i], decimal_comma, delimiter != ";")
        except ValueError as error:
            raise ImportRefusedError(f"line {reader.line_num}: {error}.") from None
        yield reader.line_num, dict(zip(headings, cells, strict=False))


def _text(raw: IO[bytes]) -> io.TextIOWrapper:
    """The text of a file; bytes that are no UTF-8 become marks that `_cells` finds, with their line."""
    head = raw.read(4)
    raw.seek(0)
    encoding = next((name for bom, name in BOMS if head.startswith(bom)), "utf-8")
    errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
    return io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="")


def _cells(reader: "csv._reader") -> Iterator[list[str]]:  # type: ignore[name-defined]
    try:
        for cells in reader:
            for cell in cells:
                if not cell.isascii() and any("\ud800" <= c <= "\udfff" for c in cell):
                    raise ImportRefusedError(
                        f"line {reader.line_num} is not UTF-8 text. Save the file as UTF-8 (in Excel: CSV UTF-8)."
                    )
            yield cells
    except csv.Error as error:
        raise ImportRefusedError(
            f"line {reader.line_num} is no CSV ({error}): the file is cut off, or a quote in it is not closed."
        ) from None
    except UnicodeDecodeError as error:
        raise ImportRefusedError(
            f"it is not text all through ({error.reason}), after line {reader.line_num}."
        ) from None


def _headings_at(text: io.TextIOWrapper, known: Known) -> tuple[str, int]:
    """The delimiter, and the place of the row of headings: the first of those with most that the profile knows."""
    try:
        sample = [line for _, line in zip(range(LOOKED_AT), _Lines(text), strict=False)]
    except UnicodeError as error:
        raise ImportRefusedError(f"it is not text ({error}). Save it as UTF-8 (in Excel: CSV UTF-8).") from None
    if not any(line.strip() for line in sample):
        raise ImportRefusedError("it is empty.")
    best = (-1, 0, ",", 0)
    for delimiter in DELIMITERS:
        try:
            rows = list(csv.reader(sample, delimiter=delimiter))
        except csv.Error:
            continue
        for place, cells in enumerate(rows):
            score = sum(known.knows(cell.strip()) for cell in cells)
            filled = sum(bool(cell.strip()) for cell in cells)
            if (score, filled if not score else 0) > best[:2]:
                best = (score, filled if not score else 0, delimiter, place)
    return best[2], best[3]


def _named(cells: Sequence[str], known: Known) -> list[str]:
    """The headings. Raises ImportRefusedError where two columns that the profile reads have one name."""
    headings = [cell.strip() for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    twice = [heading for heading, count in Counter(headings).items() if count > 1 and known.knows(heading)]
    if twice:
        raise ImportRefusedError(f"two of its columns are called “{twice[0]}”. Remove one, or rename it.")
    seen: Counter[str] = Counter()
    named = []
    for place, heading in enumerate(headings):
        seen[heading] += 1
        named.append(heading if heading and seen[heading] == 1 else f"{heading or 'column'} ({place + 1})")
    return named


def _fits(cells: Sequence[str], headings: Sequence[str], line: int, ended: bool) -> None:
    if any(cell.strip() for cell in cells[len(headings) :]):
        raise ImportRefusedError(
            f"line {line} has {len(cells)} cells, and there are {len(headings)} headings. Is the delimiter in a text "
            "without quotes?"
        )
    if len(cells) < len(headings) and not ended:
        raise ImportRefusedError(
            f"line {line}, the last, has {len(cells)} of {len(headings)} cells and no end: the file is cut off. "
            "Export it again."
        )
