"""This module owns the panels of the money ledger, of settlements, and of what changed of closed days since."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from dashboard import numbers
from dashboard.look import Look
from dashboard.pages.reconcile import ledger, restated
from dashboard.panels.panel import Column, Panel, Rows, Unit

NO_MONEY = "No money in this period: post reports with a cost, or conversions with revenue."
NO_CELLS = "No feed has settled anything of this period. A settlement is posted as `type: settlement`."
# Amounts of several currencies in one column: two digits, and the currency in a column of its own.
BARE: Unit = "times"
_KEYS = ("offer_id", "campaign_id", "ad_id", "country", "landing_page", "sub_id")


def fill_sheet(look: Look) -> Rows:
    """Where all money went: in, its buckets, and the sum line, with as many digits as it takes to add up."""
    lines = ledger.sheet(look)
    rows: list[dict[str, object]] = []
    for line in lines:
        bucket, side, currency = (str(line[name]) for name in ("bucket", "side", "currency"))
        title, meaning = ledger.BUCKETS.get(bucket, (bucket.replace("_", " "), ""))
        ends = {"in": (f"{_side(side)} in", "everything that was stated"), "sum": _sum_words(bool(line.get("adds_up")))}
        title, meaning = ends.get(bucket, (title, meaning))
        rows.append({
            "id": f"{side}|{currency}|{bucket}", "title": title, "currency": currency, "meaning": meaning,
            "amount": float(str(line["amount"])), "share": line["share"], "strong": bucket in ends,
        })  # fmt: skip
    several = {str(line["currency"]) for line in lines} - {look.fresh.currency}
    places = places_of([line["amount"] for line in lines])
    columns = (
        Column("title", "Where it went", width=250),
        Column("amount", "Amount", BARE if several else "money", 150, places=places),
        Column("share", "Share", "share", 90),
        *([Column("currency", "Currency", width=90)] if several else []),
        Column("meaning", "Which means", width=430, wrap=True, sortable=False),
    )
    note = "In = the sum of the lines below it, exactly: money is counted in millionths. Every cent has a line."
    return Rows(columns, rows, note if rows else "", NO_MONEY)


def places_of(amounts: Sequence[object]) -> int:
    """How many digits after the point show every amount whole, so that what is shown adds up: 2 to 6."""
    digits = (-int(Decimal(str(each)).normalize().as_tuple().exponent) for each in amounts)
    return max(2, min(6, max(digits, default=2)))


def fill_accounts(look: Look) -> Rows:
    """The same by sender, network and account."""
    found = ledger.accounts(look)
    bare: Unit = BARE if set(found["currency"]) - {look.fresh.currency} else "money"
    rows = []
    for row in found.to_dict("records"):
        keys = [str(row[name]) for name in ("side", "sender", "network", "account_id", "currency")]
        money = {name: _or_zero(row[name]) for name in ("came_in", "placed", "not_placed")}
        rows.append({
            **{name: _said(row[name]) for name in ("sender", "network", "account_id", "currency")}, **money,
            "id": "|".join(keys), "side": _side(keys[0]),
            "adds_up": "✓ adds up" if row["adds_up"] else "does NOT add up",
            "zone": "another zone" if row["mixed_day"] else "",
        })  # fmt: skip
    columns = (
        Column("side", "Side", width=150, wrap=True),
        Column("sender", "Sender", width=130),
        Column("network", "Network", width=110),
        Column("account_id", "Account", width=150),
        *([Column("currency", "Currency", width=90)] if bare == BARE else []),
        Column("came_in", "In", bare, 120, places=2),
        Column("placed", "With a place", bare, 120, "Direct, allocated, matched or counted", places=2),
        Column("not_placed", "Without", bare, 110, "All other lines of the ledger", places=2),
        Column("adds_up", "Proof", width=120),
        Column(
            "zone", "Its days", width=110, tip="Another zone: this sender's days begin at another moment than yours"
        ),
    )
    return Rows(columns, rows, "", NO_MONEY)


def fill_settlement(look: Look) -> Rows:
    """Every settled cell: what was stated, what its goals got, what no goal could get, and the factor."""
    rows = []
    for row in ledger.cells(look).to_dict("records"):
        cell = " · ".join(f"{name.removesuffix('_id')} {row[name]}" for name in _KEYS if isinstance(row[name], str))
        about = "|".join(str(row[name]) for name in ("day", "sender", "settles", *_KEYS, "currency"))
        rows.append({
            **{name: _known(row[name]) for name in ("stated", "amount", "shared", "unallocated", "estimated", "goals")},
            "settlement_factor": _known(row["settlement_factor"]), "id": about, "day": row["day"].date(),
            "who": row["sender"] if row["sender"] == row["settles"] else f"{row['sender']} settles {row['settles']}",
            "cell": cell or "all of the day", "currency": row["currency"],
        })  # fmt: skip
    columns = (
        Column("cell", "Cell", width=260, wrap=True),
        Column("day", "Day", "date", 100),
        Column("who", "Feed", width=130),
        Column("stated", "Stated", BARE, 100, "In the currency of the feed"),
        Column("currency", "Currency", width=86),
        Column("amount", "Counts", "money", 104, "Less finer cells of the day, in the reporting currency", places=2),
        Column("shared", "Its goals got", "money", 112, places=2),
        Column("unallocated", "Of no goal", "money", 104, places=2),
        Column("estimated", "Estimated at", "money", 112, places=2),
        Column("settlement_factor", "Factor", "times", 86, "What counts / what had been estimated"),
        Column("goals", "Goals", "count", 80),
    )
    return Rows(columns, rows, settled_sentence(look) if rows else "", NO_CELLS)


def settled_sentence(look: Look) -> str:
    """What feeds settled in the period: amount = shared + unallocated, and what became of the estimates."""
    found = ledger.settled(look)
    money = {name: numbers.money(_decimal(found[name]), look.fresh.currency, 2) for name in found if name != "adds_up"}
    said = f"{int(str(found['cells'])):,} cells count {money['amount']} = {money['shared']} that goals got"
    said += f" + {money['unallocated']} of no goal{'' if found['adds_up'] else ', which does NOT add up'}."
    amount, estimated = _decimal(found["amount"]), _decimal(found["estimated"])
    if amount is not None and estimated:
        said += f" The estimates were {money['estimated']}: factor {numbers.times(amount / estimated)}."
    return said


def fill_restated(look: Look) -> Rows:
    """What changed of closed days since, by cause, the largest first."""
    rows = []
    for row in restated.changes(look).to_dict("records"):
        title, unit = restated.MEASURES.get(str(row["measure"]), (str(row["measure"]).replace("_", " "), "count"))
        amount = numbers.in_unit(row["change"], unit, str(row["currency"]), 2 if unit == "money" else None)
        rows.append({
            "id": "|".join(str(row[name]) for name in ("day", "measure", "causes", "currency")),
            "day": row["day"].date(), "measure": title, "why": restated.cause_words(str(row["causes"])),
            "change": row["change"], "said": f"{'+' if row['change'] > 0 else ''}{amount}", "cells": row["cells"],
            "noted_at": row["noted_at"].to_pydatetime(),
        })  # fmt: skip
    columns = (
        Column("measure", "What", width=170),
        Column("day", "Of the day", "date", 104),
        Column("said", "Changed by", width=120, sortable=False),
        Column("why", "Because", width=320, wrap=True),
        Column("cells", "Cells", "count", 78, "Creative × sender × network × campaign"),
        Column("noted_at", "Noted (UTC)", "moment", 156),
    )
    closed = restated.closed(look)
    if not closed:
        empty = "No day of this period has closed under whichad's eyes yet. From then on every change stands here."
    else:
        days = f"{closed:,} closed {'days of this period stand as they were' if closed > 1 else 'day stands as it was'}"
        empty = f"Nothing changed: {days} closed."
    return Rows(columns, rows, "", empty)


def _sum_words(adds_up: bool) -> tuple[str, str]:
    return ("Sum of the lines", "✓ equals what came in" if adds_up else "does NOT equal what came in")


def _side(side: str) -> str:
    return ledger.SIDES.get(side, side.replace("_", " ").capitalize())


def _said(value: object) -> str:
    return value if isinstance(value, str) else ""


def _known(value: object) -> float | None:
    return float(str(value)) if value is not None and not pd.isna(value) else None  # type: ignore[call-overload]


def _or_zero(value: object) -> float:
    return _known(value) or 0.0  # no bucket of that sort: nothing went there


def _decimal(value: object) -> float | None:
    return None if value is None else float(str(value))


PANELS = (
    Panel("reconcile-ledger", "Where all money went", "grid", "money_ledger", fill_sheet, 480),
    Panel("reconcile-accounts", "The ledger by sender and account", "grid", "money_ledger", fill_accounts, 340),
    Panel("reconcile-settlement", "Settled cells", "grid", "settlement_cells", fill_settlement, 340),
    Panel("reconcile-restated", "What changed of closed days since", "grid", "restatements", fill_restated, 320),
)
