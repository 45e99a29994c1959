"""This module owns the panels of who said what, and of what the gap is made of."""

from collections.abc import Hashable, Mapping, Sequence

import pandas as pd

from dashboard import numbers
from dashboard.figures import unfinished
from dashboard.look import Look
from dashboard.pages.reconcile import gaps
from dashboard.pages.reconcile.gap_figures import parts_figure, said_figure
from dashboard.pages.reconcile.gap_words import gap_sentence, place, total_sentence
from dashboard.pages.reconcile.gaps import PARTS, SAYERS, Choice
from dashboard.panels.panel import Column, Drawn, Panel, Rows, Unit
from dashboard.panels.shown import missing
from dashboard.state import link

NOBODY = (
    "Nothing to reconcile in this period: post reports of the ad account, settlements of the feed, or a shop's orders."
)
NO_GAP = "No gap: in this period everybody says what is counted here."


def fill_said(look: Look) -> Drawn:
    """What each said per day."""
    choice = gaps.chosen(look)
    days = gaps.days(look, choice)
    sums = {name: days[name].sum(min_count=1) for name in (*SAYERS, "observed")} if len(days) else {}
    told = [
        f"{title} {_amount(sums[name], choice, look)}"
        for name, title in SAYERS.items()
        if numbers.known(sums.get(name))
    ]
    said = f"{choice.title}, {numbers.days_between(look.period.first, look.period.last)}: "
    said += ", ".join([*told, f"counted here {_amount(sums['observed'], choice, look)}"]) + "." if sums else ""
    table = days[["day", *SAYERS, "observed", "gap"]].set_axis(
        ["Day", *SAYERS.values(), "Counted here", "Gap"], axis="columns"
    )
    words = said + _running(days, look) if sums else NOBODY
    figure = said_figure(days, choice, _currency(choice, look), look.scheme)
    return Drawn(unfinished.opened(figure, look.fresh.today.isoformat()), words, table)


def fill_parts(look: Look) -> Drawn:
    """Each day's gap as its parts, and the proof that they are all of it."""
    choice = gaps.chosen(look)
    days = gaps.days(look, choice)
    gap = days["gap"].sum(min_count=1) if len(days) else float("nan")
    parts = {part.column: float(days[part.column].sum()) for part in PARTS}
    told, adds_up = gaps.exact(look, choice)
    said = total_sentence(gap, parts, choice, look.fresh.currency)
    if told:
        proof = "The parts add up to the gap exactly" if adds_up else "The parts do NOT add up to the gap"
        said += f" {proof}, in each of {told:,} rows."
    table = days[["day", "gap", *parts]].set_axis(["Day", "Gap", *(part.title for part in PARTS)], axis="columns")
    figure = parts_figure(days, choice, _currency(choice, look), look.scheme)
    unfinished.opened(figure, look.fresh.today.isoformat())
    return Drawn(figure, said + _running(days, look, bars=True), _with_sum(table))


def fill_campaigns(look: Look) -> Rows:
    """Each campaign over the period, the largest gap first, with a sentence."""
    choice = gaps.chosen(look)
    rows = []
    for row in gaps.campaigns(look, choice).to_dict("records"):
        about = f"{row['network']}|{row['account_id']}|{row['campaign_id']}|{row['against']}"
        named = isinstance(row["campaign_id"], str)
        own = {"href": link("/reconcile", look.state, campaign=row["campaign_id"], of=look.state.of)} if named else {}
        rows.append({**_cell(row, choice, look), "id": about, "days": row["days"], **own})
    columns = (
        Column("place", "Campaign", width=200, wrap=True),
        Column("sentence", "What differs, and why", width=440, wrap=True, sortable=False),
        *_amounts(choice, rows),
        Column("days", "Days", "count", 74),
    )
    note = "A campaign's name leads to its own days. Gap: what the other one said less what is counted here."
    return Rows(columns, rows, note if rows else "", NOBODY)


def fill_cells(look: Look) -> Rows:
    """Each campaign's day that has a gap, the largest first, with the parts that occur."""
    choice = gaps.chosen(look)
    rows = []
    for row in gaps.cells(look, choice).to_dict("records"):
        about = "|".join(str(row[name]) for name in ("day", "network", "account_id", "campaign_id", "against"))
        parts = {part.column: row[part.column] for part in PARTS}
        rows.append({**_cell(row, choice, look), **parts, "id": about, "day": row["day"].date()})
    columns = (
        Column("place", "Campaign", width=230, wrap=True),
        Column("day", "Day", "date", 100),
        *_amounts(choice, rows),
        *(
            Column(part.column, part.title, _unit(choice), 112, part.said, places=_places(choice))
            for part in PARTS
            if any(row[part.column] for row in rows)
        ),
    )
    note = f"The {gaps.ROWS_MAX} largest gaps." if len(rows) == gaps.ROWS_MAX else ""
    return Rows(columns, rows, note, NO_GAP)


def _cell(row: Mapping[Hashable, object], choice: Choice, look: Look) -> dict[str, object]:
    return {
        "place": place(row),
        "sentence": gap_sentence(row, choice, look.fresh.currency),
        **{name: row[name] for name in (*SAYERS, "observed", "gap")},
    }


def _amounts(choice: Choice, rows: Sequence[Mapping[str, object]]) -> list[Column]:
    """What was said, counted, and differs; who says nothing at all has no column."""
    spoke = {name: title for name, title in SAYERS.items() if any(not missing(row[name]) for row in rows)}
    titles = {**spoke, "observed": "Counted here", "gap": "Gap"}
    return [Column(name, title, _unit(choice), 100, places=_places(choice)) for name, title in titles.items()]


def _unit(choice: Choice) -> Unit:
    # Money of another currency must not wear the reporting one's sign: `times` writes the bare number with two digits.
    return "times" if choice.currency else choice.unit


def _places(choice: Choice) -> int | None:
    return 2 if choice.unit == "money" else None


def _running(days: pd.DataFrame, look: Look, bars: bool = False) -> str:
    """Of a figure whose last day is today, that it is not over."""
    there = len(days) and days["day"].max() >= pd.Timestamp(look.fresh.today)
    return f" {unfinished.words(bars=bars)}" if there else ""


def _with_sum(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return table
    sums = table.drop(columns="Day").sum(min_count=1)
    return pd.concat([table.assign(Day=table["Day"].dt.strftime("%Y-%m-%d")), pd.DataFrame([{"Day": "Sum", **sums}])])


def _currency(choice: Choice, look: Look) -> str:
    return choice.currency or look.fresh.currency


def _amount(value: float, choice: Choice, look: Look) -> str:
    return numbers.in_unit(value, choice.unit, _currency(choice, look), 2 if choice.unit == "money" else None)


PANELS = (
    Panel("reconcile-said", "Who said what", "figure", "reconciliation", fill_said, 340, wide=False, timeline=True),
    Panel(
        "reconcile-parts",
        "What the gap is made of",
        "figure",
        "reconciliation",
        fill_parts,
        340,
        wide=False,
        timeline=True,
    ),
    Panel("reconcile-campaigns", "The largest gaps", "grid", "reconciliation", fill_campaigns, 420, row_height=66),
    Panel("reconcile-cells", "Day by day", "grid", "reconciliation", fill_cells, 420, row_height=52),
)
