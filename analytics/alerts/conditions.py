"""This module owns the condition of a person's own rule: a metric over some days, what it is held against, and where.

The metrics are those of the mart `metrics`; the filters are the dashboard's. Which days and rows it is asked of is
`analytics.alerts.findings.thresholds`'s.
"""

import json
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation

from ingest.config import ConfigError
from ingest.settings.mistakes import near

COMPARISONS = ("above", "below")
# What a rule can be held against one by one, and the column of each.
PER = {"total": None, "creative": "creative_id", "network": "network", "campaign": "campaign_id", "country": "country",
       "sender": "sender"}  # fmt: skip
# The dashboard's filters, and the column that serves each.
FILTERS = {"network": "network", "account": "account_id", "campaign": "campaign_id", "ad": "ad_id", "sender": "sender",
           "country": "country", "device": "device", "creative": "creative_id"}  # fmt: skip
DAYS_MAX = 366


@dataclass(frozen=True, slots=True)
class Condition:
    """`metric` over the last `days` mature days, `above` or `below` `value`, for each `per`.

    Only where `floor_metric` is at least `floor_value` there (no floor: None). `with_maturing`: the days up to today,
    for what is known at once, such as spend. After it was said, the same is not said again for `cooldown_hours`.
    """

    metric: str
    comparison: str
    value: Decimal
    days: int = 7
    per: str = "total"
    floor_metric: str | None = None
    floor_value: Decimal = Decimal(0)
    filters: dict[str, str] = field(default_factory=dict)
    with_maturing: bool = False
    cooldown_hours: int = 24

    @property
    def name(self) -> str:
        """`roas below 0.8 per creative`: what a rule is called that nobody named."""
        return f"{self.metric} {self.comparison} {self.value}" + (f" per {self.per}" if self.per != "total" else "")

    @property
    def sentence(self) -> str:
        """`roas below 0.8 over 7 mature days, per creative, where cost is at least 100, network facebook`."""
        days = f"{self.days} {'' if self.with_maturing else 'mature '}day{'s' if self.days > 1 else ''}"
        parts = [f"{self.metric} {self.comparison} {self.value} over {days}"]
        parts += [f"per {self.per}"] if self.per != "total" else []
        parts += [f"where {self.floor_metric} is at least {self.floor_value}"] if self.floor_metric else []
        return ", ".join(parts + [f"{name} {value}" for name, value in sorted(self.filters.items())])


def metric_names() -> tuple[str, ...]:
    """The metrics that a rule can name."""
    from analytics.metrics import METRICS  # it loads DuckDB, and the process that waits for news needs none

    return tuple(metric.metric for metric in METRICS)


def check(told: Condition) -> Condition:
    """The same. Raises ConfigError for what cannot be asked."""
    metrics = metric_names()
    _check_known(told.metric, metrics, "metric")
    _check_known(told.floor_metric or told.metric, metrics, "metric")
    _check_known(told.comparison, COMPARISONS, "comparison")
    _check_known(told.per, tuple(PER), "--per")
    for name in told.filters:
        _check_known(name, tuple(FILTERS), "filter")
    if not 1 <= told.days <= DAYS_MAX:
        raise ConfigError(f"A rule looks at 1 to {DAYS_MAX} days, not {told.days}.")
    if told.cooldown_hours < 0:
        raise ConfigError("A cooldown is 0 hours or more.")
    return told


def number(text: str) -> Decimal:
    """A number as a person types it. Raises ConfigError."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise ConfigError(f"{text!r} is no number, such as 0.8")
    return value


def written(condition: Condition) -> str:
    """A condition as the store keeps it."""
    return json.dumps(asdict(condition), default=str, sort_keys=True)


def read(text: str) -> Condition:
    """A condition that the store kept."""
    told = json.loads(text)
    return Condition(**told | {name: Decimal(told[name]) for name in ("value", "floor_value")})


def _check_known(name: str, known: tuple[str, ...], what: str) -> None:
    if name not in known:
        raise ConfigError(f"There is no {what} {name!r}{near(name, known)}. There are: {', '.join(known)}.")
