"""This module owns the mess of the field: spoiled ad texts, late and repeated items, shuffled deliveries."""

import html
from bisect import bisect_right
from itertools import accumulate
from random import Random
from typing import TypeVar
from urllib.parse import quote

import numpy as np

from ingest.world.days import HOUR, MINUTE
from ingest.world.parcel import Parcel
from ingest.world.senders import WorldSender

T = TypeVar("T")

# What can happen to an ad text on its way; the shares are set per sender.
KINDS = (
    "percent", "plus", "entities", "caps", "spaces", "cut", "cut_ellipsis", "macro", "placeholder", "missing"
)  # fmt: skip
MACROS = {"facebook": "{{ad.name}}", "tiktok": "__CID_NAME__", "taboola": "{title}", "google": "{creative}"}
PLACEHOLDERS = ("Learn More", "Related content", "organic")
KEPT_CHARACTERS_MIN = 40  # a shorter beginning could be anyone's

LATE_SHARE = 0.015
REPEAT_SHARE = 0.012
REPEAT_AFTER_MAX = 6 * HOUR
# Goals come at most 12 minutes late, before anybody revises their money; statements keep their order.
LATE_MAX = {
    "impression": 6 * HOUR, "click": 30 * HOUR, "landing_view": 30 * HOUR, "search_click": 30 * HOUR,
    "results_view": 30 * HOUR, "ad_click": 12 * MINUTE, "conversion": 12 * MINUTE,
    "revenue": 6 * HOUR, "refund": 6 * HOUR,
}  # fmt: skip


class Spoiler:
    """Spoils the texts of one sender by its shares."""

    def __init__(self, sender: WorldSender) -> None:
        self._kinds = list(sender.mess)
        self._bounds = list(accumulate(sender.mess.values()))
        self._total = self._bounds[-1] if self._bounds else 0.0
        self._cut_length = sender.cut_length

    def __call__(self, text: str, chance: float, network: str) -> str | None:
        """The text as this sender delivers it, None if it leaves the field out. `chance` is in [0, 1)."""
        if chance >= self._total:
            return text
        return spoil(text, self._kinds[bisect_right(self._bounds, chance)], network, self._cut_length)


def spoil(text: str, kind: str, network: str, cut_length: int) -> str | None:
    """The text after one kind of mess; None for a missing one. Raises KeyError for an unknown kind."""
    if kind in {"cut", "cut_ellipsis"}:
        length = cut_length if cut_length < len(text) - 5 else int(len(text) * 0.7)
        begun = text[: max(length, KEPT_CHARACTERS_MIN)]
        return begun if kind == "cut" else begun.rstrip() + "…"
    if kind in {"missing", "macro", "placeholder"}:
        placeholder = PLACEHOLDERS[len(text) % len(PLACEHOLDERS)]
        return {"missing": None, "macro": MACROS[network], "placeholder": placeholder}[kind]
    if kind == "percent":
        return quote(text, safe="")
    if kind == "plus":
        return text.replace(" ", "+")
    if kind == "caps":
        return text.upper()
    if kind == "spaces":
        return "  " + text.replace(" ", "  ", 3).replace(" ", "\u00a0", 1) + "\n"
    return {"entities": _entities(text)}[kind]


def _entities(text: str) -> str:
    escaped = html.escape(text, quote=True)
    return escaped if escaped != text else text.replace(" ", "&nbsp;", 2)


def scatter(parcels: list[Parcel], rng: np.random.Generator) -> list[Parcel]:
    """The parcels, a few of them late, and a few once more in a later delivery; in no order."""
    scattered = []
    for parcel, (late, how_late, again, how_soon) in zip(parcels, rng.random((len(parcels), 4)).tolist(), strict=True):
        if late < LATE_SHARE:  # most of the late ones by minutes, a few by a day
            delay = int(how_late**3 * LATE_MAX.get(parcel.item["type"], 0))
            parcel = parcel._replace(send_at=parcel.send_at + delay)  # noqa: PLW2901 (the same parcel, later)
        scattered.append(parcel)
        if again < REPEAT_SHARE:
            delay = MINUTE + int(how_soon**2 * (REPEAT_AFTER_MAX - MINUTE))
            scattered.append(parcel._replace(send_at=parcel.send_at + delay, repeat=True))
    return scattered


def shuffled(parcels: list[T], seed: str) -> list[T]:
    """The parcels of one delivery in an order of their own."""
    mixed = list(parcels)
    Random(seed).shuffle(mixed)
    return mixed
