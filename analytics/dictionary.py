"""This module owns the data dictionary: what tables and columns mean, as comments in the file and as a page."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from analytics.archived import views
from analytics.metrics import METRICS
from analytics.plan import header, sql
from analytics.version.marts import ARCHIVED, CONTRACT, PUBLISHED

PAGE_HEAD = """# The data

This folder holds your databases (git-ignored) and this page, which is generated: `whichad analytics dictionary`.

| file | what it is | who writes it |
|---|---|---|
| `journal/*.sqlite` | every delivery that was answered with 200, as received: the durable queue | ingest |
| `interactions.duckdb` | the record: interactions, statements, texts; made from the journal | the refresh loop |
| `work.duckdb` | private: the models while they are built | the refresh loop |
| `creatives.duckdb` | **what you query**: a symlink to the newest version in `published/` | the refresh loop |
| `history.duckdb` | what was published of closed days, and each change since; not derived | the refresh loop |
| `status.json` | the last cycle: ok or the sentence that says what failed | the refresh loop |
| `visitor.key` | the key under which visitor ids are hashed; keep it, and keep it secret | ingest |

Open it read-only, while everything keeps running:

```
duckdb -readonly data/creatives.duckdb "select creative_text, verdict, profit, reason
  from creative_scorecard join creatives using (creative_id)
  where scope = 'campaign' and window_days = 7 order by profit desc limit 10"
```

Money is DECIMAL with six places in the reporting currency, counts are BIGINT, days are reporting days, times are UTC.
"""


ON_MATURE_CLICKS = frozenset({"cvr", "epc", "profit_per_click", "roas"})


_NAMES = """
select table_name, column_name from duckdb_columns()
where database_name = current_database() and schema_name = 'main' order by table_name, column_index
"""


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files("analytics").joinpath("dictionary.toml").read_text(encoding="utf-8"))


def about(mart: str) -> tuple[str, tuple[str, ...], str]:
    """(what it is, its grain, its promise) of a mart."""
    python = _words()["python"].get(mart)
    if python:
        return python["what"], tuple(part.strip() for part in python["grain"].split(",")), python["promise"]
    head = header(views.text(mart) if mart in ARCHIVED else sql("models", mart))
    return head.what, head.grain, head.promise


def describe(mart: str, column: str) -> str:
    """What a column of a mart means. Raises KeyError where nobody said."""
    words = _words()
    own = words["tables"].get(mart, {})
    if column in own:
        return str(own[column])
    if column in words["columns"]:
        return str(words["columns"][column])
    if mart == "credit_touches" and column.endswith("_weight"):
        return f"Millionths of the goal under {column.removesuffix('_weight')}, a rule of a package; NULL: nothing"
    for metric in METRICS:
        if column == metric.metric:
            settled = "; on mature clicks where there are any" if metric.metric in ON_MATURE_CLICKS else ""
            return f"{metric.title}: {metric.formula}{settled}"
        if column == f"{metric.metric}_shrunk":
            return f"{metric.title} drawn to its scope's, the more the less is known of it; see docs/verdicts.md"
        if column in (f"{metric.metric}_low", f"{metric.metric}_high"):
            end = "Lower" if column.endswith("_low") else "Upper"
            return f"{end} end of the 95 % interval of {metric.title}"
    raise KeyError(f"{mart}.{column} has no line in analytics/dictionary.toml")


def columns(connection: duckdb.DuckDBPyConnection, mart: str) -> list[tuple[str, str]]:
    """(name, type) of a mart's columns in the current database."""
    return connection.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? and database_name ="
        " current_database() and schema_name = 'main' order by column_index",
        [mart],
    ).fetchall()


def names(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The columns of every published table of the current database, in their order."""
    found: dict[str, list[str]] = {mart: [] for mart in PUBLISHED}
    for mart, column in connection.execute(_NAMES).fetchall():
        if mart in found:
            found[mart].append(column)
    return found


def write_comments(connection: duckdb.DuckDBPyConnection, named: Mapping[str, Sequence[str]]) -> None:
    """Comment published tables and their columns (`names`) in the current database, in `main` and in the contract."""
    for mart, found in named.items():
        what, grain, promise = about(mart)
        text = _quoted(f"{what[0].upper()}{what[1:]}. One row per ({', '.join(grain)}). Promise: {promise}.")
        said = [(column, _quoted(describe(mart, column))) for column in found]
        for schema, kind in (("main", PUBLISHED[mart]), (CONTRACT, "view")):
            statements = [f"comment on {kind} {schema}.{mart} is '{text}'"]
            statements += [f"comment on column {schema}.{mart}.\"{column}\" is '{words}'" for column, words in said]
            connection.execute(";".join(statements))


def page(connection: duckdb.DuckDBPyConnection) -> str:
    """The data dictionary as Markdown, from the comments of a published file."""
    lines = [PAGE_HEAD]
    for mart, kind in PUBLISHED.items():
        what, grain, promise = about(mart)
        lines += [f"## `{mart}`" + (" (view)" if kind == "view" else ""), "", f"{what[0].upper()}{what[1:]}.", ""]
        lines += [
            f"One row per `{', '.join(grain)}`. Promise: {promise}.",
            "",
            "| column | type | meaning |",
            "|---|---|---|",
        ]
        lines += [f"| `{name}` | {kind_} | {describe(mart, name)} |" for name, kind_ in columns(connection, mart)]
        lines.append("")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
