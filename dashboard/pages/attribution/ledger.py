"""This module owns the ledger on the page: every conversion and cent, why it has no credit, whether it adds up."""

from decimal import Decimal

from dash import html
from dash.development.base_component import Component

from analytics.causes import cause_of
from dashboard.components.aria import aria
from dashboard.look import Look
from dashboard.pages.attribution.asked import Asked, asked, kind_words
from dashboard.pages.attribution.checks import Book, Entry, books, credited_words
from dashboard.pages.attribution.credit import NOTHING
from dashboard.panels.panel import Column, Rows, Words
from dashboard.reading import rows
from ingest.terminal.called import as_called

REASONS = {
    "no_id": ("It names neither a click nor a visitor", ""),
    "no_touch": ("Nothing is known of its visitor before it", ""),
    "no_identity": ("Its clicks show no ad: no text, and no ad that has one", ""),
    "no_paid_touch": ("Only unpaid visits came before it", ""),
    "no_same_click": ("It names no click of its own that is known here", ""),
    "only_views": ("Only views came before it, and this rule reads clicks",
                   "Nothing to mend; the rows “clicks and views” credit them, where a view window is set."),
    "left_out": ("The settings leave out all of its touches (remove_networks, after_conversion)",
                 "Nothing to mend, if that is what the settings are for."),
    "outside_window": ("Its clicks came longer before it than the window", ""),
    "unconverted": ("Its money is in a currency without a rate", ""),
}  # fmt: skip
_EVERY = """
select rule, window_days, touch_types, bucket, reason, currency, conversions, revenue from attribution_ledger
where conversion_kind = $kind order by rule, window_days, touch_types, currency, bucket = 'total' desc,
  bucket = 'credited' desc, reason
"""
_BUCKETS = {"total": "Total", "credited": "Credited", "unattributed": "Not credited"}
_TOUCHES = {"click": "clicks", "click_view": "clicks and views"}
COLUMNS = (
    Column("rule", "Rule", width=150),
    Column("window", "Window, days", "count", width=110),
    Column("touches", "Touches", width=130),
    Column("bucket", "Bucket", width=110),
    Column("reason", "Why not credited", width=300, wrap=True),
    Column("conversions", "Conversions", "count", width=110),
    Column("revenue", "Money", "money", width=130, places=2),
    Column("currency", "Currency", width=90),
)


def ledger(look: Look) -> Words:
    """The ledger of the chosen rule to the cent, with what every reason means and the sum, worked out here."""
    found = asked(look)
    if found is None:
        return Words([html.P(NOTHING, className="quiet")])
    parts = [_book(book, currency, found) for currency, book in books(look, found, found.other).items()]
    return Words([
        html.P(f"{found.name(found.other)}, {kind_words(found.kind).lower()}, all days; filters and the period do not"
               " apply to the ledger.", className="quiet"),
        *parts,
        html.P(credited_words(look), className="quiet"),
    ])  # fmt: skip


def every_rule(look: Look) -> Rows:
    """The same of all rules and windows, to sort and to save."""
    found = asked(look)
    if found is None:
        return Rows(COLUMNS, [], empty=NOTHING)
    made = []
    for rule, window, touches, bucket, reason, currency, many, money in rows(look.real, _EVERY, {"kind": found.kind}):
        told = "" if reason is None else REASONS.get(str(reason), (str(reason), ""))[0]
        abroad = currency != look.fresh.currency  # the column is in the reporting currency
        if abroad:
            told = f"{exact(Decimal(str(money)), 2)} {currency}" + (f": {told}" if told else "")
        made.append({
            "id": f"{rule} {window} {touches} {bucket} {reason} {currency}", "rule": found.title(str(rule)),
            "window": window, "touches": _TOUCHES.get(str(touches), str(touches)),
            "bucket": _BUCKETS.get(str(bucket), str(bucket)), "reason": told, "conversions": many,
            "revenue": None if abroad else money, "currency": currency, "strong": bucket == "total",
        })  # fmt: skip
    note = f"{kind_words(found.kind)}, all days. Credited and not credited make the total; rules are never added."
    return Rows(COLUMNS, made, note=note)


def action(reason: str) -> str:
    """What to do about a reason."""
    kind, detail = ("unconverted", None) if reason == "unconverted" else ("unattributable", reason)
    own = REASONS.get(reason, ("", ""))[1]
    cause = None if own else cause_of(kind, detail)
    return own or (cause.action if cause and (cause.detail == detail or detail is None) else "")


def sum_words(book: Book, currency: str) -> tuple[str, bool]:
    """The sum as a line of numbers, and whether it holds; only then it says so."""
    total, credited, rest = (book.total(bucket) for bucket in ("total", "credited", "unattributed"))
    holds = not any(book.off)
    line = (
        f"{exact(credited[0])} + {exact(rest[0])} = {exact(total[0])} conversions;"
        f" {exact(credited[1], 2)} + {exact(rest[1], 2)} = {exact(total[1], 2)} {currency}."
    )
    if holds:
        return f"Adds up: {line}", True
    return (
        f"Does not add up: {exact(book.off[0])} conversions and {exact(book.off[1], 6)} {currency} are missing in"
        f" {line} {as_called('Run `whichad verify`.')}",
        False,
    )


def exact(value: Decimal, places: int = 0) -> str:
    """All digits that there are, at least `places`; thousands with commas."""
    plain = value.normalize()
    digits = max(places, -int(plain.as_tuple().exponent))
    return f"{value:,.{digits}f}".replace("-", "−")


def _book(book: Book, currency: str, found: Asked) -> Component:
    titles = (("Bucket", ""), (kind_words(found.kind), "right"), (f"Money, {currency}", "right"), ("What it means", ""),
              ("What to do", ""))  # fmt: skip
    head = html.Tr([html.Th(title, scope="col", className=name) for title, name in titles])
    line, holds = sum_words(book, currency)
    table = html.Table(
        [html.Thead(head), html.Tbody([_line(entry) for entry in book.entries])], className="plain ledger"
    )
    box = html.Div(table, className="scrolled-sideways", tabIndex="0", role="region",
                   **aria(label=f"Ledger in {currency}, {found.name(found.other)}"))  # fmt: skip
    return html.Div([box, html.P([html.Span("✓ " if holds else "✗ ", **aria(hidden="true")), line],
                                 className="sum" if holds else "sum off")])  # fmt: skip


def _line(entry: Entry) -> Component:
    meaning, name = "", _BUCKETS.get(entry.bucket, entry.bucket)
    if entry.reason is not None:
        meaning, name = REASONS.get(entry.reason, (entry.reason, ""))[0], "Not credited"
    elif entry.bucket == "credited":
        meaning = "Shared out to creatives by the rule"
    elif entry.bucket == "total":
        meaning = "Everything that human visitors brought, net of refunds"
    return html.Tr(
        [html.Th(name, scope="row"), html.Td(exact(entry.conversions), className="right"),
         html.Td(exact(entry.revenue, 2), className="right"), html.Td(meaning),
         html.Td(action(entry.reason) if entry.reason else "")],
        className=entry.bucket,
    )  # fmt: skip
