"""This module owns the lines of `whichad verify` about the history: it is whole, published, and adds up to now."""

from collections.abc import Iterator

import duckdb

from analytics.config import AnalyticsSettings
from analytics.history.file import NAME, SCHEMA_VERSION, WAY_BACK, looking, put_aside
from analytics.history.sql import sql
from ingest.audit import Line, equal

PART = "history"
_IS_TOLD = "select 1 from duckdb_tables() where table_name = 'closings'"
_PUBLISHED = """
select (select version from freshness), (select count(*) from closed_days), (select count(*) from closings),
  (select count(*) from restatements), (select count(*) from verdict_history)
"""
_KEPT = """
select (select max(version) from mark), (select count(*) from days),
  (select count(*) from closings), (select count(*) from changes),
  (select count(*) from verdicts)
"""
_COUNTED = """
select (select max(version) from schema_version), (select coalesce(sum(cells), 0)::bigint from days),
  (select count(*) from closings)
"""
_NAMES = ("closed days", "closing rows", "changes", "verdicts")


def audit(settings: AnalyticsSettings, published: duckdb.DuckDBPyConnection) -> Iterator[Line]:
    """The lines; `published` is the version in force. Raises RecordError where the history stays busy."""
    if not published.execute(_IS_TOLD).fetchone():
        yield Line(
            PART, "a history of closed days", "published by an older whichad", "one", True, "The loop begins it."
        )
        return
    wrong = published.execute(sql("looking", "balance")).fetchall()
    note = "; ".join(f"{day} {creative} {measure}: {amount}" for day, creative, measure, amount in wrong[:3])
    yield equal(PART, "cells where closing + changes = published now fails", len(wrong), 0, note)
    path = settings.data_dir / NAME
    aside = put_aside(path)
    named = ", ".join(each.name for each in aside)
    yield equal(PART, "damaged files that were put aside", len(aside), 0, f"{named}; {WAY_BACK}. Then delete it.")
    if not path.exists():
        yield Line(PART, "a history of closed days", "none yet", "none yet", True, "The loop begins it.")
        return
    try:
        with looking(path) as history:
            yield from list(_kept(history, published))
    except duckdb.Error as error:
        yield Line(PART, f"{NAME} can be read", str(error).splitlines()[0], "all of it", False, f"{WAY_BACK}.")


def _kept(history: duckdb.DuckDBPyConnection, published: duckdb.DuckDBPyConnection) -> Iterator[Line]:
    schema, cells, closings = history.execute(_COUNTED).fetchone() or (None, 0, 0)
    yield equal(PART, "schema", schema, SCHEMA_VERSION, "Another version of whichad made it.")
    yield equal(PART, "closing rows: noted when closed = there", cells, closings, f"{WAY_BACK}.")
    version, *kept = history.execute(_KEPT).fetchone() or (None,)
    told, *there = published.execute(_PUBLISHED).fetchone() or (None,)
    if version != told:  # published between our two looks, or before a kill
        yield Line(PART, "newest step", str(version), str(told), True, "The next publish notes what this one did not.")
        return
    for name, left, right in zip(_NAMES, kept, there, strict=True):
        yield equal(PART, f"{name}: kept = published", left, right)
