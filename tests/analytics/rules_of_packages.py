"""This module owns a process that builds journeys under the rules of installed packages, and says what came of it.

    python rules_of_packages.py <folder>     → JSON

The rules of a process are those that were installed when it began, so this is no part of the test's own.
"""

import json
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from journeys import NOW, Books, journey

from analytics.build import Inputs, build
from analytics.explain.asked import Asked
from analytics.explain.explained import explained
from analytics.explain.telling import share_rows
from analytics.incremental.refreshing import Limits, refresh_incrementally
from analytics.spark.dialect import translated

TOLD = ["A => 30", "A B C => 30", "A 3d B 2d => 1 -2", "A B C D E => 7", "=> 30", "A 2d B C => 12.34"]
_WEIGHTS = """
select list(coalesce({rule}_weight, 0) order by position) from credit_touches join creatives using (creative_id)
where creative_text like ?
"""
_LEDGER = """
select rule, bucket, sum(conversions)::varchar, sum(revenue)::varchar from attribution_ledger
where window_days = 7 group by all
"""
_CREATIVE_RULES = "select distinct rule from creative_rules"
TABLES = ("credits", "touch_credits", "credit_touches", "creative_credit", "dimension_credit", "attribution_ledger")


def main(folder: Path) -> dict[str, Any]:
    """Build, refresh with news, build anew elsewhere, and compare."""
    books = Books(folder / "books")
    for number, text in enumerate(TOLD):
        books.post(*journey(text, f"j{number}"))
    books.load()
    work, record = books.settings.work_path, books.settings.record_path
    build(work, record, Inputs(NOW, books.settings))
    spark = {model: translated(model, books.inputs().parameters) for model in TABLES}
    found = {**_said(books), "explained": _explained(books), "spark": spark}
    books.post(*journey("A B A => 9.99", "late"))
    books.load()
    later = Inputs(NOW + timedelta(minutes=1), books.settings)
    shutil.copy(work, folder / "anew.duckdb")  # with the fit of closed days, which both read
    found["refreshed"] = refresh_incrementally(work, record, later, Limits(rows_min=0, share_max=9.0)).news
    build(folder / "anew.duckdb", record, later)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{work}' as w (read_only); attach '{folder / 'anew.duckdb'}' as a (read_only)")
        found["differing"] = [table for table in TABLES if connection.execute(
            f"(from w.{table} except all from a.{table}) union all (from a.{table} except all from w.{table})"
        ).fetchall()]  # fmt: skip
    return found


def _said(books: Books) -> dict[str, Any]:
    """What stands in the published file of the rules of packages."""
    books.publish()
    with duckdb.connect(str(books.settings.published_link.resolve()), read_only=True) as connection:
        weights = {
            f"{text} {rule}": connection.execute(_WEIGHTS.format(rule=rule), [f"% of j{number}"]).fetchall()[0][0]
            for rule in ("recent", "nothing", "odd") for number, text in enumerate(TOLD)
        }  # fmt: skip
        ((comment,),) = connection.execute(
            "select comment from duckdb_columns() where table_name = 'credit_touches' and column_name = 'recent_weight'"
            " and schema_name = 'main'"
        ).fetchall()
        return {
            "weights": weights, "ledger": connection.execute(_LEDGER).fetchall(), "comment": comment,
            "rules": connection.execute("from attribution_rules order by rowid").fetchall(),
            "creative_rules": [rule for (rule,) in connection.execute(_CREATIVE_RULES).fetchall()],
        }  # fmt: skip


def _explained(books: Books) -> str:
    """What `explain` says of the second journey's order."""
    _, each = explained(books.settings, Asked(str(journey(TOLD[1], "j1")[-1]["id"]), None))
    return "\n".join(str(row) for row in share_rows(each[0])[1])


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
