"""This module owns the whole audit: from the journal to the record to the published marts, and its last result."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from analytics.alerts.store import lines as alert_lines
from analytics.config import AnalyticsSettings
from analytics.history.audit import audit
from analytics.status.cycle import STATUS_FILE
from analytics.version.opened import opened
from ingest.audit import Line, equal, sound
from ingest.audit.balance import balance
from ingest.nodes.audit import node_lines
from ingest.store.record import read_record

VERIFY_FILE = "verify.json"
# Counted in the record without any model: what the marts must hold as it is.
_RECORD = """
select (select coalesce(sum(deliveries), 0)::bigint from loads) as deliveries,
  (select count(*) from interactions) as interactions,
  (select count(*) from reports) + (select count(*) from settlements)
    + (select count(*) from ads where origin = 'posted') as statements,
  (select coalesce(sum(count), 0)::bigint from interactions where type = 'click' and traffic = 'human') as clicks
"""
_MARTS = """
select deliveries, interactions, statements,
  (select coalesce(sum(clicks), 0)::bigint from facts_daily) + corroborating_clicks as clicks from freshness
"""
_LEDGERS = {
    "spend in = direct + allocated + campaign_only + unmatched": """
select coalesce(sum(amount) filter (bucket = 'in'), 0), coalesce(sum(amount) filter (bucket <> 'in'), 0)
from money_ledger where side = 'spend'""",
    "revenue in = matched + settlement_unallocated + unattributable + non_human": """
select coalesce(sum(amount) filter (bucket = 'in'), 0), coalesce(sum(amount) filter (bucket <> 'in'), 0)
from money_ledger where side = 'revenue'""",
    "settlements stated = counted + in_finer_cells + duplicate_report": """
select coalesce(sum(amount) filter (bucket = 'in'), 0), coalesce(sum(amount) filter (bucket <> 'in'), 0)
from money_ledger where side = 'settlement'""",
    "conversions = credited + unattributed, over all rules": """
select coalesce(sum(conversions) filter (bucket = 'total'), 0), coalesce(sum(conversions) filter (bucket <> 'total'), 0)
from attribution_ledger""",
    "money of conversions = credited + unattributed, over all rules": """
select coalesce(sum(revenue) filter (bucket = 'total'), 0), coalesce(sum(revenue) filter (bucket <> 'total'), 0)
from attribution_ledger""",
}


def verify(settings: AnalyticsSettings) -> Iterator[Line]:
    """The balance sheet, line by line. Raises RecordError where there is no record, or it stays busy."""
    yield from balance(settings)
    yield from node_lines(settings)
    yield from alert_lines(settings.data_dir)
    if settings.nodes.is_door_only:  # nothing is built here
        return
    yield from _marts(settings)
    yield _checks(settings.data_dir / STATUS_FILE)


def keep(data_dir: Path, lines: Sequence[Line], at: datetime) -> None:
    """Keep the result for `status`: when, whether all is well, and what is not."""
    wrong = [f"{line.what}: {line.left} / {line.right}" for line in lines if not line.ok]
    aside = data_dir / f"{VERIFY_FILE}.new"
    aside.write_text(json.dumps({"at": at.isoformat(timespec="seconds"), "ok": sound(lines), "wrong": wrong}))
    aside.replace(data_dir / VERIFY_FILE)


def _marts(settings: AnalyticsSettings) -> Iterator[Line]:
    if not settings.published_link.exists():
        yield Line("marts", "a published file", "none", "one", False, "Build one: whichad analytics build")
        return
    with opened(settings.published_link) as marts:
        with read_record(settings.record_path) as record:
            yield from _counts(_one(record, _RECORD), _one(marts, _MARTS))
        for what, query in _LEDGERS.items():
            came, went = _one(marts, query)
            yield equal("marts", what, came, went)
        yield from audit(settings, marts)


def _counts(record: tuple[object, ...], marts: tuple[object, ...]) -> Iterator[Line]:
    if record[0] != marts[0]:  # what was loaded since is published with the next build
        yield Line("marts", "counts", f"{marts[0]} deliveries", f"{record[0]} deliveries", True,
                   "The record has moved on since the last build; verify again after the next.")  # fmt: skip
        return
    for name, said, there in zip(("interactions", "statements", "human clicks"), record[1:], marts[1:], strict=True):
        yield equal("marts", f"{name}: in the record = published", said, there)


def _checks(status: Path) -> Line:
    if not status.exists():
        return Line("marts", "checks of the last build", "no build by the loop yet", "passed", True)
    try:
        said = json.loads(status.read_text(encoding="utf-8"))
        found = "passed" if said["ok"] else str(said["sentence"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"{status.name} cannot be read ({error})"
    return equal("marts", "checks of the last build", found, "passed", "The last good version stays published.")


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 (freshness has one row, an aggregate too)
    return row
