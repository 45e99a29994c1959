"""This module owns what whichad.toml says of an experiment: `[experiments.<name>]`, its arms, shares and days."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Literal

from pydantic import field_validator, model_validator

from ingest.config import Section
from ingest.creative import identify
from ingest.network import canonical_network

ARMS_MAX = 20
NAME_CHARS_MAX = 60
AD = "ad:"
METRICS = ("net_per_click", "profit_per_click", "epc", "cvr", "ctr")
_ID = re.compile(r"(rac1|ad1)_[0-9a-f]{32}")
_DATES = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)?")


@dataclass(frozen=True, slots=True)
class Arm:
    """What an arm is: the creative that its text or id names, or else an ad."""

    text: str
    creative_id: str | None
    ad_id: str | None


class Experiment(Section):
    """`[experiments.<name>]`: arms, the first of which is the control, their intended split, and its days."""

    arms: tuple[str, ...]
    split: tuple[float, ...] | None = None  # None: equal shares
    dates: str
    network: str | None = None
    campaign_id: str | None = None
    country: str | None = None
    unit: Literal["impressions", "clicks"] | None = None
    metric: Literal["net_per_click", "profit_per_click", "epc", "cvr", "ctr"] | None = None

    _network = field_validator("network")(lambda name: None if name is None else canonical_network(name))
    _country = field_validator("country")(lambda code: None if code is None else code.strip().upper())

    @field_validator("campaign_id", mode="before")
    @classmethod
    def _id(cls, told: object) -> object:
        return str(told) if isinstance(told, int) and not isinstance(told, bool) else told

    @field_validator("arms")
    @classmethod
    def _creatives(cls, arms: tuple[str, ...]) -> tuple[str, ...]:
        """Two arms that are one creative can never be told apart."""
        if not 2 <= len(arms) <= ARMS_MAX:
            raise ValueError(
                f"an experiment has 2 to {ARMS_MAX} arms, the first of which is the control; not {len(arms)}"
            )
        seen: dict[tuple[str | None, str | None], str] = {}
        for text in arms:
            each = arm(text)
            if each.creative_id is None and not each.ad_id:
                raise ValueError(f"{text!r} is no text of an ad. Write the text, a creative_id, or an ad as 'ad:1202'")
            if (key := (each.creative_id, each.ad_id)) in seen:
                raise ValueError(f"{seen[key]!r} and {text!r} are the same creative. Name each arm once")
            seen[key] = text
        return arms

    @field_validator("split")
    @classmethod
    def _shares(cls, split: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if split is not None and not all(0 < part < 1e9 for part in split):
            raise ValueError("every arm has a part above 0, such as [50, 50]; take an arm without traffic out")
        return split

    @field_validator("dates")
    @classmethod
    def _days(cls, told: str) -> str:
        first, last = _read_days(told)
        if last is not None and last < first:
            raise ValueError(f"it would end ({last}) before it begins ({first}). Turn the dates around")
        return told

    @model_validator(mode="after")
    def _matching(self) -> "Experiment":
        if self.split is not None and len(self.split) != len(self.arms):
            raise ValueError(f"split has {len(self.split)} parts for {len(self.arms)} arms. Give each arm one")
        return self

    @property
    def shares(self) -> tuple[float, ...]:
        """The intended share of each arm; together 1."""
        split = self.split or (1.0,) * len(self.arms)
        return tuple(part / sum(split) for part in split)

    @property
    def days(self) -> tuple[date, date | None]:
        """The first day and the last, which may be open."""
        return _read_days(self.dates)

    @property
    def scope(self) -> tuple[str | None, str | None, str | None]:
        """Network, campaign, country; None: all of them."""
        return self.network, self.campaign_id, self.country


def arm(text: str) -> Arm:
    """What a text of `arms` names; neither a creative nor an ad where it is no text of an ad."""
    text = text.strip()
    if text.startswith(AD):
        return Arm(text, None, text.removeprefix(AD).strip())
    if _ID.fullmatch(text):
        return Arm(text, text, None)
    return Arm(text, identify(text).creative_id, None)


def check_experiments(experiments: Mapping[str, Experiment]) -> None:
    """Raise ValueError for a name that is too long, and for two that share an arm in one scope on one day."""
    for name in experiments:
        if not 0 < len(name) <= NAME_CHARS_MAX or not name.isprintable():
            raise ValueError(f"{name!r}: a name has 1 to {NAME_CHARS_MAX} printable characters")
    for (one, first), (other, second) in combinations(experiments.items(), 2):
        for shared in _shared(first, second):
            raise ValueError(
                f"{one} and {other} both have the arm {shared!r} on the same days in the same scope: its traffic can be"
                " in one of them only. Change the dates, or name the network, campaign_id or country of each"
            )


def rows(experiments: Mapping[str, Experiment]) -> list[tuple[object, ...]]:
    """One row per arm, in the order of the table `experiment_arms`."""
    return [
        (name, number, text, share, arm(text).creative_id, arm(text).ad_id, *told.scope, *told.days, told.unit,
         told.metric)
        for name, told in sorted(experiments.items())
        for number, (text, share) in enumerate(zip(told.arms, told.shares, strict=True), 1)
    ]  # fmt: skip


def _shared(one: Experiment, other: Experiment) -> Iterator[str]:
    """The arms that both have where days and scopes meet."""
    (first, last), (begin, end) = one.days, other.days
    apart = (last is not None and last < begin) or (end is not None and end < first)
    if apart or any(a and b and a != b for a, b in zip(one.scope, other.scope, strict=True)):
        return
    theirs = {(arm(text).creative_id, arm(text).ad_id) for text in other.arms}
    yield from (text for text in one.arms if (arm(text).creative_id, arm(text).ad_id) in theirs)


def _read_days(told: str) -> tuple[date, date | None]:
    """Raises ValueError where these are no days."""
    found = _DATES.fullmatch(told.strip())
    try:
        if found is None:
            raise ValueError(told)
        return date.fromisoformat(found[1]), date.fromisoformat(found[2]) if found[2] else None
    except ValueError:
        raise ValueError(
            f"{told!r} are no days. Write the first and the last, such as '2026-11-01..2026-11-28', or '2026-11-01..'"
        ) from None
