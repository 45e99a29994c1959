"""This module owns the first reading of a file: every row takes the door's steps, and nothing is stored.

Only a file that can be read to its end is imported. What would be lost in silence refuses it: rows of which none can be
used, and statements that contradict each other.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.importing.desk import Desk, refusal
from ingest.importing.errors import ImportRefusedError
from ingest.importing.file import File
from ingest.importing.values import line_of
from ingest.items.doubled import Stated
from ingest.items.item import Quarantined, Report
from ingest.rejection import REASONS, DeliveryRefusedError

COLUMNS_MAX = 40
COLUMNS_KEPT = 1000
EXAMPLES_MAX = 5
TWICE = (
    "rows {before} and {number} say different figures of the same {type}: of one day and one ad, campaign or cell. The "
    "export is broken down by something else as well (age, placement, hour). Export it without that, or money is lost."
)


@dataclass(slots=True)
class Checked:
    """What became of a file's rows, and how they will be cut into deliveries (rows of each)."""

    rows: int = 0
    accepted: int = 0
    ignored: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)  # code → items
    reasons: Counter[str] = field(default_factory=Counter)  # why the profile has no use for a row
    without_network: int = 0  # reports
    examples: list[str] = field(default_factory=list)  # of rows that cannot be used
    columns: dict[str, None] = field(default_factory=dict)  # found in rows, in order
    chunks: list[int] = field(default_factory=list)
    first: Quarantined | None = None


class Check:
    """One reading of one file."""

    def __init__(self, desk: Desk, message_id: str, at: int) -> None:
        """`at`: the moment of the import, in unix microseconds."""
        self._desk, self._message_id, self._at = desk, message_id, at
        self._done, self._stated = Checked(), Stated()
        self._rows = self._items = self._bytes = 0  # of the delivery that is being filled

    def run(self, file: File, told: Callable[[int], None] = lambda _: None) -> Checked:
        """Read every row. Raises ImportRefusedError."""
        done = self._done
        for number, row in file.rows(told):
            line = line_of(row)
            self._fill(self._read(line, number), len(line) + 1)
            if isinstance(row, dict) and len(done.columns) < COLUMNS_KEPT:
                done.columns.update(dict.fromkeys(str(key) for key in row))
            done.rows += 1
        if not done.rows:
            raise ImportRefusedError("there are no rows in it.")
        done.chunks.append(self._rows)
        if not done.accepted:
            raise ImportRefusedError(_none(done, self._desk))
        return done

    def _fill(self, items: int, size: int) -> None:
        limits = self._desk.limits
        if self._rows and (self._items + items > limits.items_max or self._bytes + size > limits.body_bytes_max):
            self._done.chunks.append(self._rows)
            self._rows = self._items = self._bytes = 0
        self._rows, self._items, self._bytes = self._rows + 1, self._items + items, self._bytes + size

    def _read(self, line: bytes, number: int) -> int:
        """How many items a row becomes."""
        try:
            passage = self._desk.read(line + b"\n", self._message_id, self._at)
        except DeliveryRefusedError as error:
            raise ImportRefusedError(f"row {number}: {refusal(error)}") from None
        done = self._done
        for item in passage.accepted:
            before = self._stated.contradicts(item, number)
            if before is not None:
                raise ImportRefusedError(TWICE.format(before=before, number=number, type=item.type))
            done.without_network += isinstance(item, Report) and item.network is None
        done.accepted += len(passage.accepted)
        done.ignored += passage.ignored
        done.reasons.update(each["detail"] for each in passage.results if each["result"] == "ignored")
        for each in passage.quarantined:
            done.quarantined[each.code] += 1
            done.first = done.first or each
            if len(done.examples) < EXAMPLES_MAX:
                done.examples.append(f"row {number}: {each.code} ({each.field}): {_why(each)}")
        return len(passage.accepted) + len(passage.quarantined) + passage.ignored


def _why(each: Quarantined) -> str:
    reason = REASONS.get(each.code, "")
    return reason if each.detail == reason else f"{reason} {each.detail}".strip()


def _none(done: Checked, desk: Desk) -> str:
    """Why none of the rows can be used, with the columns that are needed and those that are there."""
    lines = [f"none of its {done.rows} rows can be used."]
    if done.first:
        lines.append(done.examples[0])
        if where := desk.known.read_from(done.first.field):
            lines.append(f"The profile {desk.origin.sender.profile!r} reads {done.first.field} from {where}.")
    elif done.reasons:
        lines.append(f"All of them: {done.reasons.most_common(1)[0][0]}.")
        if where := desk.known.read_from("day"):
            lines.append(f"The profile {desk.origin.sender.profile!r} reads day from {where}.")
    lines.append(f"Columns found: {', '.join(list(done.columns)[:COLUMNS_MAX]) or 'none'}.")
    return " ".join(lines)
