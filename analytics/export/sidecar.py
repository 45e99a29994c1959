"""This module owns the sidecar of an export: a small JSON file that says what the rows are, for whoever gets them."""

import json
from pathlib import Path

import duckdb

from analytics.dictionary import about, columns, describe
from analytics.version.marts import CONTRACT
from ingest.archive.layout import sha256
from ingest.durable import fsync

SUFFIX = ".json"  # behind the whole name: facts.parquet.json
_FRESHNESS = (
    "select version, as_of, built_at, newest_event, timezone, currency, kind, headline_rule, conversion_kind,"
    " objective, maturity_days from freshness"
)
_SETTINGS = ("version", "as_of", "built_at", "newest_event", "timezone", "currency", "kind", "headline_rule",
             "conversion_kind", "objective", "maturity_days")  # fmt: skip


def path_of(to: Path) -> Path:
    """Where the sidecar of an export lies."""
    return to.with_name(f"{to.name}{SUFFIX}")


def write(
    connection: duckdb.DuckDBPyConnection, mart: str, days: str | None, count: int, written: Path, to: Path
) -> None:
    """Write beside `to` what the rows in `written` are, which becomes `to`. Raises OSError."""
    what, grain, promise = about(mart)
    said = dict(zip(_SETTINGS, connection.execute(_FRESHNESS).fetchall()[0], strict=True))
    windows = _windows(connection, mart)
    text = json.dumps(
        {
            "file": to.name, "mart": mart, "what": what, "one_row_per": list(grain), "promise": promise,
            "filters": {"days": days}, "rows": count, "sha256": sha256(written), "contract": CONTRACT, **said,
            "windows_days": windows,
            "columns": [
                {"name": name, "type": kind, "meaning": describe(mart, name)}
                for name, kind in columns(connection, mart)
            ],
        },
        default=str, ensure_ascii=False, indent=1,
    )  # fmt: skip
    path = path_of(to)
    aside = path.with_name(f".{path.name}.new")
    try:
        aside.write_text(text + "\n", encoding="utf-8")
        fsync(aside)
        if to.is_dir():  # then the export itself cannot be named so, either
            raise IsADirectoryError(21, "Is a directory", str(to))
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _windows(connection: duckdb.DuckDBPyConnection, mart: str) -> list[int]:
    """The windows that its rows are of; none where it has no such column."""
    if "window_days" not in {name for name, _ in columns(connection, mart)}:
        return []
    found = connection.execute(
        f"select distinct window_days from {mart} where window_days is not null order by 1"  # noqa: S608 (a name of ours)
    )
    return [int(days) for (days,) in found.fetchall()]
