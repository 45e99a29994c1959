"""This module owns the panels of the data dictionary."""

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.look import Look
from dashboard.pages.dictionary import catalog
from dashboard.panels.panel import Column, Panel, Rows, Words
from dashboard.state import link
from ingest.terminal.called import as_called, near

NOT_FOUND = "Nothing says these words. Search for fewer of them, or clear the mart that is chosen."
_SEARCHED = ("text",)
_UNITS = {"ratio": "share or ratio", "money": "money", "count": "count"}
_BETTER = {"up": "more is better", "down": "less is better", "none": "neither"}


def fill_marts(look: Look) -> Rows:
    """Every mart: what it is, its grain, its promise. A mart is found by what it or one of its columns says."""
    wanted = look.state.text
    fields = catalog.columns(look.real)
    told = {field.mart for field in fields if catalog.says((field.name, field.meaning), wanted)}
    rows = [
        {
            "id": mart.name, "name": mart.name, "what": mart.what, "grain": mart.grain, "promise": mart.promise,
            "columns": mart.columns, "rows": mart.rows, "shape": "view" if mart.is_view else "table",
            "href": link("/dictionary", look.state, of=mart.name), "strong": mart.name == look.state.of,
        }
        for mart in catalog.marts(look.real)
        if mart.name in told or catalog.says((mart.name, mart.what, mart.grain, mart.promise), wanted)
    ]  # fmt: skip
    columns = (
        Column("name", "Mart", width=180),
        Column("what", "What it is", width=300, wrap=True),
        Column("grain", "One row per", width=230, wrap=True),
        Column("promise", "Promise", width=330, wrap=True),
        Column("columns", "Columns", "count", 92),
        Column("rows", "Rows", "count", 96),
        Column("shape", "Shape", width=80),
    )
    return Rows(columns, rows, "A mart's name shows its columns below.", NOT_FOUND)


def fill_columns(look: Look) -> Rows:
    """Every column with its type and meaning; of the chosen mart where one is chosen."""
    wanted, mart = look.state.text, chosen(look)
    rows = [
        {"id": f"{field.mart}.{field.name}", "name": field.name, "mart": field.mart, "kind": field.kind,
         "meaning": field.meaning or "(the file does not say)"}
        for field in catalog.columns(look.real)
        if mart in (None, field.mart) and catalog.says((field.mart, field.name, field.meaning), wanted)
    ]  # fmt: skip
    columns = (
        Column("name", "Column", width=230),
        Column("mart", "Mart", width=200),
        Column("kind", "Type", width=150),
        Column("meaning", "What it means", width=620, wrap=True, sortable=False),
    )
    note = f"{len(rows):,} columns" + (f" of {mart}." if mart else ".")
    return Rows(columns, rows, note if rows else "", NOT_FOUND)


def fill_metrics(look: Look) -> Rows:
    """Every metric: how it is computed, of what, in which unit, which way is good, from which sample on."""
    rows = [
        {
            **row, "id": str(row["metric"]), "unit": _UNITS.get(str(row["unit"]), str(row["unit"] or "")),
            "direction": _BETTER.get(str(row["direction"]), str(row["direction"] or "")),
            "additive": {True: "yes", False: "no"}.get(row["additive"], ""),  # type: ignore[call-overload] # a BOOLEAN
        }
        for row in catalog.metrics(look.real)
        if catalog.says(tuple(row.values()), look.state.text)
    ]  # fmt: skip
    columns = (
        Column("title", "Metric", width=150),
        Column("metric", "Column", width=150),
        Column("formula", "Formula", width=320, wrap=True),
        Column("numerator", "Numerator", width=170, wrap=True),
        Column("denominator", "Denominator", width=180, wrap=True),
        Column("unit", "Unit", width=120),
        Column("direction", "Good", width=130),
        Column("minimum_sample", "Smallest sample", "count", 116, "Denominator below which it should not be ranked by"),
        Column("additive", "Adds up", width=90, tip="Whether sums over rows make sense"),
        Column("kinds", "Whose word", width=110),
    )
    return Rows(columns, rows, "", NOT_FOUND)


def fill_how(look: Look) -> Words:
    """How to ask the file, while everything keeps running: with the DuckDB client, with whichad, in Python."""
    link_path = look.settings.published_link
    mart = chosen(look) or "creative_scorecard"
    query = f"from {mart} limit 10"
    examples = (
        ("With the DuckDB client, read-only", f'duckdb -readonly {near(link_path)} "{query}"'),
        ("With whichad", as_called(f'whichad analytics sql "{query}"')),
        ("As a Parquet folder", as_called("whichad analytics export --help")),
        ("In Python", f'import duckdb, os\nfile = os.path.realpath("{link_path}")\n'
                      f'duckdb.connect(file, read_only=True).sql("{query}").df()'),
    )  # fmt: skip
    said = html.P(
        f"Money is DECIMAL with six places in {look.fresh.currency}, counts are BIGINT, days are reporting days of"
        f" {look.fresh.zone.key}, times are UTC. A file never changes: each version is a new"
        " one behind the same name, so resolve the name when you connect."
    )
    return Words([said, html.Div([_example(title, code) for title, code in examples], className="steps")])


def _example(title: str, code: str) -> Component:
    copy = dmc.CopyButton(value=code, children="Copy", copiedChildren="Copied", size="xs", variant="default")
    return html.Div(
        [
            html.H3(title),
            html.Div([html.Pre(html.Code(code), tabIndex="0", **aria(label=title)), copy], className="code"),
        ]
    )


def chosen(look: Look) -> str | None:
    """The mart that the URL names, if there is one of that name."""
    return look.state.of if look.state.of in {mart.name for mart in catalog.marts(look.real)} else None


PANELS = (
    Panel("dictionary-marts", "Marts", "grid", "duckdb_tables", fill_marts, 420, row_height=66, serves=_SEARCHED),
    Panel(
        "dictionary-columns", "Columns", "grid", "duckdb_columns", fill_columns, 520, row_height=44, serves=_SEARCHED
    ),
    Panel("dictionary-metrics", "Metrics", "grid", "metrics", fill_metrics, 480, row_height=48, serves=_SEARCHED),
    Panel("dictionary-how", "How to ask the file yourself", "words", "freshness", fill_how),
)
