"""This module owns the build: the record, a moment and the settings in; every model and mart in work.duckdb out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from analytics import fixes, metrics, settlement
from analytics.config import AnalyticsSettings
from analytics.fit import steps as fit
from analytics.history.marts import empty as empty_marts
from analytics.incremental import baseline
from analytics.incremental.ways import way
from analytics.inputs.exchange_rates import Rate, rates
from analytics.inputs.joined import settings_tables
from analytics.plan import CHECKS, MODELS, sql
from analytics.ruling import rules
from analytics.scorecard.mart import Objective
from analytics.scorecard.mart import build as build_scorecard
from analytics.verdicts import making
from analytics.verdicts.thresholds import values_of
from analytics.version.marts import HISTORY
from analytics.version.ordered import in_order
from analytics.work import engine, room
from analytics.work.attaching import connect, is_held
from analytics.work.progress import CHECKS as CHECKS_PHASE
from ingest import parsed, traces
from ingest.creative import ad_identity
from ingest.items.ids import is_no_id

VISITOR_CLICKS_MAX = 500  # more clicks than a person makes: the id stands for a crowd, such as "undefined"
Progress = Callable[[str, int, int], None]


class CheckFailedError(Exception):
    """A check returned rows; nothing is published. `check` names it, `rows` holds the first of them."""

    def __init__(self, check: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        shown = "; ".join(", ".join(f"{c}={v}" for c, v in zip(columns, row, strict=True)) for row in rows[:3])
        super().__init__(f"the check {check} found {len(rows)} offending rows: {shown}")
        self.check, self.columns, self.rows = check, columns, rows


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build depends on besides the record. Equal inputs give equal marts. `as_of` is naive UTC."""

    as_of: datetime
    settings: AnalyticsSettings
    received_to: datetime | None = None  # where a clock ran ahead for a while, what came then counts all the same
    rates: tuple[Rate, ...] | None = None  # of other currencies; None: as the file of the settings says now

    @property
    def moment(self) -> datetime:
        """`as_of` on the clocks of the reporting zone, naive."""
        return self.as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(self.settings.timezone)).replace(tzinfo=None)

    @property
    def today(self) -> date:
        """The reporting day of `as_of`."""
        return self.moment.date()

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that models bind by name."""
        settings, shape = self.settings, self.settings.attribution
        metric, target = settings.objective
        first, middle, last = shape.position_based
        return {
            "as_of": self.as_of, "received_to": max(self.as_of, self.received_to or self.as_of),
            "today": self.today, "timezone": settings.timezone, "currency": settings.currency,
            "kind": settings.kind, "conversion_kind": settings.targets.conversion_kind, "objective": metric,
            "target": float(target),
            "headline_rule": settings.headline_rule,
            "maturity_days": settings.maturity_days, "visitor_clicks_max": VISITOR_CLICKS_MAX,
            "thresholds": sorted(values_of(settings).items()),
            "path": shape.path, "after_conversion": shape.after_conversion, "lead_kind": shape.lead_kind,
            "position_first": first, "position_middle": middle, "position_last": last,
        }  # fmt: skip


def build(work: Path, record: Path, inputs: Inputs, progress: Progress | None = None) -> None:
    """Make every model in `work` from the record (opened read-only). Raises CheckFailedError, duckdb.Error."""
    connection = open_work(work)
    engine.limit(connection, inputs.settings.refresh)
    try:
        connection.execute(f"attach '{_quoted(record)}' as record (read_only)")
        baseline.forget(connection)
        of_file = rates(inputs.settings) if inputs.rates is None else inputs.rates
        settings_tables(connection, inputs.settings, of_file)
        room.make(connection)
        for index, model in enumerate(MODELS):
            if progress:
                progress(model, index, len(MODELS))
            with traces.span(f"model {model}"):
                run_model(connection, model, inputs)
        if progress:
            progress(CHECKS_PHASE, len(MODELS), len(MODELS))
        run_checks(connection, inputs)
        baseline.note(connection, inputs)
        connection.execute("detach record")
        connection.execute("checkpoint")
    finally:
        connection.close()


def open_work(work: Path) -> duckdb.DuckDBPyConnection:
    """The private database of the models; it is derived, so a damaged one is simply made again."""
    try:
        connection = _connect(work)
        engine.clear(work)
        return connection
    except duckdb.Error as error:
        if is_held(error):
            raise
        for suffix in ("", ".wal"):
            Path(f"{work}{suffix}").unlink(missing_ok=True)
        return _connect(work)


def run_checks(connection: duckdb.DuckDBPyConnection, inputs: Inputs, checks: Sequence[str] | None = None) -> None:
    """Run every check, or some; each is a query that returns offending rows. Raises CheckFailedError at the first."""
    for check in CHECKS if checks is None else checks:
        text = sql("checks", check)
        cursor = parsed.run(connection, text, _bound(text, inputs))
        rows = cursor.fetchmany(100)
        if rows:
            raise CheckFailedError(check, [column[0] for column in cursor.description or []], rows)


def _connect(work: Path) -> duckdb.DuckDBPyConnection:
    connection = connect(work)
    connection.execute("set timezone = 'UTC'")
    engine.limit(connection)
    return connection


def run_model(connection: duckdb.DuckDBPyConnection, model: str, inputs: Inputs) -> None:
    """Make one model, of the plan, in the current database."""
    if model.endswith("()"):
        _PYTHON[model](connection, inputs)
        return
    text = sql("models", model)
    if way(model).word == "view":
        parsed.run(connection, f"create or replace view {model} as\n{text}")
    else:
        parsed.run(connection, f"create or replace table {model} as\n{in_order(model, text)}", _bound(text, inputs))


def _bound(text: str, inputs: Inputs) -> dict[str, Any]:
    return {name: value for name, value in inputs.parameters.items() if f"${name}" in text}


def _ad_identities(connection: duckdb.DuckDBPyConnection, _inputs: Inputs) -> None:
    """Rung 3 of the ladder: the identity of every ad, by the same function that everything else uses."""
    ads = connection.execute(
        "select a.network, a.account_id, a.ad_id, max(k.ad_name) from ("
        " select network, account_id, ad_id from ad_text_days union"
        " select r.network, coalesce(r.account_id, k.account_id), r.ad_id from reports_now r"
        " left join ads_known k on k.network = r.network and k.ad_id = r.ad_id where r.level = 'ad') a"
        " left join ads_known k on k.network = a.network and k.ad_id = a.ad_id"
        " group by a.network, a.account_id, a.ad_id order by 1, 2, 3"
    ).fetchall()
    ads = [ad for ad in ads if not is_no_id(ad[2], "ad_id")]  # "{{ad.id}}" and "0" are nobody's ad
    text = pa.string()
    table = pa.table({
        "network": pa.array([ad[0] for ad in ads], text), "account_id": pa.array([ad[1] for ad in ads], text),
        "ad_id": pa.array([ad[2] for ad in ads], text), "ad_name": pa.array([ad[3] for ad in ads], text),
        "creative_id": pa.array([ad_identity(ad[0], ad[1], ad[2]) for ad in ads], text),
    })  # fmt: skip
    connection.register("ads_arrow", table)
    connection.execute("create or replace table ad_identities as select * from ads_arrow")
    connection.unregister("ads_arrow")


def _scorecard(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    build_scorecard(connection, Objective(*inputs.settings.objective))


def _without_history(mart: str, connection: duckdb.DuckDBPyConnection, _inputs: Inputs) -> None:
    if mart == HISTORY[0]:  # one empty history makes all of them
        empty_marts(connection)


_PYTHON: dict[str, Callable[[duckdb.DuckDBPyConnection, Inputs], object]] = {
    "ad_identities()": _ad_identities,
    **fit.STEPS,
    "thresholds()": making.thresholds,
    "verdicts()": making.verdicts,
    "settlement_beneath()": lambda connection, _inputs: settlement.build_beneath(connection),
    "creative_scorecard()": _scorecard,
    "metrics()": lambda connection, _inputs: metrics.build(connection),
    "attribution_rules()": lambda connection, _inputs: rules.build(connection),
    **{f"{mart}()": partial(_without_history, mart) for mart in HISTORY},
    "next_fixes()": lambda connection, inputs: fixes.build(connection, inputs.today),
}


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
