"""This module owns the restatement as people read it: what was said, what is said now, the difference, and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from analytics.history.sql import sql
from analytics.version.opened import check_published
from ingest.config import ConfigError

COLUMNS = ("day", "creative_id", "creative", "network", "campaign_id", "currency", "measure", "before", "now", "change",
           "why")  # fmt: skip
MONEY = ("revenue", "cost")
ORDER = (*MONEY, "clicks", "ad_clicks", "sessions", "impressions", "reported_clicks", "reported_impressions")
_PART_OF = {"cost_direct": ("cost", 1), "cost_allocated": ("cost", 1), "revenue_provisional": ("revenue", 1),
            "revenue_settled": ("revenue", 1), "refunds": ("revenue", -1)}  # fmt: skip
Cell = tuple[Any, ...]  # day, creative_id, network, campaign_id, currency; all but the currency None in a total


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared: `since` a closed day's or an older version's; None is each day's own closing."""

    since: str | None = None
    day: date | None = None
    creative: str | None = None


@dataclass(slots=True)
class Change:
    """How much a measure changed in a cell, by causes, and what is said now."""

    causes: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    now: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        """The change over all causes."""
        return sum(self.causes.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class Restatement:
    """Rows of COLUMNS, totals first; and all of it in a sentence."""

    rows: list[tuple[Any, ...]]
    sentence: str


def restatement(link: Path, asked: Asked) -> Restatement:
    """Compare what is published now with what was said before. Raises ConfigError where there is nothing to compare."""
    with _opened(link) as connection:
        base, since, older = _base(connection, link, asked)
        bound = {"day": asked.day, "creative": asked.creative}
        if older is not None:
            _attach(connection, older, "older")
            changed = connection.execute(sql("looking", "since_version"), bound).fetchall()
        else:
            changed = connection.execute(sql("looking", "since_closing"), bound | {"since": since}).fetchall()
        said = connection.execute(sql("looking", "now"), bound | {"all_days": older is not None})
        changes = _gathered(changed, said)
        texts = dict(connection.execute("select creative_id, creative_text from newer.creatives").fetchall())
        return Restatement(_rows(changes, texts), f"{base}: {_sentence(changes)}")


def _base(connection: duckdb.DuckDBPyConnection, link: Path, asked: Asked) -> tuple[str, int, Path | None]:
    """(the base in words, the step after which changes count, the older version). Raises ConfigError."""
    days = dict(connection.execute("select day, step from newer.closed_days order by day").fetchall())
    known = "select 1 from (from newer.creatives select creative_id union from newer.closings select creative_id) c"
    if asked.creative and not connection.execute(f"{known} where creative_id = ?", [asked.creative]).fetchone():
        raise ConfigError(f"Nothing names the creative {asked.creative}. The mart `creatives` lists them.")
    since = _as_day(asked.since)
    if asked.since and since is None:
        return f"Since the version {asked.since}", 0, _version(link, asked.since)
    for day in filter(None, (since, asked.day)):
        if day not in days:
            raise ConfigError(_not_closed(day, sorted(days)))
    if not days:
        raise ConfigError("No day is closed yet. The loop closes one with its first publish after the day's end.")
    if since is not None:
        return f"Since the closing of {since}", days[since], None
    if asked.day is not None:
        return f"Since the closing of {asked.day}", 0, None
    return f"Since each day's closing ({len(days)} days, {min(days)} to {max(days)})", 0, None


def _not_closed(day: date, days: list[date]) -> str:
    closed = f"Closed are {days[0]} to {days[-1]}." if days else "None is."
    return f"The day {day} has no closing. {closed} A day is closed by the first publish after its end."


def _as_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text and len(text) == len("2026-11-20") else None
    except ValueError:
        raise ConfigError(f"{text!r} is no day, such as 2026-11-20.") from None


def _version(link: Path, version: str) -> Path:
    kept = sorted((link.parent / "published").glob("*.duckdb"))
    for path in kept:
        if path.stem == version:
            return path
    raise ConfigError(f"There is no version {version!r}. Kept are: {', '.join(path.stem for path in kept)}.")


def _gathered(changed: Iterable[Cell], said: duckdb.DuckDBPyConnection) -> dict[tuple[Cell, str], Change]:
    """The changes by cell and measure, and the totals, whose cell has only a currency."""
    found: defaultdict[tuple[Cell, str], Change] = defaultdict(Change)
    for day, creative, network, campaign, kind, currency, part, causes, change in changed:
        measure, sign = _PART_OF.get(part, (part, 1))
        measure = f"conversions of {kind}" if measure == "conversions" else measure
        for cell in ((day, creative, network, campaign, currency), (None, None, None, None, currency)):
            found[cell, measure].causes[causes] += sign * change
    names = [column[0] for column in said.description or []][6:]
    for day, creative, network, campaign, kind, currency, *amounts in said.fetchall():
        for name, amount in zip(names, amounts, strict=True):
            measure = f"conversions of {kind}" if name == "conversions" else name
            for cell in ((day, creative, network, campaign, currency), (None, None, None, None, currency)):
                if amount and (cell, measure) in found:
                    found[cell, measure].now += Decimal(amount)
    return {key: change for key, change in found.items() if any(change.causes.values())}


def _rows(changes: dict[tuple[Cell, str], Change], texts: dict[str, str]) -> list[tuple[Any, ...]]:
    """Totals first, then the cells by how much money they moved."""

    def rank(entry: tuple[tuple[Cell, str], Change]) -> tuple[Any, ...]:
        (cell, measure), change = entry
        is_money = measure in MONEY
        return cell[0] is not None, not is_money, -abs(change.total), _nth(measure), str(cell)

    return [
        (cell[0], cell[1], "(all)" if cell[0] is None else texts.get(cell[1], ""), *cell[2:], measure,
         _plain(change.now - change.total, measure), _plain(change.now, measure), _plain(change.total, measure),
         _why(change, measure))
        for (cell, measure), change in sorted(changes.items(), key=rank)
    ]  # fmt: skip


def _sentence(changes: dict[tuple[Cell, str], Change]) -> str:
    totals = sorted(
        ((cell[4], measure, change) for (cell, measure), change in changes.items() if cell[0] is None),
        key=lambda found: (_nth(found[1]), found[1], found[0]),
    )
    several = len({currency for currency, *_ in totals}) > 1
    told = [
        f"{measure.replace('_', ' ')}{f' in {currency}' if several and measure in MONEY else ''} "
        f"{_signed(change.total, measure)} ({_why(change, measure)})"
        for currency, measure, change in totals
    ]
    return f"{', '.join(told)}." if told else "nothing changed; what was said stands."


def _why(change: Change, measure: str) -> str:
    """`settlement +11.00, late data +1.40`: every cause with its part, the largest first."""
    parts = sorted(((causes, part) for causes, part in change.causes.items() if part), key=lambda p: (-abs(p[1]), p[0]))
    return ", ".join(f"{' and '.join(c.split(',')).replace('_', ' ')} {_signed(part, measure)}" for c, part in parts)


def _nth(measure: str) -> int:
    return ORDER.index(measure) if measure in ORDER else len(ORDER)


def _plain(amount: Decimal, measure: str) -> Decimal | int:
    """Money with at least its cents, and with what it has beyond them; counts whole."""
    if measure not in MONEY:
        return int(amount)
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount.normalize()


def _signed(amount: Decimal, measure: str) -> str:
    return f"{_plain(amount, measure):+}"


@contextmanager
def _opened(link: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    check_published(link)
    with duckdb.connect() as connection:
        _attach(connection, link.resolve(), "newer")
        yield connection


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    quoted = str(path).replace("'", "''")
    connection.execute(f"attach '{quoted}' as {name} (read_only)")
    if not connection.execute(
        "select 1 from duckdb_tables() where database_name = ? and table_name = 'closed_days'", [name]
    ).fetchone():
        raise ConfigError(f"The version {path.stem} was published by an older whichad, and has no history in it.")
