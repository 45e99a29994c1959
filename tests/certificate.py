"""This module owns the certificate of the ledger test: a line for each fault, and whether anything is wrong."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass

COLUMNS = ("fault", "times", "acknowledged", "lost", "doubled", "receipts", "unproven", "verify", "seconds")


@dataclass(frozen=True, slots=True)
class Tried:
    """One fault that was tried: `verify` and `unproven` are exit codes (of the audit, of the receipts), 0 is well."""

    fault: str
    times: int
    acknowledged: int  # items that got a 200
    lost: int
    doubled: int
    receipts: int
    verify: int
    unproven: int
    wrong: tuple[str, ...] = ()  # sentences; any is a failure
    note: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether nothing was lost, doubled or untrue; a trial without any promise proves nothing."""
        bad = self.lost + self.doubled + self.verify + self.unproven + len(self.wrong)
        return bad == 0 and self.acknowledged > 0 and self.receipts > 0

    def but(self, *wrong: str) -> "Tried":
        """The same, with what else is wrong."""
        return dataclasses.replace(self, wrong=(*self.wrong, *wrong))


def table(rows: Sequence[Tried]) -> str:
    """The certificate for people."""
    cells = [COLUMNS, *([str(getattr(row, column)) for column in COLUMNS] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(COLUMNS))]
    lines = []
    for index, line in enumerate(cells):
        padded = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        row = rows[index - 1] if index else None
        words = (
            ""
            if row is None
            else "; ".join(["ok" if row.ok else "WRONG", *row.wrong[:3], *([row.note] if row.note else [])])
        )
        lines.append("  ".join([*padded, words]).rstrip())
    total = [
        sum(getattr(row, name) for row in rows) for name in ("times", "acknowledged", "lost", "doubled", "receipts")
    ]
    verdict = "Nothing acknowledged was lost or doubled." if all(row.ok for row in rows) else "SOMETHING IS WRONG."
    words = "{} faults, {} items acknowledged: {} lost, {} doubled; {} receipts held against the journal. {}"
    return "\n".join([*lines, words.format(*total, verdict)])


def as_json(rows: Sequence[Tried], seed: int) -> str:
    """The certificate for machines."""
    tried = [dataclasses.asdict(row) | {"ok": row.ok} for row in rows]
    return json.dumps({"seed": seed, "ok": all(row.ok for row in rows), "tried": tried}, indent=1)
