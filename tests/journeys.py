"""This module owns the tests' notation for journeys, and a short way from payload items to built marts, without HTTP.

journey("A B A => 30")     clicks on the creatives A, B and A, one hour apart; an hour later an order worth 30
journey("A 8d B => 10")    a gap of its own instead of the hour: 8d, 90m, 30s, 7d1us, 0s
journey("A(email) B")      the first click came over the network `email`; without a word, over facebook
journey("(direct)")        a visit that shows no ad
journey("A~ B => 30")      A was seen and not clicked
journey("A* B => 30")      the conversion names A's click_id besides the visitor
journey("A => lead")       another kind, without money; `=> lead 5` with it, `=> 0` an order over nothing
journey("A => 30 -10")     ten of the order go back, an hour later
journey("A =>? 30")        a conversion that says neither who nor which click

books = Books(tmp_path)                     # kind="arbitrage", timezone=… as in whichad.toml
books.post(*journey("A => 30"))             # one delivery
books.ready()                               # journal → record
books.query("select rule, creative_id, conversions from creative_credit")   # makes what it asks for, in memory
books.build()                               # journal → record → work.duckdb: every model, every check
"""

import dataclasses
import hashlib
import itertools
import re
import shutil
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import duckdb
import ondemand
import orjson
from looking import look

from analytics.build import Inputs, build
from analytics.config import AnalyticsSettings
from analytics.publish import publish
from analytics.verify import verify
from analytics.version.marts import HISTORY
from ingest import decisions
from ingest.archive.settings import Retention
from ingest.archive.upkeep import Upkeep
from ingest.config import Sender
from ingest.door.keeping import new_delivery_id, pack
from ingest.items.context import Context
from ingest.journal import Journal
from ingest.payload import parse_item
from ingest.segments.segment import Delivery
from ingest.store import Drained, Record, drain
from ingest.world import Ledger, Parcel, World, fresh_secrets, toml_settings

NOW = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 (stored times are naive UTC)
FIRST_ARRIVAL = NOW - timedelta(hours=1)
START = datetime(2026, 9, 14, 8, 0)  # noqa: DTZ001 (the same)
HOUR = timedelta(hours=1)
DELIVERY_ITEMS = 400
Item = dict[str, Any]

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "us": "microseconds"}
_GAP = re.compile(r"(?:\d+(?:us|[dhms]))+")
_TOUCH = re.compile(r"([A-Z]\w*)?(?:\((\w+)\))?([*~])?")


def journey(text: str, who: str = "v", start: datetime = START, **more: Any) -> list[Item]:
    """The items of one visitor's journey; `more` are fields of every click. Creative A has the text of `shown`."""
    return _Teller(who, start, more).tell(text.split())


def shown(name: str, who: str = "v") -> str:
    """The ad text of a creative in a visitor's journey: two journeys never share a creative."""
    return f"Ad {name} of {who}"


def item(kind: str, identity: str, at: datetime | str = START, **more: Any) -> Item:
    """One interaction; a field that is None is left out."""
    when = at if isinstance(at, str) else f"{at.isoformat()}Z"
    fields = {"type": kind, "id": identity, "occurred_at": when, **more}
    return {name: value for name, value in fields.items() if value is not None}


def report(day: date | str, cost: str | None = "0", level: str = "ad", **more: Any) -> Item:
    """A report of an ad, ad set or campaign on facebook in account act_1; `stated` is when the platform said so."""
    fields = {"type": "report", "day": str(day), "level": level, "cost": cost, "network": "facebook",
              "account_id": "act_1", "occurred_at": more.pop("stated", None), **more}  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


class Books:
    """One set of books in a folder: a journal, the record made of it, the build, what is published."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """`settings` are those of whichad.toml, such as kind="arbitrage" or conversions={…}."""
        # Little worlds gain nothing by a second thread, and pay a tenth of a build for it.
        threads = {} if ondemand.WHOLE else {"refresh": {"threads": 1}}
        self.settings = AnalyticsSettings(data_dir=folder / "data", **(threads | settings))
        self._journal: Journal | None = None
        self._seconds = itertools.count()
        self._on_demand: tuple[ondemand.OnDemand, datetime] | None = None

    @classmethod
    def copied(cls, original: Path, folder: Path) -> Self:
        """Books of a copy, to be damaged, while the original stays for the other tests."""
        shutil.copytree(original, folder, dirs_exist_ok=True, symlinks=True)
        return cls(folder)

    def wrong(self) -> list[str]:
        """What does not add up, as `whichad verify` would name it."""
        return [line.what for line in verify(self.settings) if not line.ok]

    def post(self, *items: Item, sender: str = "shop", at: datetime | None = None, repeats: str | None = None) -> None:
        """Put one delivery on disk, received at `at` (naive UTC), else one second after the one before."""
        received = at or FIRST_ARRIVAL + timedelta(seconds=next(self._seconds))
        body = orjson.dumps(items)
        context = self._context(sender, received, hashlib.sha256(body).hexdigest())
        context = dataclasses.replace(context, repeats=repeats)
        accepted = [parse_item(value, index, context).item for index, value in enumerate(orjson.loads(body))]
        moment = int(received.replace(tzinfo=UTC).timestamp()) * 1_000_000 + received.microsecond
        self._open().append(
            Delivery(new_delivery_id(moment), moment, sender, "accepted", "", "application/json",
                     hashlib.sha256(body).digest(), body, pack(accepted, []))
        )  # fmt: skip

    def refuse(self, sender: str, code: str) -> None:
        """A delivery that the door did not take, by the clock of the wall."""
        self._open().count_refusal(sender, code, 100)

    def decide(self, kind: str, subject: str, target: str | None = None) -> None:
        """A person's merge or un-merge."""
        decisions.append(self.settings.journal_dir, kind, subject, target, "test", "because")

    def load(self) -> Drained:
        """Seal the segment and drain the journal into the record."""
        self.close()
        with Record(self.settings.record_path) as record:
            return drain(record, self.settings.journal_dir)

    def archive(self, minutes: int = 0) -> None:
        """Load all that was posted, and seal it into the archive, so many minutes after NOW."""
        self.close()
        with Record(self.settings.record_path) as record:
            drain(record, self.settings.journal_dir)
            at = NOW + timedelta(minutes=minutes)
            Upkeep(self.settings.data_dir, Retention()).seal(record.connection, at)

    def close(self) -> None:
        """Seal the segment; what is posted next goes into another one."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def build(self, as_of: datetime = NOW) -> "Books":
        """Load, then build every model and run every check. Raises CheckFailedError."""
        self.load()
        self._build(as_of)
        return self

    def ready(self, as_of: datetime = NOW) -> "Books":
        """Load; each query then makes what it asks for, with its checks. What needs a file builds everything."""
        if ondemand.WHOLE:
            return self.build(as_of)
        self.load()
        self._on_demand = ondemand.OnDemand(self.settings.record_path, self.inputs(as_of)), as_of
        return self

    def _build(self, as_of: datetime) -> None:
        self._on_demand = None
        build(self.settings.work_path, self.settings.record_path, self.inputs(as_of))

    def _whole(self) -> None:
        """Build everything where only what is asked for was made."""
        if self._on_demand is not None:
            self._build(self._on_demand[1])

    def inputs(self, as_of: datetime = NOW) -> Inputs:
        """What a build as of that moment depends on besides the record."""
        return Inputs(as_of, self.settings)

    def publish(self, built_at: datetime = NOW) -> str:
        """Publish what was built; returns the version."""
        self._whole()
        return publish(self.settings.work_path, self.settings.published_link, built_at)

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection | ondemand.OnDemand]:
        """The built models, read-only: a connection, or what executes queries and makes what they ask for."""
        if self._on_demand is not None:
            yield self._on_demand[0]
            return
        connection = duckdb.connect(str(self.settings.work_path), read_only=True)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def changed(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The work file, to write in."""
        self._whole()
        connection = duckdb.connect(str(self.settings.work_path))
        try:
            yield connection
        finally:
            connection.close()

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the built models."""
        if self._on_demand is not None:
            return self._on_demand[0].execute(sql, parameters).fetchall()
        with self.opened() as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def tables(self, work: Path | None = None) -> dict[str, list[tuple[Any, ...]]]:
        """Every table of this or another work file, its rows in order; but for what speaks of arrival or of history."""
        self._whole()
        connection = duckdb.connect(str(work or self.settings.work_path), read_only=True)
        try:
            names = connection.execute(
                "select table_name from duckdb_tables() where table_name not in (select unnest(?::varchar[]))"
                " and not regexp_matches(table_name, '^(noted|history)_')",
                [["freshness", "built_from", *HISTORY]],
            ).fetchall()
            return {name: _rows(connection.sql(f"from {name} order by all")) for (name,) in names}
        finally:
            connection.close()

    def recorded(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the record."""
        with look(self.settings.record_path) as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def _open(self) -> Journal:
        self._journal = self._journal or Journal(self.settings.journal_dir, "w1", rows_max=100_000, seconds_max=3600)
        return self._journal

    def _context(self, sender: str, received: datetime, message_id: str) -> Context:
        known = self.settings.senders.get(sender, Sender())
        zone, currency = ZoneInfo(known.timezone or "UTC"), known.currency or "USD"
        return Context(sender, zone, currency, known.network, received, b"a key", message_id)


def _rows(relation: duckdb.DuckDBPyRelation) -> list[tuple[Any, ...]]:
    return relation.select(
        *(duckdb.ColumnExpression(name) for name in relation.columns if name != "received_at")
    ).fetchall()


@dataclass(frozen=True)
class Played:
    """A simulated world whose history was posted and built, and the exact account of what was sent."""

    world: World
    ledger: Ledger
    books: Books


def play(world: World, now: datetime, folder: Path) -> Played:
    """Post a world's history in deliveries of its senders, as of `now` (aware), and build it."""
    books = Books(folder, **tomllib.loads(toml_settings(world.kind, fresh_secrets(world.kind))))
    parcels = list(world.items_between(world.begin, now))
    by_sender: defaultdict[str, list[Parcel]] = defaultdict(list)
    for parcel in parcels:
        by_sender[parcel.sender].append(parcel)
    for sender, sent in by_sender.items():
        for first in range(0, len(sent), DELIVERY_ITEMS):
            due = sent[first : first + DELIVERY_ITEMS]
            received = datetime.fromtimestamp(due[-1].send_at / 1000, tz=UTC).replace(tzinfo=None)
            books.post(*(each.item for each in due), sender=sender, at=received)
    return Played(world, Ledger(world.zone, parcels), books.build(now.replace(tzinfo=None)))


class _Teller:
    """Reads a journey's words from left to right."""

    def __init__(self, who: str, start: datetime, more: dict[str, Any]) -> None:
        self._who, self._more = who, more
        self._at, self._gap = start - HOUR, HOUR
        self._items: list[Item] = []
        self._named: str | None = None  # the click that conversions name
        self._order: Item | None = None

    def tell(self, words: list[str]) -> list[Item]:
        for word in words:
            if _GAP.fullmatch(word):
                self._gap = sum((timedelta(**{_UNITS[u]: int(n)}) for n, u in re.findall(r"(\d+)(us|\w)", word)),
                                timedelta())  # fmt: skip
            elif word in ("=>", "=>?"):
                self._goal(anonymous=word == "=>?")
            elif self._order is not None and re.fullmatch(r"-?[\d.]+|[a-z_]+", word):
                self._of_order(self._order, word)
            elif (touch := _TOUCH.fullmatch(word)) and word not in "*~":
                self._click(*touch.groups())
            else:
                raise ValueError(f"{word!r} is no word of a journey")
        return self._items

    def _add(self, kind: str, **more: Any) -> Item:
        self._at += self._gap
        self._gap = HOUR
        self._items.append(item(kind, f"{self._who}-{len(self._items) + 1:02}", self._at, **more))
        return self._items[-1]

    def _click(self, name: str | None, network: str | None, mark: str | None) -> None:
        self._order = None
        text = {"referrerAdCreative": shown(name, self._who)} if name else {}
        fields = {"network": network or "facebook", "visitor_id": self._who, **text, **self._more}
        if mark == "~":
            self._add("impression", **fields)
            return
        click = self._add("click", **fields)
        click["click_id"] = f"c-{click['id']}"
        self._named = click["click_id"] if mark else self._named

    def _goal(self, anonymous: bool) -> None:
        whose = {} if anonymous else {"visitor_id": self._who, "click_id": self._named}
        self._order = self._add("conversion", conversion_kind="purchase", **whose)
        self._order["transaction_id"] = f"t-{self._order['id']}"

    def _of_order(self, order: Item, word: str) -> None:
        if word.startswith("-"):
            self._add("refund", revenue=word.removeprefix("-"), transaction_id=order["transaction_id"])
        else:
            order["revenue" if word[0].isdigit() else "conversion_kind"] = word
