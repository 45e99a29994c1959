"""This module owns a tiny published file for the dashboard's tests: facts in, the agreed marts out, a symlink swung."""

import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
from dashboard_marts_sql import CARD_SQL, MARTS_SQL

HOSTILE = '<a href="https://evil.example/x">Win</a> <img src=x onerror=alert(1)> $x^2$ & **bold** =HYPERLINK("x")'
TEXTS = (
    "Quiet SUVs of 2026: prices may surprise you",
    "Dental implants near you, see today's costs",
    "Senior apartments with lifts, from $890 a month",
    HOSTILE,
    "Unsold boats are nearly given away. Search for offers close to home and compare before the season begins, "
    "because the best ones leave first; our guide explains how to read a listing, what to ask and what to avoid",
    "Warehouse jobs hiring this week 🚚 no experience needed",
    "Roof repair estimates in your town",
    "Online degrees you can finish in a year",
    "Solar panels: what the new rebate pays",
    "سيارات هجينة بأسعار مخفضة",
    "Cruises for over-60s, last cabins",
    "Back pain? Try this mattress",
    "Phone plans without a contract",
    "Best hearing aids, compared",
    "Cheap flights on Tuesdays",
    "Walk-in tubs: what they cost",
)
RATES = {"ctr": 0.019, "lp": 0.86, "search": 0.34, "serp": 0.93, "ad": 0.38, "cv": 0.031}


@dataclass(frozen=True)
class Fact:
    """One row of facts_daily; what is not named is zero."""

    day: date
    creative_id: str | None
    network: str = "facebook"
    campaign_id: str = "2384"
    country: str = "US"
    conversion_kind: str | None = None
    reported_impressions: int = 0
    reported_clicks: int = 0
    clicks: int = 0
    landing_views: int = 0
    search_clicks: int = 0
    results_views: int = 0
    ad_clicks: int = 0
    conversions: int = 0
    revenue: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True)
class World:
    """What goes into one published file."""

    facts: tuple[Fact, ...]
    texts: dict[str, str]
    kind: str = "arbitrage"
    as_of: datetime = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    target: float = 0.0
    clicks_min: int = 200

    @property
    def today(self) -> date:
        """The reporting day of `as_of`."""
        return self.as_of.astimezone(ZoneInfo("America/Los_Angeles")).date()


def creative_id(number: int) -> str:
    """A believable identity: the same number gives the same id."""
    return f"rac1_{random.Random(number).getrandbits(128):032x}"


def believable(kind: str = "arbitrage", days: int = 40, as_of: datetime | None = None) -> World:
    """Sixteen creatives on three networks for `days` days: winners, losers, newcomers, one hostile text."""
    today = World((), {}, as_of=as_of or World.as_of).today
    dice = random.Random(7)
    texts = {creative_id(number): text for number, text in enumerate(TEXTS)}
    facts = [
        fact
        for number, ident in enumerate(texts)
        for back in range(days if number % 5 else 3 + number // 2)
        for fact in _creative_day(dice, kind, ident, number, today - timedelta(days=back))
    ]
    facts += [Fact(today - timedelta(days=back), None, "taboola", "77", cost=9.5, revenue=4.0) for back in range(days)]
    return World(tuple(facts), texts, kind, as_of or World.as_of, target=0.0 if kind == "arbitrage" else 1.6)


def _creative_day(dice: random.Random, kind: str, ident: str, number: int, day: date) -> Iterable[Fact]:
    for network, campaign, country, share in (
        ("facebook", "2384", "US", 1.0),
        ("tiktok", "9917", "US", 0.5 * (number % 3)),
        ("taboola", "77", "CA", 0.3 * (number % 2)),
    ):
        clicks = int((60 + 14 * (16 - number)) * share * dice.uniform(0.7, 1.3) * (0.15 if number > 12 else 1))
        if clicks:
            yield _cell(dice, kind, ident, number, day, (network, campaign, country), clicks)


def _cell(
    dice: random.Random,
    kind: str,
    ident: str,
    number: int,
    day: date,
    cell: tuple[str, str, str],
    clicks: int,
) -> Fact:
    def part(count: int, rate: float) -> int:
        return sum(dice.random() < rate for _ in range(count))

    views = part(clicks, RATES["lp"])
    searches = part(views, RATES["search"] * (1.25 - number / 24))
    results = part(searches, RATES["serp"])
    ads = part(results, RATES["ad"])
    sold = part(clicks, RATES["cv"] * (1.3 - number / 20))
    shop = kind == "shop"
    return Fact(
        day, ident, *cell,
        conversion_kind=("lead" if number % 6 == 4 else "purchase") if shop else None,
        reported_impressions=int(clicks / RATES["ctr"]), reported_clicks=int(clicks * 1.04), clicks=clicks,
        landing_views=views, search_clicks=0 if shop else searches, results_views=0 if shop else results,
        ad_clicks=0 if shop else ads, conversions=sold if shop else 0,
        revenue=round(sold * dice.uniform(38, 64) if shop else ads * dice.uniform(0.9, 1.5), 6),
        cost=round(clicks * dice.uniform(0.75, 1.05) if shop else clicks * dice.uniform(0.08, 0.13), 6),
    )  # fmt: skip


def write(path: Path, world: World, version: str) -> None:
    """Write the marts of `world` to a new DuckDB file at `path`, as the contract names them."""
    names = [field.name for field in fields(Fact)]
    frame = pd.DataFrame([asdict(fact) for fact in world.facts], columns=names)
    frame["day"] = pd.to_datetime(frame["day"])
    texts = pd.DataFrame(list(world.texts.items()), columns=["creative_id", "creative_text"])
    con = duckdb.connect(str(path))
    try:
        con.register("given", frame)
        con.register("texts", texts)
        for statement in MARTS_SQL:
            con.execute(statement)
        last = world.today
        for days in (1, 3, 7, 14, 28, 0):
            _scorecard(con, world, days, last)
        _freshness(con, world, version)
    finally:
        con.close()


def _scorecard(con: duckdb.DuckDBPyConnection, world: World, days: int, last: date) -> None:
    first = min((fact.day for fact in world.facts), default=last) if not days else last - timedelta(days=days - 1)
    for scope, keys in (("all", ""), ("campaign", ", network, campaign_id, country")):
        con.execute(
            CARD_SQL.replace("/*keys*/", keys).replace(
                "/*cell*/", "network, campaign_id, country" if keys else "null, null, null"
            ),
            {
                "days": days, "scope": scope, "first": first, "last": last, "target": world.target,
                "objective": "profit_per_click" if world.kind == "arbitrage" else "roas", "least": world.clicks_min,
            },
        )  # fmt: skip


def _freshness(con: duckdb.DuckDBPyConnection, world: World, version: str) -> None:
    naive = world.as_of.astimezone(UTC).replace(tzinfo=None)
    arbitrage = world.kind == "arbitrage"
    con.execute(
        "insert into freshness values (?, ?, ?, ?, ?, 'America/Los_Angeles', 'USD', ?, ?, ?, ?, ?, 90, 2, 1,"
        " 'purchase', 2)",
        [
            naive - timedelta(seconds=40), naive - timedelta(seconds=38), naive, naive, version, world.kind,
            "same_click" if arbitrage else "last_paid", "profit_per_click" if arbitrage else "roas",
            world.target, len(world.facts),
        ],
    )  # fmt: skip


def publish(data_dir: Path, world: World, version: str) -> Path:
    """Write `published/<version>.duckdb` and swing `creatives.duckdb` to it, as the pipeline does."""
    folder = data_dir / "published"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{version}.duckdb"
    write(target, world, version)
    target.chmod(0o444)
    aside = data_dir / ".creatives.new"
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(data_dir / "creatives.duckdb")
    return target
