"""This module owns the fit of the texts: the marts `text_lift` and `text_lift_fits`, of closed and mature days."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from analytics.fit import standing
from analytics.plan import sql
from ingest import parsed

if TYPE_CHECKING:  # NumPy's and SciPy's share of a start is paid where there is something to test
    from analytics.text_lift.testing import Found, Measured, Tried

WINDOW_DAYS = 168  # six strata of four weeks; what worked before that is of another time
STRATUM_DAYS = 28
SAME_SHOWN_MAX = 5
TEXTS_MAX = 20_000  # those with the most exposure; near-duplicates are looked for among all pairs
CREATIVES_MIN = 16  # eight families on either side need as many
METRICS = ("ctr", "cvr", "epc")
PLACES = 12  # further digits differ between machines
_LIFT = pa.schema([
    ("through_day", pa.date32()), ("metric", pa.string()), ("feature_kind", pa.string()), ("feature", pa.string()),
    ("families_with", pa.int64()), ("families_without", pa.int64()), ("campaigns", pa.int64()), ("lift", pa.float64()),
    ("lift_low", pa.float64()), ("lift_high", pa.float64()), ("p_value", pa.float64()), ("q_value", pa.float64()),
    ("holds", pa.bool_()), ("note", pa.string()),
])  # fmt: skip
_FITS = pa.schema([
    ("through_day", pa.date32()), ("metric", pa.string()), ("creatives", pa.int64()), ("families", pa.int64()),
    ("campaigns", pa.int64()), ("family_spread", pa.float64()), ("features_tested", pa.int64()),
    ("features_holding", pa.int64()), ("note", pa.string()),
])  # fmt: skip
_WORDED = "select count(*) from creatives where identity_by <> 'ad' and status = 'ok'"
_TEXTS = """
select c.creative_id, c.creative_text from creatives c
join (select creative_id, sum(exposure) as exposure from text_cells group by creative_id) t using (creative_id)
order by t.exposure desc, c.creative_id limit $texts_max
"""
_CELLS = """
select c.stratum, c.campaign, t.n, c.events, c.squared, c.exposure from text_cells c
join texts_arrow t on t.creative_id = c.creative_id where c.metric = $1 order by c.stratum, t.n
"""
_OF_METRIC = {"ctr": "clicks per impression", "cvr": "conversions per click", "epc": "revenue per click"}


def text_lift(connection: duckdb.DuckDBPyConnection, closed: date, parameters: Mapping[str, Any]) -> None:
    """Make `text_lift` and `text_lift_fits`, unless the fit has them: of days closed and mature, the last at most
    `closed`."""
    if standing.is_there(connection, "text_lift") and standing.is_there(connection, "text_lift_fits"):
        return
    through = min(closed, parameters["today"] - timedelta(days=parameters["maturity_days"]))
    values = {"through": through, "first": through - timedelta(days=WINDOW_DAYS - 1), "stratum_days": STRATUM_DAYS,
              "objective": parameters["objective"]}  # fmt: skip
    texts: list[tuple[str, str]] = []
    ((worded,),) = parsed.run(connection, _WORDED).fetchall()
    if worded >= CREATIVES_MIN:
        parsed.run(connection, f"create or replace temp table text_cells as\n{sql('text_lift', 'cells')}", values)
        texts = parsed.run(connection, _TEXTS, {"texts_max": TEXTS_MAX}).fetchall()
    tried = _tried(connection, texts) if len(texts) >= CREATIVES_MIN else []
    found = [_row(through, each) for metric in tried for each in metric.found]
    _create(connection, "text_lift", pa.Table.from_pylist(found, _LIFT))
    told = [_told(through, metric, len(texts)) for metric in tried] or [_silent(through, len(texts))]
    _create(connection, "text_lift_fits", pa.Table.from_pylist(told, _FITS))
    connection.execute("drop table if exists text_cells")


def _tried(connection: duckdb.DuckDBPyConnection, texts: list[tuple[str, str]]) -> list["Tried"]:
    import numpy as np

    from analytics.text_lift.families import families
    from analytics.text_lift.features import features
    from analytics.text_lift.testing import corrected, tried

    family = families([text for _, text in texts])
    having: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, (_, text) in enumerate(texts):
        for feature in sorted(features(text)):
            having[feature].append(number)
    had_by = {feature: np.array(numbers, dtype=np.int64) for feature, numbers in having.items()}
    ids = pa.table({"creative_id": [creative_id for creative_id, _ in texts], "n": range(len(texts))})
    connection.register("texts_arrow", ids)
    measured = [each for metric in METRICS if (each := _measured(connection, metric, family)) is not None]
    connection.unregister("texts_arrow")
    return corrected([tried(each, had_by) for each in measured])


def _measured(connection: duckdb.DuckDBPyConnection, metric: str, family: Any) -> "Measured | None":
    """The cells of a metric; None where nothing happened."""
    from analytics.inference.heterogeneity import Cells
    from analytics.text_lift.testing import Measured

    columns: dict[str, Any] = parsed.run(connection, _CELLS, [metric]).fetchnumpy()
    stratum, campaign, n, events, squared, exposure = columns.values()
    if events.sum() <= 0:
        return None
    if metric == "epc":  # in sales of the usual size, so that money spreads as counts do: E[v²] / E[v] is one sale
        events = events * (events.sum() / squared.sum())
    return Measured(metric, Cells(stratum, family[n], events, exposure), n, campaign)


def _row(through: date, found: "Found") -> dict[str, Any]:
    lift = found.lift
    kind, feature = found.feature
    return {
        "through_day": through, "metric": found.metric, "feature_kind": kind, "feature": feature,
        "families_with": lift.families_with, "families_without": lift.families_without, "campaigns": found.campaigns,
        "lift": round(lift.ratio, PLACES), "lift_low": round(lift.low, PLACES), "lift_high": round(lift.high, PLACES),
        "p_value": round(lift.p_value, PLACES), "q_value": round(found.q_value, PLACES), "holds": found.holds,
        "note": _said(found),
    }  # fmt: skip


def _said(found: "Found") -> str:
    lift = found.lift
    more = f"{abs(lift.ratio - 1):.0%} {'more' if lift.ratio >= 1 else 'fewer'}"
    if found.metric == "epc":
        more = more.replace("fewer", "less")
    said = (
        f"{more} {_OF_METRIC[found.metric]} ({lift.low - 1:+.0%} to {lift.high - 1:+.0%}) than other texts of the same"
        " campaigns; observed, not an experiment."
        if found.holds
        else "Could be chance: too many features were looked at for this one to stand out."
    )
    if found.campaigns == 1:
        said += " One campaign only."
    if found.same:
        same = ", ".join(f"{kind} {name}" for kind, name in found.same[:SAME_SHOWN_MAX])
        said += f" The very same texts have: {same}."
    return said


def _told(through: date, tried: "Tried", texts: int) -> dict[str, Any]:
    tested, holding = len(tried.found), sum(found.holds for found in tried.found)
    note = f"Of {tested} feature{'s' * (tested != 1)} tested {holding or 'none'} hold{'s' * (holding < 2)}."
    if holding:
        note += " At most 5 % of what holds is expected to be false."
    if not tested:
        note = (
            f"Silent: {tried.families} families of near-duplicate texts can be compared within a campaign, and no"
            " feature has 8 on either side with 20 events."
        )
    if tried.left_out:
        note += f" {tried.left_out} rarer features were not tested."
    if texts == TEXTS_MAX:
        note += f" Of the {TEXTS_MAX} texts with the most exposure."
    return {
        "through_day": through, "metric": tried.metric, "creatives": tried.creatives, "families": tried.families,
        "campaigns": tried.campaigns, "family_spread": round(tried.tau2**0.5, PLACES), "features_tested": tested,
        "features_holding": holding, "note": note,
    }  # fmt: skip


def _silent(through: date, texts: int) -> dict[str, Any]:
    note = f"Silent: fewer than {CREATIVES_MIN} texts ran in campaigns on closed, mature days."
    if texts >= CREATIVES_MIN:
        note = "Silent: nothing that could be counted followed any text on closed, mature days."
    return {"through_day": through, "metric": None, "creatives": None, "features_tested": 0, "features_holding": 0,
            "note": note}  # fmt: skip


def _create(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("rows_arrow", rows)
    parsed.run(connection, f"create or replace table {table} as from rows_arrow")
    connection.unregister("rows_arrow")
