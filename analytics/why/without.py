"""This module owns the question "what would the marts be without it?", answered for one item and all that it touches.

An item counts where a build without it differs. Building everything twice would take minutes, so the same models
run twice over a neighbourhood only: what shares a click, an order, a visitor or, where the item alone speaks for
its ad, the ad. What lies outside is the same in both, and whatever is the same in both is no cell of the item.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from analytics.build import Inputs
from analytics.config import AnalyticsSettings
from analytics.inputs.joined import TABLES
from analytics.plan import MODELS, sql
from analytics.settlement import build_beneath
from analytics.why.arriving import arrive
from analytics.why.neighbourhood import ROWS_MAX, Near, gather
from analytics.work.attaching import attach
from ingest.inspecting.judged import Counted

WITH, WITHOUT = "with_it", "without_it"
# Small: taken as last built.
_FROZEN = (
    *TABLES, "steps_reported", "main_kind", "freshness", "platform_days", "credit_scopes", "markov_weights",
    "shapley_weights", "caps",
)  # fmt: skip
_OF_ADS = ("ads_known", "ad_identities", "ad_day_texts")
# They hold no amounts of an item, or follow from facts, or are taken as they were built.
_LATER = {
    "creative_aliases", "sender_activity", "creatives", "ad_daily", "rac_compliance", "text_flags", "scorecard_sums",
}  # fmt: skip
_PYTHON = {"settlement_beneath()": build_beneath}
STEPS = tuple(name for name in MODELS if name in _PYTHON or not (name.endswith("()") or name in {*_FROZEN, *_LATER}))
_ADS_NEAR = """
create table ads_near as select distinct ad_id from (
  select ad_id from record.interactions union all select ad_id from record.reports union all
  select ad_id from record.ads) a where ad_id is not null
"""
# Texts that others show as well lose no more than the item's own click: their weight in the sharing of costs.
_WEIGHED = f"""
select f.* exclude (clicks), cast(f.clicks - coalesce(g.clicks, 0) as bigint) as clicks
from frozen.ad_day_texts f left join (
  select network, account_id, ad_id, day, text_id, sum(n) as clicks from (
    select network, account_id, ad_id, day, text_id, traffic, type, count as n from {WITH}.texted union all
    select network, account_id, ad_id, day, text_id, traffic, type, -count from {WITHOUT}.texted) both_builds
  where type = 'click' and traffic = 'human' group by all) g
  on g.network is not distinct from f.network and g.account_id is not distinct from f.account_id
  and g.ad_id = f.ad_id and g.day = f.day and g.text_id = f.creative_id
"""  # noqa: S608 (our own names)

_CROWDED = "It alone says something of its ad, which has too many rows to say what they would be without it."
_MINE = "(select type from record.interactions where key_hash = $1 and traffic = 'human')"
# What concerns everybody is taken as it was built: it differs where the item is the only one of its kind.
_ALONE = {
    "Nobody else reports this step: without it, the sessions of all would be counted as if there were none.": f"""
select count(*) = 1 from work.identified
where traffic = 'human' and type not in ('click', 'impression', 'revenue', 'refund') and type in {_MINE}
""",  # noqa: S608 (our own names)
    "It is the only conversion of the kind that rates speak of: without it, they would speak of another.": f"""
select count(*) = 1 from work.goals g join work.main_kind m on m.kind = g.kind
where g.traffic = 'human' and g.type = 'conversion' and g.type in {_MINE}
""",  # noqa: S608 (our own names)
    "Nobody else reports of this day and network: without it, the day would be held against what trackers told.": """
select count(*) = 1 from work.reports_now r
join (select distinct day, network from record.reports where key_hash = $1) m
  on m.day = r.day and m.network is not distinct from r.network
""",
}
_KEY = "(select (sender, type, id, revenue_stage) from record.interactions where key_hash = $1)"
# The version of the item's key that the last build knew, and whether another one counts since.
_AS_BUILT = {
    "interactions": "create table frozen.versions as select content_hash as version from work.events"  # noqa: S608
    f" where (sender, type, id, revenue_stage) in {_KEY}",
    "reports": "create table frozen.versions as"
    " select epoch_us(stated_at) as version from work.reports_now where key_hash = $1",
}
_SINCE = {
    "interactions": f"select count(*) from {WITH}.events where (sender, type, id, revenue_stage) in {_KEY}"  # noqa: S608
    " and content_hash not in (from frozen.versions)",
    "reports": f"select count(*) from {WITH}.reports_now where key_hash = $1"  # noqa: S608
    " and epoch_us(stated_at) not in (from frozen.versions)",
}


@dataclass(frozen=True, slots=True)
class Worlds:
    """Both small builds, side by side: `with_it.<model>`, `without_it.<model>`, `published.<mart>`.

    `near` says what was taken into them. `built_as_of` is the moment of the last build, `published_as_of` that of
    the published file (naive UTC). `is_new`: the item was loaded after the last build. Where `is_complete` is not,
    too much is near, and neither was built. `record.removed` is the item, `record.versions` all of its key.
    """

    connection: duckdb.DuckDBPyConnection
    near: Near
    built_as_of: datetime
    published_as_of: datetime
    is_new: bool
    is_complete: bool
    notes: tuple[str, ...] = ()  # what else would differ without it, beyond what is near


@contextmanager
def worlds(settings: AnalyticsSettings, item: Counted) -> Iterator[Worlds]:
    """The two small builds of an item of the record. Raises RecordError where a database stays busy."""
    connection = duckdb.connect()
    try:
        connection.execute("set timezone = 'UTC'")
        for name in ("record", "frozen", WITH, WITHOUT):
            connection.execute(f"attach ':memory:' as {name}")
        with attach(connection, settings.work_path, "work"):
            _freeze(connection, "work", _FROZEN)
        as_of = _one(connection, "select as_of from frozen.freshness")
        inputs = Inputs(as_of, settings, _one(connection, "select newest_delivery from frozen.freshness"))
        with attach(connection, settings.record_path, "whole"):
            near = gather(connection, item, inputs)
        complete = near.rows <= ROWS_MAX
        with attach(connection, settings.work_path, "work"):
            is_new = complete and _is_new(connection, item, as_of)
            notes = [
                sentence for sentence, query in _ALONE.items() if complete and _one(connection, query, [item.key_hash])
            ]
            notes += [_CROWDED] if near.crowded else []
            if complete and not is_new:
                _freeze_ads(connection)
        with attach(connection, settings.published_link.resolve(), "published"):
            connection.execute("set threads = 1")  # what is near is small: threads cost more than they bring
            if complete and not is_new:
                arrive(connection, item)
                _build(connection, WITH, near, inputs)
                is_new = _is_newer(connection, item)
                _remove(connection, item)
                _build(connection, WITHOUT, near, inputs)
            published = _one(connection, "select as_of from published.freshness")
            yield Worlds(connection, near, as_of, published, is_new, complete, tuple(notes))
    finally:
        connection.close()


def _freeze(connection: duckdb.DuckDBPyConnection, of: str, names: tuple[str, ...]) -> None:
    for name in names:
        connection.execute(f"create table frozen.{name} as from {of}.{name}")


def _freeze_ads(connection: duckdb.DuckDBPyConnection) -> None:
    """What the last build knew of the ads and the texts that are near."""
    connection.execute("use frozen")
    connection.execute(_ADS_NEAR)
    for name in _OF_ADS:
        connection.execute(f"create table {name} as select t.* from work.{name} t semi join ads_near using (ad_id)")  # noqa: S608
    connection.execute(
        "create table text_flags as select t.* from work.text_flags t where ad_id in (from ads_near)"
        " or variant_id in (select variant_id from record.creative_variants)"
    )


def _build(connection: duckdb.DuckDBPyConnection, into: str, near: Near, inputs: Inputs) -> None:
    """Run the models of one build over what is near; what concerns everybody is taken from the last build."""
    connection.execute(f"use {into}")
    for name in (*_FROZEN, "ad_identities", "text_flags"):
        connection.execute(f"create view {name} as from frozen.{name}")
    bound = inputs.parameters
    for name in STEPS:
        if name in _PYTHON:
            _PYTHON[name](connection)
            continue
        text = sql("models", name)
        if name in _OF_ADS:
            text = _of_ads(name, text, near, into)
        given = {key: value for key, value in bound.items() if f"${key}" in text}
        connection.execute(f"create table {name} as\n{text}", given)


def _of_ads(name: str, text: str, near: Near, into: str) -> str:
    """What is known of ads: as last built, but for those that the item alone speaks for, which are worked out anew."""
    if not near.alone:
        return _WEIGHED if name == "ad_day_texts" and into == WITHOUT else f"from frozen.{name}"
    return (
        f"select m.* from ({text}\n) m semi join record.ads_alone a on a.ad_id = m.ad_id"  # noqa: S608
        f" and a.network is not distinct from m.network union all by name select f.* from frozen.{name} f"
        " anti join record.ads_alone a on a.ad_id = f.ad_id and a.network is not distinct from f.network"
    )


def _is_new(connection: duckdb.DuckDBPyConnection, item: Counted, as_of: datetime) -> bool:
    """Whether the last build did not know this key: models keep those of interactions and reports."""
    if item.received_at > as_of:
        return True
    if item.table not in _AS_BUILT:
        return False
    connection.execute(_AS_BUILT[item.table], [item.key_hash])
    return not _one(connection, "select count(*) from frozen.versions")


def _is_newer(connection: duckdb.DuckDBPyConnection, item: Counted) -> bool:
    """Whether the last build knew another version of this key than counts now."""
    return item.table in _AS_BUILT and bool(_one(connection, _SINCE[item.table], [item.key_hash]))


def _remove(connection: duckdb.DuckDBPyConnection, item: Counted) -> None:
    """Take the item out of what is near."""
    table, here = f"record.{item.table}", [item.delivery_id, item.index]
    connection.execute(f"create table record.versions as select * from {table} where key_hash = ?", [item.key_hash])  # noqa: S608
    connection.execute(f"create table record.removed as from {table} where delivery_id = ? and item_index = ?", here)
    connection.execute(f"delete from {table} where delivery_id = ? and item_index = ?", here)  # noqa: S608 (one of four)
    connection.execute("delete from record.loads")


def _one(connection: duckdb.DuckDBPyConnection, query: str, bound: list[object] | None = None) -> Any:
    row = connection.execute(query, bound or []).fetchone()
    return row[0] if row else None
