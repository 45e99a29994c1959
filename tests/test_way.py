"""This module owns the promise of `why`: the cells it names are those that change when the item is taken away."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from journeys import START, Books, Item, item, journey, report

from analytics.config import AnalyticsSettings
from analytics.plan import header, sql
from analytics.why.cells import AMOUNTS, cells
from analytics.why.way import whole
from analytics.why.without import worlds
from ingest.inspecting.judged import Counted

AD = {"network": "facebook", "account_id": "act_1", "campaign_id": "7", "adset_id": "70", "ad_id": "9", "country": "US"}
SILENT = {"network": "facebook", "account_id": "act_1", "campaign_id": "8", "ad_id": "10"}
VISIT = {"click_id": "k1", "visitor_id": "v1", "referrerAdCreative": "Quiet SUVs of 2026", **AD}
PAID = {"network": "tiktok", "account_id": "tt", "campaign_id": "11", "referrerAdCreative": "Unsold boats"}
DAY = START.date()
Posted = list[tuple[str, list[Item]]]


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


SHOP: Posted = [
    ("shop", journey("A B => 30 -10", **AD)),
    ("shop", journey("A(email) B* => 20", who="w", cost="0.5")),
    ("shop", journey("A => lead", who="x", **AD)),
    ("shop", journey("A", who="t", traffic="test", **AD)),
    ("shop", [item("click", "s1", **SILENT, visitor_id="y"), item("impression", "i1", **SILENT, count=40, cost="0.2")]),
    ("shop", [item("click", "s2", **SILENT, visitor_id="z", cost="0.3"),
              item("conversion", "s3", at(1), conversion_kind="purchase", transaction_id="t9", visitor_id="z",
                   revenue="12")]),
    ("shop", [{"type": "ad", "id": "a1", "network": "facebook", "account_id": "act_1", "ad_id": "10",
               "valid_from": "2026-09-01T00:00:00Z", "referrerAdCreative": "Roof repair in your town"}]),
    ("ads", [report(DAY, "5", ad_id="9", campaign_id="7", adset_id="70", impressions=900, clicks=4, id="r1")]),
    ("ads", [report(DAY, "6", ad_id="9", campaign_id="7", adset_id="70", impressions=950, clicks=5, id="r2")]),
    ("ads", [report(DAY, "9", "campaign", campaign_id="7", id="r3")]),
    ("ads", [report(DAY, "2", ad_id="10", campaign_id="8", id="r4")]),
    ("shop", [item("conversion", "o9", at(30), conversion_kind="purchase", transaction_id="t77", revenue="4")]),
]  # fmt: skip
ARBITRAGE: Posted = [
    ("tracker", [item("click", "c1", **VISIT), item("landing_view", "l1", at(0.01), **VISIT),
                 item("search_click", "q1", at(0.02), click_id="k1"),
                 item("results_view", "p1", at(0.03), click_id="k1"),
                 item("click", "c2", **VISIT | {"click_id": "k2", "visitor_id": "v2"}),
                 item("landing_view", "l2", at(0.01), click_id="k2"),
                 item("click", "c3", at(2), **VISIT | {"click_id": "k3", "referrerAdCreative": "Unsold boats"}),
                 item("search_click", "q3", at(2.1), click_id="k3"),
                 item("results_view", "p3", at(2.2), click_id="k3")]),
    ("feed", [item("ad_click", "m1", at(0.04), click_id="k1", revenue="0.40", revenue_stage="pre_estimated")]),
    ("feed", [item("revenue", "m2", at(20), click_id="k1", revenue="0.50", revenue_stage="estimated")]),
    ("feed", [item("revenue", "m3", at(40), click_id="k1", revenue="0.45", revenue_stage="final")]),
    ("feed", [item("ad_click", "m4", at(3), click_id="k3", revenue="1.10", revenue_stage="estimated")]),
    ("feed", [{"type": "settlement", "id": "e1", "day": str(DAY), "campaign_id": "7", "revenue": "0.9"}]),
    ("ads", [report(DAY, "3", ad_id="9", campaign_id="7", adset_id="70", clicks=4, id="r1")]),
    ("ads", [report(DAY, "4", "adset", campaign_id="7", adset_id="70", clicks=6, id="r2")]),
    ("mirror", [report(DAY, "3.5", ad_id="9", campaign_id="7", adset_id="70", clicks=4, id="r3")]),
    ("feed", [{"type": "settlement", "id": "e2", "day": str(DAY), "revenue": "1.2"}]),
    # Costs of clicks that are scaled down to their campaign's report; one click is told twice.
    ("tracker", [item("click", "c8", **PAID | {"ad_id": "20", "click_id": "k8", "cost": "2"}),
                 item("click", "c9", **PAID | {"ad_id": "21", "click_id": "k9", "cost": "3"})]),
    ("pixel", [item("click", "c10", at(1), **PAID | {"ad_id": "20", "click_id": "k8", "cost": "2.5"})]),
    ("ads", [report(DAY, "4", "campaign", campaign_id="11", network="tiktok", account_id="tt", id="r5")]),
    ("ads", [report(DAY, "1", "campaign", campaign_id="12", network="tiktok", account_id="tt", id="r6")]),
]  # fmt: skip
WORLDS = {"shop": SHOP, "arbitrage": ARBITRAGE}
ALL = [(kind, each["id"]) for kind, world in WORLDS.items() for _, items in world for each in items]
# A few sorts for the suite: what counts itself, and what is counted through others. The rest is long.
SOME = [("shop", name) for name in ("v-03", "r2")]
SOME += [("arbitrage", "m3")]
Changes = dict[tuple[Any, ...], dict[str, Any]]


def posted(folder: Path, kind: str, world: Posted) -> Books:
    books = Books(folder, kind=kind, timezone="UTC")
    for sender, items in world:
        books.post(*items, sender=sender)
    books.build()
    return books


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Books]:
    """Both worlds, built and published once."""
    made: dict[str, Books] = {}

    def of(kind: str) -> Books:
        if kind not in made:
            made[kind] = posted(tmp_path_factory.mktemp(kind), kind, WORLDS[kind])
            made[kind].publish()
        return made[kind]

    return of


def counted(settings: AnalyticsSettings, what: str) -> Counted:
    (found,) = [way.counted for way in whole(settings, what) if way.counted]
    return found


# What they learned from closed days stays as it was when an item is asked for; a build without it learns otherwise.
FITTED = {"markov", "shapley"}


def named(settings: AnalyticsSettings, asked: Counted) -> Changes:
    """What `why` says: mart and key → measure → amount."""
    with worlds(settings, asked) as of:
        found = [cell for cell in cells(of) if cell.amounts and cell.key.get("rule") not in FITTED]
        return {(c.mart, *c.key.values()): {m: Decimal(a) for m, (a, _) in c.amounts.items()} for c in found}


def changed(before: Path, after: Path) -> Changes:
    """What differs between two builds, row by row of every mart with amounts; nothing of `why` has a part in it."""
    told_twice = {"settlement_factor", "landing_sessions", "sessions_before", "step_order", "revenue_squared",
                  "mixed_day", "key_hash", "against", "share"}  # fmt: skip
    found: Changes = {}
    for sign, path in ((1, before), (-1, after)):
        connection = duckdb.connect(str(path), read_only=True)
        for mart in AMOUNTS:
            grain = header(sql("models", mart)).grain
            cursor = connection.execute(f"from {mart}")
            names = [column[0] for column in cursor.description or []]
            for values in cursor.fetchall():
                row = dict(zip(names, values, strict=True))
                if row.get("rule") in FITTED:
                    continue
                cell = found.setdefault((mart, *(row[name] for name in grain)), {})
                for name in set(names) - {*grain, *told_twice}:
                    cell[name] = cell.get(name, Decimal(0)) + sign * Decimal(row[name] or 0)
        connection.close()
    kept = {key: {name: amount for name, amount in cell.items() if amount} for key, cell in found.items()}
    return {key: cell for key, cell in kept.items() if cell}


def hold(books: Books, kind: str, identity: str, folder: Path) -> None:
    """The cells that are named for an item are those that change when it was never sent, all of them, to the cent."""
    world = [(sender, [each for each in items if each["id"] != identity]) for sender, items in WORLDS[kind]]
    other = posted(folder, kind, world)
    assert named(books.settings, counted(books.settings, identity)) == changed(
        books.settings.work_path, other.settings.work_path
    )


@pytest.mark.parametrize(("kind", "identity"), SOME)
def test_the_cells_it_names_are_those_that_change_without_it(
    books: Callable[[str], Books], tmp_path: Path, kind: str, identity: str
):
    hold(books(kind), kind, identity, tmp_path)


@pytest.mark.parametrize(("kind", "identity"), [("shop", "r2"), ("arbitrage", "c1")])
def test_every_cell_is_published_with_at_least_what_it_names(books: Callable[[str], Books], kind: str, identity: str):
    made = books(kind)
    published = duckdb.connect(str(made.settings.published_link.resolve()), read_only=True)
    with worlds(made.settings, counted(made.settings, identity)) as of:
        found = cells(of)
    assert {cell.mart for cell in found} >= {
        "facts_daily",
        "creative_daily",
        {"v-01": "rac_health", "m3": "settlement_cells"}.get(identity, "money_ledger"),  # settled: no more, no less
    }
    for cell in found:
        where = " and ".join(f"{name} is not distinct from ?" for name in cell.key)
        rows = published.execute(f"from {cell.mart} where {where}", list(cell.key.values())).fetchall()
        names = [column[0] for column in published.description or []]
        for measure, (added, there) in cell.amounts.items():
            if added > 0 and there is not None and "bucket" not in cell.key:
                assert there >= added
            assert not rows or rows[0][names.index(measure)] == there
        assert len(rows) == 1 or all(there is None for _, there in cell.amounts.values())
    published.close()


@pytest.mark.long
@pytest.mark.parametrize(("kind", "identity"), [each for each in ALL if each not in SOME])
def test_the_cells_of_every_other_item_change_without_it(
    books: Callable[[str], Books], tmp_path: Path, kind: str, identity: str
):
    hold(books(kind), kind, identity, tmp_path)
