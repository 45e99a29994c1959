"""This module owns the words for what is wrong with the data: `causes.toml`, a sentence and an action for each cause.

Sentences are filled with `money, revenue, cost, items, days, sender, sample, detail, why, parts`, all of them texts.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ingest.rejection import REASONS, REFUSALS

TIERS = ("urgent", "lost", "doubtful", "looks")  # the order in which to mend; urgent is what hits many items at once


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. `detail` None stands for every detail that has no row of its own.

    Causes of a kind with the same `together` are one problem of a sender; each is said in it as its `part`, of `detail,
    items, money`. `apart`: no item is in two of them, so that they add up.
    """

    kind: str
    tier: str
    sentence: str
    action: str
    detail: str | None = None
    together: str = ""
    part: str = ""
    apart: bool = False


@cache
def causes() -> dict[tuple[str, str | None], Cause]:
    """All causes, by kind and detail."""
    text = files("analytics").joinpath("causes.toml").read_text(encoding="utf-8")
    found = [Cause(**row) for row in tomllib.loads(text)["cause"]]
    return {(cause.kind, cause.detail): cause for cause in found}


def cause_of(kind: str, detail: str | None) -> Cause | None:
    """The row of a cause, else that of its kind; None where it is no problem."""
    return causes().get((kind, detail)) or causes().get((kind, None))


def why_of(code: str | None) -> str:
    """What a code of the door means, as its sender was told."""
    if code in REFUSALS:
        return REFUSALS[code].sentence
    return REASONS.get(code or "", "")
