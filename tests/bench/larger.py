"""This module owns a published file made larger: the rows of a real one again and again, as other creatives and days.

A hundred times the interactions are seldom a hundred times the creatives: there are more of them, and more days. So
`times=100` is 25 times the creatives (each copy with its own ads, campaigns and texts) and four times the days. Sums
grow with the rows, so that what must add up still does. The rows stand in the order in which a build leaves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.publish import STORAGE_VERSION
from analytics.version.ordered import ORDERED


@dataclass(frozen=True)
class Growth:
    """How many times the creatives, and how many times the days."""

    creatives: int
    spans: int


# By how many times the interactions.
GROWTHS = {1: Growth(1, 1), 10: Growth(5, 2), 100: Growth(25, 4)}
# Of a creative, an ad, a campaign: these have more rows where there are more of them.
_EACH = (
    "creatives", "creative_scorecard", "verdicts", "verdict_history", "creative_fatigue", "creative_rules",
    "creative_removal_effects", "creative_variants", "creative_aliases", "creative_hourly", "rac_compliance", "paths",
    "restatements",
)  # fmt: skip
# Of a creative and a day, or of a goal: these have more rows of both.
_EACH_DAY = (
    "facts_daily", "click_cohorts", "creative_credit", "dimension_credit", "credit_touches", "variant_daily",
    "creative_term_daily", "funnel_daily", "reconciliation", "settlement_cells", "orphans", "closings",
)  # fmt: skip
_DAYS = ("lags", "money_ledger", "maturity_daily", "data_quality", "rac_health", "closed_days", "sender_activity")
_DATES = ("day", "click_day", "goal_day", "booked_day", "touch_day")
_SUMS = {"attribution_ledger": ("conversions", "revenue"), "journeys": ("goals", "conversions", "revenue"),
         "freshness": ("interactions", "statements", "deliveries")}  # fmt: skip
_HEXED = ("creative_id", "variant_id")  # ids of a kind and 32 digits
_NAMED = ("ad_id", "adset_id", "campaign_id")
_CATALOG = (
    "select column_name, data_type from duckdb_columns()"
    " where database_name = 'small' and schema_name = 'main' and table_name = ?"
)


def write(small: Path, path: Path, growth: Growth) -> int:
    """Write the larger file `path`, which must not exist yet; returns its rows of facts_daily."""
    connection = duckdb.connect()
    try:
        connection.execute(f"attach '{small}' as small (read_only)")
        connection.execute(f"attach '{path}' as larger (storage_version '{STORAGE_VERSION}')")
        connection.execute("copy from database small to larger (schema)")
        ((first, last),) = connection.execute("select min(day), max(day) from small.facts_daily").fetchall()
        shift = (last - first).days + 1 if first else 1
        for (mart,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'small' and schema_name = 'main'"
        ).fetchall():
            columns = connection.execute(_CATALOG, [mart]).fetchall()
            connection.execute(_insert(mart, columns, growth, shift))
        ((facts,),) = connection.execute("select count(*) from larger.facts_daily").fetchall()
        connection.execute("checkpoint larger")
    finally:
        connection.close()
    path.chmod(0o444)
    return int(facts)


def _insert(mart: str, columns: Sequence[tuple[str, str]], growth: Growth, shift: int) -> str:
    copies = growth.creatives if mart in _EACH + _EACH_DAY else 1
    spans = growth.spans if mart in _EACH_DAY + _DAYS else 1
    made = ", ".join(_column(mart, name, kind, growth, shift) for name, kind in columns)
    order = f" order by {', '.join(ORDERED[mart])}" if mart in ORDERED else ""
    return (
        f"insert into larger.{mart} select {made} from small.{mart}, range({copies}) c(copy), range({spans}) s(span)"
        f"{order}"
    )


def _column(mart: str, name: str, kind: str, growth: Growth, shift: int) -> str:
    if name in _SUMS.get(mart, ()):
        return f"{name} * {growth.creatives * growth.spans} as {name}"
    if name in _DATES and kind == "DATE":
        return f"{name} - cast(span * {shift} as integer) as {name}"
    if mart not in _EACH + _EACH_DAY or kind not in ("VARCHAR", "BIGINT"):
        return name
    again = {
        "creative_text": f"{name} || ' no. ' || copy",
        "goal_id": f"{name} + copy + 1000 * span",
        **dict.fromkeys(_HEXED, f"split_part({name}, '_', 1) || '_' || left(md5({name} || copy), 32)"),
        **dict.fromkeys(_NAMED, f"{name} || '-' || copy"),
    }.get(name)
    if again is None and mart == "dimension_credit" and name == "value":
        again = f"case when dimension in ('campaign', 'ad', 'term') then {name} || '-' || copy else {name} end"
    if again is None:
        return name
    same = "copy = 0 and span = 0" if name == "goal_id" else "copy = 0"
    return f"case when {same} then {name} else {again} end as {name}"
