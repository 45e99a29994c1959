"""This module owns what is known of a goal: its money, its journey, its touches, and what each of them earns."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Scope = tuple[int, str]  # window_days, touch_types


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal with its money, in the reporting currency; `window_kind` is the kind whose windows hold."""

    goal_id: int
    sender: str
    type: str
    id: str
    kind: str
    window_kind: str
    occurred_at: datetime
    occurred_us: int
    day: date
    booked_day: date
    traffic: str
    visitor: str | None
    click_id: str | None
    conversions: int
    amount: Decimal
    refunds: Decimal
    settled: bool
    estimate: Decimal
    settlement_sender: str | None
    settlement_factor: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Who told a goal or its money, as it was stated; `is_set`: this amount, or refund, is in force.

    `record_kind` is the kind whose system of record holds for it, `record_sender` that one, where there is one.
    """

    key_hash: int
    sender: str
    type: str
    id: str
    stage: str | None
    stated_at: datetime
    revenue: Decimal | None
    currency: str
    is_set: bool
    record_kind: str | None
    record_sender: str | None

    @property
    def is_heard(self) -> bool:
        """Whether the word of its sender counts."""
        return self.record_sender in (None, self.sender)


@dataclass(frozen=True, slots=True)
class Line:
    """One interaction. `spine_*` is the click that its click_id stands for, `step_sender` who counts such steps."""

    key_hash: int
    type: str
    sender: str
    id: str
    occurred_at: datetime
    occurred_us: int
    click_id: str | None
    visitor: str | None
    traffic: str
    network: str | None
    term: str | None
    creative_id: str | None
    creative_text: str | None
    has_identity: bool
    spine_sender: str | None
    spine_id: str | None
    step_sender: str | None


@dataclass(frozen=True, slots=True)
class Touch:
    """A touch of a goal, as the rules read it."""

    position: int
    touch_type: str
    sender: str
    id: str
    lag_us: int
    paid: bool
    same_click: bool
    left_out: str | None
    network: str | None
    creative_id: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """What a touch earns of a goal, in millionths."""

    weight: int
    conversion_millionths: int
    revenue_millionths: int


@dataclass(frozen=True, slots=True)
class Known:
    """Everything the last build knows of one goal.

    `scopes` holds the view days of each scope; `shares` is by (scope, rule, position), `nobody` by (scope, rule):
    reason and cause; `kept` has the (scope, position) that the rules of whole journeys read; `unconverted` the money
    that has no rate, by currency.
    """

    goal: Goal
    statements: tuple[Statement, ...]
    unconverted: tuple[tuple[str, Decimal], ...]
    lines: tuple[Line, ...]
    touches: tuple[Touch, ...]
    scopes: dict[Scope, int]
    headline: Scope | None
    reach: tuple[int, int]
    kept: frozenset[tuple[Scope, int]]
    shares: dict[tuple[Scope, str, int], Share]
    nobody: dict[tuple[Scope, str], tuple[str, str]]
    is_crowd: bool
    is_cut: bool  # there are more interactions than are read
