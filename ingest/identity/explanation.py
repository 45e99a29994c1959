"""This module owns the answer to "why is this text that creative?": its steps, its places, its aliases, its decisions.

Rows of (what, value, detail), in the order in which one would tell it. A plain text is explained without a record.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from ingest.creative import ad_identity, explain, identify, variant_id
from ingest.identity.rule_sets import DEFAULT, Moves, in_force, rule_set
from ingest.store.record import read_record

COLUMNS = ["what", "value", "detail"]
Row = tuple[str, str | None, str | None]
_CREATIVE_ID = re.compile(r"rac\d+_[0-9a-f]{32}")
_AD_ID = re.compile(r"ad1_[0-9a-f]{32}")
_VARIANT_ID = re.compile(r"[0-9a-f]{32}")
ROWS_MAX = 50  # of raw texts, and of places: a placeholder stands at thousands of ads

_VARIANTS = """
select v.variant_id, v.creative_raw, v.first_seen, v.rules, coalesce(n.interactions, 0)
from creative_variants v
left join (
  select variant_id, cast(sum(count) as bigint) as interactions from interactions group by variant_id) n
  using (variant_id)
where v.creative_id = $id or v.variant_id = $id order by v.first_seen, v.variant_id limit $limit
"""
_PLACES = """
select t.sender, t.network, t.account_id, t.ad_id, min(t.first_seen) from texts_seen t
join creative_variants v using (variant_id) where v.creative_id = $id or v.variant_id = $id
group by all order by all limit $limit
"""
_ALIASES = """
select a.kind, a.reason, a.creative_id, b.creative_text, a.canonical_id, c.creative_text
from creative_aliases a left join creatives b on b.creative_id = a.creative_id
left join creatives c on c.creative_id = a.canonical_id
where a.creative_id = $id or a.canonical_id = $id order by a.creative_id <> $id, a.creative_id
"""
_DECIDED = """
select decided_at, kind, subject, object, actor, reason, decision_id from decisions
where kind in ('merge', 'unmerge') order by decided_at, decision_id
"""
_TERMS = """
select distinct i.term from interactions i join creative_variants v using (variant_id)
where v.creative_id = ? and i.term is not null limit 1000
"""
_LONGER = """
select o.creative_text from creative_variants m
join texts_seen t on t.variant_id = m.variant_id and t.ad_id is not null
join texts_seen u on u.ad_id = t.ad_id and u.network is not distinct from t.network
  and u.account_id is not distinct from t.account_id
join creative_variants o on o.variant_id = u.variant_id
where m.creative_id = $id and length(o.creative_key) > length(m.creative_key)
  and contains(o.creative_key, rtrim(m.creative_key, '. \ufffd'))
order by length(o.creative_key) desc, o.creative_text limit 1
"""


def explained(record: Path, what: str) -> list[Row]:
    """Rows of COLUMNS about a text, a creative_id or a variant_id. Empty where an id is unknown. Raises RecordError."""
    is_id = _CREATIVE_ID.fullmatch(what) or _AD_ID.fullmatch(what) or _VARIANT_ID.fullmatch(what)
    if not is_id and not record.exists():
        return list(_steps(what, DEFAULT))
    with read_record(record) as connection:
        if _AD_ID.fullmatch(what):
            return list(_about_ad(connection, what))
        if is_id:
            return list(_about_creative(connection, what))
        version = in_force(connection)
        creative_id = rule_set(version)(what).creative_id
        known = list(_about_creative(connection, creative_id or variant_id(what), without=what))
        unseen: list[Row] = [] if known else [("seen", "never", "The record holds no text of this creative.")]
        return [*_steps(what, version), *known, *unseen]


def listed(record: Path, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows of one query of ours over the record. Raises RecordError."""
    with read_record(record) as connection:
        cursor = connection.execute(query)
        return [column[0] for column in cursor.description or []], cursor.fetchall()


def _steps(raw: str, version: str) -> Iterator[Row]:
    """What the rules make of one raw text, step by step."""
    yield "raw", raw, f"variant {variant_id(raw)}"
    if version == DEFAULT:
        for step, text in explain(raw):
            yield f"step: {step}", text, _STEPS.get(step)
    found = rule_set(version)(raw)
    yield "text", found.text, version
    yield "status", found.status, _STATUSES.get(found.status)
    yield "flags", " ".join(found.flags) or None, None
    yield "key", found.key, "as compared: case, width, quotes and dashes aside"
    yield "creative_id", found.creative_id, None


_STEPS = {
    "surrogates": "halves of a character joined, or replaced",
    "percent": "residual %XX decoded",
    "plus": "residual + read as spaces",
    "entities": "HTML entities decoded",
    "clean": "one kind of space, nothing invisible, outer quotes off",
    "unwind": f"still decoding after the most passes that {DEFAULT} makes",
}
_STATUSES = {
    "partial_macro": "a macro is left in the text",
    "unresolved_macro": "a macro and nothing else: no text",
    "placeholder": "what templates have where no text was filled in: no text",
    "missing": "nothing that shows",
}


def _about_creative(connection: duckdb.DuckDBPyConnection, asked: str, without: str | None = None) -> Iterator[Row]:
    """What the record knows of a creative, or of a text without one; steps of all raw texts but `without`."""
    found = {"id": asked, "limit": ROWS_MAX}
    variants = connection.execute(_VARIANTS, found).fetchall()
    if _VARIANT_ID.fullmatch(asked) and variants:
        named = rule_set(variants[0][3])(variants[0][1]).creative_id
        if named:
            yield "variant", asked, f"of the creative {named}"
            asked = found["id"] = named
            variants = connection.execute(_VARIANTS, found).fetchall()
    for variant, raw, first_seen, version, interactions in variants:
        if raw != without:
            yield from _steps(raw, version)
        yield "interactions", str(interactions), f"first {first_seen} UTC, variant {variant}"
    for sender, network, account, ad, first_seen in connection.execute(_PLACES, found).fetchall():
        where = " / ".join(part or "?" for part in (network, account, ad)) if ad else network
        yield "place", " · ".join(part for part in (sender, where) if part), f"first {first_seen} UTC"
    yield from _looks(connection, asked)
    for kind, reason, alias, text, canonical, into in connection.execute(_ALIASES, {"id": asked}).fetchall():
        if alias == asked:
            yield f"counts as ({kind})", f"{canonical}: {into or 'not seen yet'}", reason
        else:
            yield f"has alias ({kind})", f"{alias}: {text}", reason
    yield from _decided(connection, asked)


def _looks(connection: duckdb.DuckDBPyConnection, creative_id: str) -> Iterator[Row]:
    """Flags that no text has by itself: they depend on what else was seen."""
    kinds = connection.execute("select kind from creative_aliases where creative_id = ?", [creative_id]).fetchall()
    if ("truncated",) in kinds:
        yield "flag: truncated", None, "It is cut off; see what it counts as."
    longer = connection.execute(_LONGER, {"id": creative_id}).fetchone()
    if longer:
        yield "flag: shorter_than_known_text", longer[0], "A longer text of the same ad contains it."
    terms = {identify(term).creative_id for (term,) in connection.execute(_TERMS, [creative_id]).fetchall()}
    if terms == {creative_id}:
        yield "flag: equals_terms", None, "It is the search term of its visits, not what their ad said."


def _decided(connection: duckdb.DuckDBPyConnection, creative_id: str) -> Iterator[Row]:
    moves = Moves(connection)
    for at, kind, subject, target, actor, reason, _ in connection.execute(_DECIDED).fetchall():
        named = [*moves.today(subject, at), *moves.today(target, at)]
        if creative_id in named or creative_id in (subject, target):
            yield (
                f"decided: {kind}",
                f"{subject}" + (f" into {target}" if target else ""),
                f"{at} UTC, {actor}: {reason}",
            )


def _about_ad(connection: duckdb.DuckDBPyConnection, asked: str) -> Iterator[Row]:
    """Which ad an `ad1_…` stands for: money without a text has the ad itself as its creative."""
    ads: list[tuple[Any, ...]] = connection.execute(
        "select network, account_id, ad_id, max(ad_name) from (select network, account_id, ad_id, ad_name"
        " from interactions union all select network, account_id, ad_id, ad_name from reports union all"
        " select network, account_id, ad_id, ad_name from ads) mentions where ad_id is not null group by all"
        " order by all"
    ).fetchall()
    for network, account, ad, name in ads:
        if ad_identity(network, account, ad) == asked:
            yield "ad", " / ".join(part or "?" for part in (network, account, ad)), name
            yield "creative_id", asked, "The ad itself: no one text of its own is known."
