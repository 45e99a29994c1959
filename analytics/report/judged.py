"""This module owns the part of the report that says what to do: every creative and scope with a verdict, by action."""

from collections.abc import Sequence
from itertools import groupby

from analytics.report.amounts import count, each, money, plural
from analytics.report.bars import Scale, Span, bar, scale
from analytics.report.markup import Content, Html, joined, table, tag
from analytics.report.reading import Read, Row

ACTIONS = {
    "scale": ("Scale", "Surely meets the target and surely beats the rest of its campaign: give it more."),
    "keep": ("Keep", "Does well enough to go on; not sure enough to pay more for."),
    "fix": ("Fix", "Something is in the way: the text, the page, the tracking. The reason says what."),
    "cut": ("Cut", "Surely misses the target: stop paying for it."),
    "wait": ("Wait", "Too early to say. Whoever decides now decides by chance."),
}
FIRST, SHOWN_MAX = 10, 60  # of an action: shown at once; with those behind a click. The rest is in the CSV.
_CAPTION = "The most spent first; the broken line is the target."
WORDS = {"needs_work": "needs work", "too_early": "too early"}


def todo(found: Read) -> Html:
    """The number of creatives per action, each a link to its list."""
    told = dict(grouped(found.judged))
    items: list[Content] = []
    for action in [*ACTIONS, *(other for other in told if other not in ACTIONS)]:
        rows = told.get(action, [])
        words = joined([tag("b", count(len(rows))), f" {_name(action).lower()}"])
        spent = f", {money(sum(row['cost'] or 0 for row in rows))} {found.currency} spent"
        items.append(tag("li", tag("a", words, spent, href=f"#{action}") if rows else tag("span", words)))
    return tag("ul", *items, class_="todo", aria_label="What to do: creatives and spend per action")


def lists(found: Read) -> Html:
    """A section per action that has creatives."""
    over = scale([_span(row) for row in found.judged if row["net_per_click"] is not None], 0.0)
    sections = [_section(action, rows, over, found.currency) for action, rows in grouped(found.judged)]
    return joined(sections) if sections else tag("section", tag("p", "No creative ran in a campaign in these days."))


def grouped(judged: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows per action, in the order of ACTIONS; what is none of them comes last."""
    order = {action: at for at, action in enumerate(ACTIONS)}
    rows = sorted(judged, key=lambda row: (order.get(row["action"], len(order)), row["action"]))
    return [(action, list(some)) for action, some in groupby(rows, key=lambda row: str(row["action"]))]


def scope(row: Row) -> str:
    """Where it ran, in words."""
    return " · ".join(str(row[name]) for name in ("network", "campaign_id", "country") if row[name]) or "no campaign"


def creative(row: Row) -> Html:
    """Its text, at most three lines of it."""
    return tag("span", row["creative_text"] or row["creative_id"], class_="text")


def _section(action: str, rows: list[Row], over: Scale, currency: str) -> Html:
    name, means = ACTIONS.get(action, (action, ""))
    title = f"{name}: {plural(len(rows), 'creative')}"
    heads = (("Creative, scope and reason", "lead"), ("Net per click, 95 %", "bars"), ("Clicks", "n"),
             (f"Spend, {currency}", "n"), (f"Revenue, {currency}", "n"), (f"Profit, {currency}", "n"))  # fmt: skip
    cells = [_cells(row, over, currency) for row in rows[:SHOWN_MAX]]
    first = 0 if action == "wait" else FIRST  # nothing to do about these: they do not push the rest down the page
    parts: list[Content] = [tag("h2", title), tag("p", means, class_="soft")]
    if cells[:first]:
        parts.append(table(title, _CAPTION, heads, cells[:first]))
    if cells[first:]:
        summary = f"Show {plural(len(cells[first:]), 'creative')}" if not first else f"Show {len(cells[first:])} more"
        more = table(f"{title}, the rest", _CAPTION, heads, cells[first:])
        parts.append(tag("details", tag("summary", summary), more))
    if len(rows) > SHOWN_MAX:
        rest = plural(len(rows) - SHOWN_MAX, "more is", "more are")
        parts.append(tag("p", f"{rest} in the CSV beside this page.", class_="soft"))
    return tag("section", *parts, id=action)


def _cells(row: Row, over: Scale, currency: str) -> list[Content]:
    badge = tag("span", WORDS.get(row["verdict"], row["verdict"]), class_="badge")
    where = tag("span", badge, f"{scope(row)} · {row['comparison'] or 'observational'}", class_="scope")
    return [joined([creative(row), where, tag("span", row["reason"], class_="why")]), _net(row, over, currency),
            count(row["clicks"]), *(money(row[name]) for name in ("cost", "revenue", "profit"))]  # fmt: skip


def _net(row: Row, over: Scale, currency: str) -> Content:
    """The bar against the target, and the same in figures."""
    span = _span(row)
    if span.value is None or (span.low is None and span.high is None):
        return tag("span", "too little to say", class_="soft")
    figures = f"{each(span.value)} ({each(span.low)} to {each(span.high)})"
    words = f"net per click {figures} {currency}; 0 just meets the target"
    return joined([bar(span, over, 0.0, words), tag("span", figures, class_="figures")])


def _span(row: Row) -> Span:
    return Span(row["net_per_click"], row["net_per_click_low"], row["net_per_click_high"])


def _name(action: str) -> str:
    return ACTIONS.get(action, (action, ""))[0]
