"""This module owns docs/numbers.md: how each number is computed, written from the metrics' one definition."""

from pathlib import Path

from analytics.metrics import METRICS, Metric

PAGE = Path(__file__).resolve().parents[1] / "numbers.md"
HEAD = """# How each number is computed

Made by `make docs` from `analytics/metrics.py`, where each number is defined once for marts, tooltips and exports; a
test holds this page to it. The published table `metrics` says the same. Sums first, then the one division: an average
of averages is another number. Without anything below the line there is no number, not zero.

Where a rate has an interval (`_low`, `_high`), how it is made stands in [verdicts](verdicts.md); what counts as spend
and revenue, in [money](money.md); what each column holds, in [the data dictionary](../data/README.md). Below its
smallest sample a number should not be ranked by.

| number | how | better is | smallest sample | whose word |
|---|---|---|---|---|
"""
DETAIL = """
## As SQL

Over any rows of the mart, whatever they are filtered and grouped by:

| number | unit | of | expression |
|---|---|---|---|
"""
BETTER = {"up": "more", "down": "less", "none": "neither"}
WHOSE = {"both": "both", "shop": "shop", "arbitrage": "search arbitrage"}


def page() -> str:
    """The page, whole."""
    return HEAD + "".join(map(_said, METRICS)) + DETAIL + "".join(map(_as_sql, METRICS))


def _said(metric: Metric) -> str:
    sample = f"{metric.minimum_sample} {(metric.denominator or '').replace('_', ' ')}" if metric.denominator else "–"
    better, whose = BETTER[metric.direction], WHOSE[metric.kinds]
    return f"| **{metric.title}** (`{metric.metric}`) | {metric.formula} | {better} | {sample} | {whose} |\n"


def _as_sql(metric: Metric) -> str:
    return f"| `{metric.metric}` | {metric.unit} | `{metric.mart}` | `{metric.expression}` |\n"
