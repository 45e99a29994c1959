"""This module owns the panels of journeys: where in them the creative stands, and what came before and after it."""

import pandas as pd

from analytics.inference.proportions import wilson
from dashboard import numbers
from dashboard.filtering import period_values
from dashboard.look import Look
from dashboard.pages.creative.choosing import nothing_drawn, nothing_listed
from dashboard.pages.creative.chosen import Chosen, Row, alone, chosen, of_creative
from dashboard.pages.creative.journeys_figure import journeys_figure
from dashboard.panels.panel import Column, Drawn, Rows
from dashboard.reading import frame, records, rows
from dashboard.state import link, short

NEIGHBOURS_MAX = 60
# Each journey is counted once: alone if it touched nothing else, else by whether it begins and ends with the creative.
ROLES = (
    ("alone", "Alone", "the journey touched no other creative"),
    ("first", "First", "the journey began with it and ended with another"),
    ("last", "Last", "the journey began with another and ended with it"),
    ("ends", "First and last", "it began and ended the journey, with others between"),
    ("middle", "In the middle", "others began and ended the journey"),
)
_OWN = """own as (
  select path, outcome, journeys, conversions, revenue from paths
  where day between $first and $last and conversion_kind = $kind and list_contains(path, $creative))"""
_SUMS = """sum(journeys)::bigint as journeys,
  coalesce(sum(journeys) filter (where outcome = 'converted'), 0)::bigint as converted,
  sum(conversions)::bigint as conversions, sum(revenue)::double as revenue"""
# S608: both are texts of ours, put together; values are bound.
_ROLES = f"""with {_OWN}
select case when list_unique(path) = 1 then 'alone' when path[1] = $creative and path[-1] = $creative then 'ends'
    when path[1] = $creative then 'first' when path[-1] = $creative then 'last' else 'middle' end as role, {_SUMS}
from own group by 1"""  # noqa: S608
_NEIGHBOURS = f"""with {_OWN},
places as (
  select path, outcome, journeys, conversions, revenue, unnest(range(1, len(path) + 1)) as place from own),
here as (select * from places where path[place] = $creative),
beside as (
  select 'before' as side, path[place - 1] as other, * from here where place > 1
  union all select 'after' as side, path[place + 1] as other, * from here where place < len(path))
select side, other, creative_text, {_SUMS}
from beside left join creatives on creative_id = other
group by side, other, creative_text order by journeys desc, side, other limit $most"""  # noqa: S608
_LAG = """
select count(*) as goals, quantile_cont(lag_seconds, 0.5) as half, quantile_cont(lag_seconds, 0.9) as most
from credit_touches where {condition} and conversion_kind = $kind and touch_type <> 'goal'"""
COLUMNS = (
    Column("text", "Creative", width=420, wrap=True),
    Column("side", "Came", width=110),
    Column("journeys", "Journeys", "count", 96),
    Column("converted", "Converted", "count", 98),
    Column("rate", "Rate", "share", 84, tip="Of these journeys, those that led to a goal"),
    Column("interval", "95 % interval", width=132, sortable=False),
    Column(
        "revenue", "Revenue", "money", 100, places=2, tip="Of the whole journeys: not what this creative is credited"
    ),
    Column("creative_id", "creative_id", on_screen=False),
)


def goal_kind(look: Look) -> str:
    """The kind of goal whose journeys are shown; kinds are never summed."""
    return "ad_click" if look.fresh.kind == "arbitrage" else look.fresh.conversion_kind or "purchase"


def fill(look: Look) -> Drawn:
    """How often it is first, last, between or alone."""
    creative = chosen(look)
    if creative is None:
        return nothing_drawn(look)
    found = roles(look, creative)
    return Drawn(journeys_figure(found, look.scheme), caption(found, look, creative), table(found))


def roles(look: Look, creative: Chosen) -> pd.DataFrame:
    """`title, what, journeys, converted, conversions, revenue, rate, low, high` per role, in the order of ROLES."""
    values = {**period_values(look.period), "creative": creative.creative_id, "kind": goal_kind(look)}
    found = frame(look.real, _ROLES, values).set_index("role")
    found = found.reindex([key for key, _, _ in ROLES]).fillna(0)
    share = wilson(found["converted"].to_numpy(dtype=float), found["journeys"].to_numpy(dtype=float))
    return found.assign(
        title=[title for _, title, _ in ROLES], what=[what for _, _, what in ROLES], rate=share.value, low=share.low,
        high=share.high,
    ).reset_index()  # fmt: skip


def neighbours(look: Look) -> Rows:
    """What came right before and right after it."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    values = {**period_values(look.period), "creative": creative.creative_id, "kind": goal_kind(look),
              "most": NEIGHBOURS_MAX}  # fmt: skip
    found = frame(look.real, _NEIGHBOURS, values)
    share = wilson(found["converted"].to_numpy(dtype=float), found["journeys"].to_numpy(dtype=float))
    shown = [
        {
            "id": f"{row['side']} {row['other']}",
            "creative_id": row["other"],
            "text": "itself again" if row["other"] == creative.creative_id else _said(row),
            "side": "right before" if row["side"] == "before" else "right after",
            "journeys": row["journeys"],
            "converted": row["converted"],
            "rate": float(share.value[at]),
            "interval": numbers.interval(float(share.low[at]), float(share.high[at]), "share", ""),
            "revenue": row["revenue"],
            "href": link("/creative", look.state, creative=short(str(row["other"]))),
        }
        for at, row in enumerate(records(found))
    ]
    note = (
        f"Places in journeys of closed days, up to the goal {_goal(look)} or without one. A journey that passes the"
        " creative twice counts at both places. What stands beside it did not cause anything by that: observational."
    )
    empty = "No journey of these days touched another creative beside it."
    return Rows(COLUMNS, shown, note if shown else "", empty)


def caption(found: pd.DataFrame, look: Look, creative: Chosen) -> str:
    """How many journeys, and how soon after its touch the goals came."""
    journeys, converted = int(found["journeys"].sum()), int(found["converted"].sum())
    if not journeys:
        return "No journey of closed days in this period passed it."
    words = [
        f"{numbers.count(journeys)} journeys of closed days passed it, {numbers.count(converted)} of them led to a goal"
        f" ({_goal(look)}). Each journey is counted once."
    ]
    condition = of_creative(alone(look), creative, "credit_touches", "goal_day")
    sql = _LAG.format(condition=condition.sql)
    goals, half, most = rows(look.real, sql, {**condition.values, "kind": goal_kind(look)})[0]
    if isinstance(goals, int) and goals and isinstance(half, float) and isinstance(most, float):
        words.append(
            f"Half of the goals came within {duration(half)} of its touch, nine tenths within {duration(most)}."
        )
    return " ".join(words)


def table(found: pd.DataFrame) -> pd.DataFrame:
    """The figure as text."""
    return pd.DataFrame({
        "Place in the journey": found["title"], "Meaning": found["what"], "Journeys": found["journeys"].astype("int64"),
        "Converted": found["converted"].astype("int64"), "Rate": found["rate"], "95 % from": found["low"],
        "95 % to": found["high"], "Conversions": found["conversions"].astype("int64"),
        "Revenue of those journeys": found["revenue"],
    })  # fmt: skip


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `5.2 h`, `3.1 days`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


def _goal(look: Look) -> str:
    return goal_kind(look).replace("_", " ")


def _said(row: Row) -> str:
    text = row["creative_text"]
    return text if isinstance(text, str) else "A creative that is no longer published"
