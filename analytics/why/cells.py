"""This module owns the cells an item counts in: where its two small builds differ, and what is published there."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.plan import header, sql
from analytics.why.without import WITH, WITHOUT, Worlds

# The marts that hold amounts, in the order in which one would look at them.
AMOUNTS = (
    "facts_daily", "creative_daily", "funnel_daily", "money_ledger", "attribution_ledger", "creative_credit",
    "dimension_credit", "lags", "journeys",
    "click_cohorts", "rac_health", "settlement_cells", "reconciliation", "data_quality",
)  # fmt: skip
# No amounts, or the same one a second time.
_NOT_SHOWN = {
    "settlement_factor", "landing_sessions", "sessions_before", "step_order", "revenue_squared", "mixed_day",
    "key_hash", "against", "share",
}  # fmt: skip
_SCORECARD = """
select s.creative_id, s.scope, s.network, s.campaign_id, s.country, s.window_days
from published.creative_scorecard s
where s.creative_id is not null and exists (
  select 1 from changed f
  where f.creative_id = s.creative_id and f.day between s.window_start and s.window_end
    and (s.scope = 'all' or (f.network = s.network and f.campaign_id is not distinct from s.campaign_id
      and (f.country is not distinct from s.country or s.country is null))))
order by all
"""
Amount = int | Decimal
# A share that is the same under several rules, or at several ages, is told once.
_FOLDED = ("age_bucket", "window_days", "touch_types", "date_basis", "rule", "dimension")


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of a mart, by its key, and how much of it is the item's.

    `amounts`: measure → (what the item adds; negative where without it more would stand there, what is published).
    A published amount is None where the row is not in the published file.
    """

    mart: str
    key: dict[str, Any]
    amounts: dict[str, tuple[Amount, Amount | None]]


def cells(of: Worlds) -> list[Cell]:
    """Every cell of every mart with amounts that would differ without the item."""
    found = [cell for mart in AMOUNTS for cell in _differing(of, mart)]
    return found + _scorecard(of, [cell for cell in found if cell.mart == "facts_daily"])


def folded(found: list[Cell]) -> list[Cell]:
    """The same cells with one line for those that differ in a rule, window, basis or age only: its values as a text."""
    for name in _FOLDED:
        groups: dict[str, list[Cell]] = {}
        for cell in found:
            rest = {key: value for key, value in cell.key.items() if key != name}
            groups.setdefault(repr((cell.mart, rest, cell.amounts)), []).append(cell)
        found = [_joined(group, name) for group in groups.values()]
    return found


def _joined(group: list[Cell], name: str) -> Cell:
    first = group[0]
    if name not in first.key:
        return first
    return Cell(first.mart, first.key | {name: "/".join(str(cell.key[name]) for cell in group)}, first.amounts)


def _differing(of: Worlds, mart: str) -> list[Cell]:
    grain = header(sql("models", mart)).grain
    columns = of.connection.execute(f"describe published.{mart}").fetchall()
    measures = [name for name, *_ in columns if name not in grain and name not in _NOT_SHOWN]
    keys = ", ".join(grain)
    both = " union all ".join(
        f"select {keys}, {', '.join(f'{sign}{name} as {name}' for name in measures)} from {build}.{mart}"  # noqa: S608
        for build, sign in ((WITH, ""), (WITHOUT, "-"))
    )
    summed = ", ".join(f"sum({name}) as {name}" for name in measures)
    joined = " and ".join(f"p.{name} is not distinct from d.{name}" for name in grain)
    cursor = of.connection.execute(
        f"with d as (select {keys}, {summed} from ({both}) b"  # noqa: S608 (the columns of our marts)
        f" group by {keys} having {' or '.join(f'sum({name}) <> 0' for name in measures)})"
        f" select {', '.join(f'd.{name}' for name in (*grain, *measures))}, {', '.join(f'p.{m}' for m in measures)}"
        f" from d left join published.{mart} p on {joined} order by all"
    )
    return [_cell(mart, grain, measures, row) for row in cursor.fetchall()]


def _cell(mart: str, grain: tuple[str, ...], measures: list[str], row: tuple[Any, ...]) -> Cell:
    key, rest = dict(zip(grain, row, strict=False)), row[len(grain) :]
    added, there = rest[: len(measures)], rest[len(measures) :]
    return Cell(mart, key, {m: (_exact(a), t) for m, a, t in zip(measures, added, there, strict=True) if a})


def _exact(amount: Any) -> Amount:
    return amount if isinstance(amount, Decimal) else int(amount)


def _scorecard(of: Worlds, facts: list[Cell]) -> list[Cell]:
    """The rows of the scorecard whose windows and scopes hold one of these facts; they hold rates, no amounts."""
    names = ("day", "creative_id", "network", "campaign_id", "country")
    values = [[cell.key[name] for cell in facts if cell.key["creative_id"] is not None] for name in names]
    of.connection.execute(
        "create or replace temp table changed as"
        " select unnest($1::date[]) as day, unnest($2::varchar[]) as creative_id, unnest($3::varchar[]) as network,"
        " unnest($4::varchar[]) as campaign_id, unnest($5::varchar[]) as country",
        values,
    )
    keys = ("creative_id", "scope", "network", "campaign_id", "country", "window_days")
    return [
        Cell("creative_scorecard", dict(zip(keys, row, strict=True)), {})
        for row in of.connection.execute(_SCORECARD).fetchall()
    ]
