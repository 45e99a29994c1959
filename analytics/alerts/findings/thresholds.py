"""This module owns `threshold.crossed`: a metric of a person's rule on the wrong side of its value, with its floor.

Metrics are worked out as everywhere, by the expression that the mart `metrics` shows: sums, then the one division. Days
are mature ones, unless the rule asks for what is known at once.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from analytics.alerts.conditions import FILTERS, PER, Condition
from analytics.alerts.findings.looking import Found, Look, Published, cut, short, subject_of
from analytics.metrics import METRICS, Metric

_BUCKETS = (28, 14, 7, 3, 2, 1, 0)
_METRICS = {metric.metric: metric for metric in METRICS}
# The facts with the columns of creative_daily, and all dimensions of theirs.
_FACTS = """(
  select f.* replace (if(f.conversion_kind = n.conversion_kind, f.conversions, 0) as conversions),
    cost_direct + cost_allocated as cost, revenue_settled + revenue_provisional - refunds as revenue
  from facts_daily f cross join freshness n where day between $first and $last)"""
_COHORTS = "(select * from click_cohorts where age_bucket = $age and click_day between $first and $last)"


def crossed(published: Published, look: Look) -> Iterator[Found]:
    """What crossed since the last look, and what is over: said on the change, and not within the cooldown.

    The first look at a new rule says what is crossed already.
    """
    condition = look.rule.condition
    assert condition is not None  # noqa: S101 - a rule of this type has one
    values = values_of(published, condition, condition.metric)
    floor = values_of(published, condition, condition.floor_metric) if condition.floor_metric else None
    found = set()
    for key, value in values.items():
        subject = subject_of(condition.per, key)
        if not is_over(condition, value, None if floor is None else floor.get(key)) or look.is_quiet(subject):
            continue
        found.add(subject)
        before = look.said.get(subject)
        if before and (before["crossed"] or look.at_ms - before["at"] < condition.cooldown_hours * 3_600_000):
            continue
        yield _crossing(published, look, condition, key, value, None if floor is None else floor.get(key))
    for subject, before in look.said.items():
        if subject not in found and before["crossed"] and not look.is_quiet(subject):
            yield Found(subject, before | {"crossed": False})


def is_over(condition: Condition, value: Decimal, floor: Decimal | None) -> bool:
    """Whether a value is on the wrong side; where the floor is not reached, or not known, it says nothing."""
    if condition.floor_metric is not None and (floor is None or floor < condition.floor_value):
        return False
    return value > condition.value if condition.comparison == "above" else value < condition.value


def days_of(published: Published, condition: Condition, mart: str) -> tuple[date, date, int]:
    """(first day, last day, the age of clicks) that a condition is asked of.

    What converted is known of clicks by their age: of days that are wholly past the maturity's bucket.
    """
    if mart == "click_cohorts":
        age = next(each for each in _BUCKETS if each <= published.maturity_days)
        last = published.today - timedelta(days=age + 1)
    else:
        age, last = 0, published.today if condition.with_maturing else published.last_mature
    return last - timedelta(days=condition.days - 1), last, age


def values_of(published: Published, condition: Condition, metric: str) -> dict[str | None, Decimal]:
    """The metric of every key of `per` (None: the total) that has one. Raises duckdb.Error."""
    told = metric_of(metric)
    first, last, age = days_of(published, condition, told.mart)
    is_aged = told.mart == "click_cohorts"
    key = PER[condition.per]
    where = [f"{FILTERS[name]} = $f_{name}" for name in condition.filters] + ([f"{key} is not null"] if key else [])
    sql = (
        f"select {key or 'null'} as key, ({told.expression}) as value from {_COHORTS if is_aged else _FACTS}"  # noqa: S608 (our names)
        f" where {' and '.join(where) or 'true'} group by all"
    )
    values: dict[str, Any] = {f"f_{name}": value for name, value in condition.filters.items()}
    values |= {"first": first, "last": last} | ({"age": age} if is_aged else {})
    return {row[0]: Decimal(str(row[1])) for row in published.rows(sql, values) if row[1] is not None}


def metric_of(name: str) -> Metric:
    """The metric of a name. Raises LookupError where a rule of another release names one that is gone."""
    return _METRICS[name]


def _crossing(
    published: Published, look: Look, condition: Condition, key: str | None, value: Decimal, floor: Decimal | None
) -> Found:
    told = metric_of(condition.metric)
    first, last, _age = days_of(published, condition, told.mart)
    text = _text(published, key) if condition.per == "creative" else None
    whose = (
        "" if key is None else f" of {short(text, key) if condition.per == 'creative' else f'{condition.per} {key}'}"
    )
    where = "".join(f", {name} {value}" for name, value in sorted(condition.filters.items()))
    money = f" {published.currency}" if told.unit == "money" else ""
    days = str(last) if first == last else f"{first} to {last}"
    sentence = (
        f"{told.title}{whose} is {_plain(value)}{money}, {condition.comparison} {condition.value}{money}"
        f" ({days}{where}; rule: {look.rule.name})."
    )
    data = {
        "metric": condition.metric, "value": value, "comparison": condition.comparison, "threshold": condition.value,
        "per": condition.per, "key": key, "creative_text": cut(text), "first_day": first, "last_day": last,
        "floor_metric": condition.floor_metric, "floor": floor, "filters": condition.filters, "unit": told.unit,
        "currency": published.currency,
    }  # fmt: skip
    subject = subject_of(condition.per, key)
    return Found(subject, {"crossed": True, "at": look.at_ms}, sentence, data, published.version)


def _text(published: Published, creative_id: str | None) -> str | None:
    found = published.rows("select creative_text from creatives where creative_id = $id", {"id": creative_id})
    return found[0][0] if found else None


def _plain(value: Decimal) -> str:
    """Two places, of what is small four."""
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:,.4f}".rstrip("0").rstrip(".")
