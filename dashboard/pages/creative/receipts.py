"""This module owns the receipts: for a number of the page the SQL that gives it, and the rows behind it."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.filtering import Where
from dashboard.look import Look
from dashboard.pages.creative import measures
from dashboard.pages.creative.choosing import nothing_listed, nothing_said
from dashboard.pages.creative.chosen import Chosen, chosen, of_creative
from dashboard.pages.creative.estimates import daily, within
from dashboard.pages.creative.sums import DIMENSIONS, EXPRESSIONS
from dashboard.pages.creative.written_sql import filled_in
from dashboard.panels.panel import Column, Rows, Words
from dashboard.reading import frame, records
from dashboard.state import link
from dashboard.words import MEASURES
from ingest.terminal.called import as_called, near

ROWS_MAX = 200
_KEYS = ("day", "sender", *DIMENSIONS[1:], "conversion_kind")
# The columns of facts_daily that each of sums.EXPRESSIONS reads: what a row behind a number shows.
_READS = {
    "cost": ("cost_direct", "cost_allocated"),
    "revenue": ("revenue_settled", "revenue_provisional", "refunds"),
    "profit": ("revenue_settled", "revenue_provisional", "refunds", "cost_direct", "cost_allocated"),
    "conversions": ("conversions",), "orders": ("conversions",), "leads": ("conversions",),
}  # fmt: skip
_MONEY = frozenset({"cost_direct", "cost_allocated", "revenue_settled", "revenue_provisional", "refunds"})
_TITLES = {
    "day": "Day", "sender": "Sender", "network": "Network", "account_id": "Account", "campaign_id": "Campaign",
    "adset_id": "Ad set", "ad_id": "Ad", "placement": "Placement", "country": "Country", "device": "Device",
    "conversion_kind": "Kind",
}  # fmt: skip


def asked_for(look: Look) -> str:
    """The number whose receipt is asked for: the state's `of`, else the profit."""
    offered = measures.shown(look)
    return look.state.of if look.state.of in offered and look.state.of else offered[0]


def choices(look: Look) -> list[tuple[str, str]]:
    """The numbers that have a receipt, for the control `of`."""
    return measures.titles(measures.shown(look))


def fill(look: Look) -> Words:
    """The number, the choice of another one, and the SQL that gives it."""
    creative = chosen(look)
    if creative is None:
        return nothing_said()
    key = asked_for(look)
    amount = measures.value(within(daily(look, creative), look.period), key)
    sql = number_sql(look, creative, key)
    said = html.P([
        html.Strong(f"{MEASURES[key].title}: {measures.written(amount, key, look.fresh.currency)}"),
        f" · {MEASURES[key].formula}, {numbers.days_between(look.period.first, look.period.last)}",
    ])  # fmt: skip
    return Words(
        [
            _others(look, key),
            said,
            *_code(sql, f"The SQL of {MEASURES[key].title}"),
            html.P(how(look), className="quiet"),
        ]
    )


def behind(look: Look) -> Rows:
    """The rows of facts_daily that the number is made of, the largest first."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    key = asked_for(look)
    read, condition = columns_read(key), of_creative(look, creative, "facts_daily")
    found = frame(look.real, rows_sql(condition, key), condition.values)
    shown = [{"id": str(at), **row} for at, row in enumerate(records(found[[*_KEYS, *read]]))]
    many = int(found["found"].iloc[0]) if len(found) else 0
    note = f"{numbers.count(many)} rows of facts_daily are behind {MEASURES[key].title}."
    if many > ROWS_MAX:
        note += f" The first {ROWS_MAX} are listed; without its limit the SQL of these rows gives all of them."
    return Rows(_columns(read), shown, note, "No row is behind it: there was nothing to add up.")


def number_sql(look: Look, creative: Chosen, key: str) -> str:
    """A statement that an analyst can run on the published file, and that answers the number."""
    top, bottom = measures.PARTS[key]
    total = f"sum({EXPRESSIONS[top]})"
    whole = total if bottom is None else f"sum({EXPRESSIONS[top]})::double / nullif(sum({EXPRESSIONS[bottom]}), 0)"
    condition = of_creative(look, creative, "facts_daily")
    lines = f"select {whole} as {key}\nfrom facts_daily\nwhere {_in_lines(condition.sql)}"
    return filled_in(lines, condition.values) + ";"


def rows_sql(condition: Where, key: str) -> str:
    """The statement of the rows behind a number, the largest first; its values are the condition's."""
    read = columns_read(key)
    size = " + ".join(f"abs({name})" for name in read)
    keys, shown = ", ".join(_KEYS), ", ".join(read)
    # S608: names are of the lists above, values are bound.
    return (
        f"select {keys}, {shown}, count(*) over () as found from facts_daily where {condition.sql}"  # noqa: S608
        f" and {size} <> 0{_only(key)} order by {size} desc, {keys} limit {ROWS_MAX}"
    )


def columns_read(key: str) -> tuple[str, ...]:
    """The columns of facts_daily that a number is made of."""
    read: list[str] = []
    for part in measures.PARTS[key]:
        read += [column for column in _READS.get(part or "", (part,)) if column is not None and column not in read]
    return tuple(read)


def _in_lines(condition: str) -> str:
    """One condition a line; values are still names, so that no text of anybody is taken for a part of it."""
    lines = condition.removesuffix(" and true").replace(" and ", "\n  and ")
    return lines.replace("between $first\n  and $last", "between $first and $last")


def _only(key: str) -> str:
    kinds = {"orders": "'purchase'", "leads": "'lead'"}
    return f" and conversion_kind = {kinds[key]}" if key in kinds else ""


def _others(look: Look, key: str) -> Component:
    """Links to the receipts of the other numbers."""

    def way(name: str) -> str:
        return link("/creative", look.state, creative=look.state.creative, metric=look.state.metric, of=name)

    made = [
        html.Li(
            html.Span(title, className="chip chosen", **aria(current="true"))
            if name == key
            else dcc.Link(title, href=way(name), className="chip")
        )
        for name, title in choices(look)
    ]
    return html.Nav(html.Ul(made, className="chips"), **aria(label="Receipt of which number"))


def _code(sql: str, title: str) -> list[Component]:
    return [html.Pre(html.Code(sql), className="sql", tabIndex="0", role="region", **aria(label=title))]


def _columns(read: tuple[str, ...]) -> list[Column]:
    keys = [
        Column(name, _TITLES[name], "date" if name == "day" else "text", 104 if name == "day" else 120)
        for name in _KEYS
    ]
    words = (name.replace("_", " ") for name in read)
    return keys + [
        Column(
            name,
            said[:1].upper() + said[1:],
            "money" if name in _MONEY else "count",
            120,
            places=6 if name in _MONEY else None,
        )
        for name, said in zip(read, words, strict=True)
    ]


def how(look: Look) -> str:
    """How to run the SQL oneself, with the file and the configuration of this very dashboard."""
    return as_called(
        f"Run it with `duckdb -readonly {near(look.settings.published_link)}`, or with `whichad analytics sql`: it"
        " gives this number until a newer version is published. Money is summed exactly; the page rounds it."
    )
