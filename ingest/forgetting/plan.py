"""This module owns the plan of a forgetting that goes on: a private file, there from the first change to the last.

It holds the ids and the salt, so that a run after a kill ends what was begun with the same tokens. It is overwritten
and removed at the end; from then on nobody can say what a token stood for.
"""

import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ingest.durable import fsync
from ingest.forgetting.errors import ForgetError
from ingest.forgetting.person import Person
from ingest.forgetting.traces import Task

NAME = "forgetting.json"
_SETS = ("raw", "visitors", "clicks", "sessions", "orders", "shared")


@dataclass(slots=True)
class Plan:
    """What is being forgotten. `counts`: rows per place; `blanked`: quarantined items that a body alone names."""

    receipt: str
    person: Person
    actor: str
    reason: str
    began_at: int  # unix microseconds: what arrives later is another story
    counts: dict[str, int] = field(default_factory=dict)
    blanked: set[tuple[str, int | None]] = field(default_factory=set)
    deliveries: set[str] = field(default_factory=set)  # whose bodies went; for what the relay had sent on
    sent_on: int = 0
    with_orders: bool = True

    def task(self, without: frozenset[str] = frozenset()) -> Task:
        """What is to be done to journal, record and archive alike."""
        return Task(self.person, frozenset(self.blanked), frozenset(self.deliveries), without)


def new_plan(person: Person, actor: str, reason: str, began_at: int, with_orders: bool = True) -> Plan:
    """A plan that nothing was done of yet. Its receipt begins with the moment and says nothing of the person."""
    stamp = datetime.fromtimestamp(began_at / 1e6, UTC).strftime("%Y%m%dT%H%M%SZ")
    receipt = f"forget-{stamp}-{secrets.token_hex(8)}"
    return Plan(receipt, person, actor, reason, began_at, with_orders=with_orders)


def save(data_dir: Path, plan: Plan) -> None:
    """Put the plan on disk; on return it is there whole, as before or as now. Raises OSError."""
    path = data_dir / NAME
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    person = plan.person
    said: dict[str, Any] = {name: sorted(getattr(person, name)) for name in _SETS}
    said |= {"salt": person.salt.hex(), "keys": sorted(person.keys), "receipt": plan.receipt, "actor": plan.actor,
             "reason": plan.reason, "began_at": plan.began_at, "counts": plan.counts, "blanked": list(plan.blanked),
             "deliveries": sorted(plan.deliveries), "sent_on": plan.sent_on,
             "with_orders": plan.with_orders}  # fmt: skip
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(said, file)
        file.flush()
        os.fsync(file.fileno())
    with open(path if path.exists() else aside, "r+b") as before:  # noqa: PTH123 (its blocks, once it has no name)
        is_other = path.exists()
        aside.replace(path)
        fsync(data_dir)
        if is_other:
            _overwrite(before)


def unfinished(data_dir: Path) -> Plan | None:
    """The plan of a forgetting that was begun and not ended; None where there is none. Raises ForgetError."""
    path = data_dir / NAME
    for each in (path, path.with_suffix(".new")):
        if each.exists() and (found := _read(each)) is not None:
            return found
    if path.exists():
        raise ForgetError(f"{path} cannot be read, so what was begun cannot be ended. Remove it, and run forget again.")
    return None


def erase(data_dir: Path) -> None:
    """Overwrite the plan and remove it: the last act. Raises OSError."""
    for path in (data_dir / NAME, (data_dir / NAME).with_suffix(".new")):
        if path.exists():
            with path.open("r+b") as file:
                _overwrite(file)
            path.unlink()
    fsync(data_dir)


def _overwrite(file: IO[bytes]) -> None:
    file.write(bytes(os.fstat(file.fileno()).st_size))
    file.flush()
    os.fsync(file.fileno())


def _read(path: Path) -> Plan | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        sets = {name: frozenset(said[name]) for name in _SETS}
        person = Person(salt=bytes.fromhex(said["salt"]), keys=frozenset(said["keys"]), **sets)
        blanked = {(each[0], each[1]) for each in said["blanked"]}
        return Plan(said["receipt"], person, said["actor"], said["reason"], said["began_at"], dict(said["counts"]),
                    blanked, set(said["deliveries"]), said["sent_on"], said["with_orders"])  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None
