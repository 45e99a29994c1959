"""This module owns what texts mean in the record: variants by the rules in force, creatives, learned ads, aliases.

All of it is a pure function of the texts seen and the decisions taken, so a better normalisation, a merge or
its undoing never rewrites an interaction: those carry the raw text's variant, never the identity.
"""

from collections import defaultdict
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from ingest import parsed
from ingest.identity.alias import Alias, Text, derive
from ingest.identity.rule_sets import Moves, RulesError, in_force, rule_set
from ingest.store.errors import RecordError

_NEW_VARIANTS = """
select n.variant_id, min(n.creative_raw), min(n.first_seen)
from texts_in n where n.variant_id not in (select variant_id from creative_variants)
group by n.variant_id order by n.variant_id
"""
_KNOWN_VARIANTS = "select variant_id, creative_raw, first_seen from creative_variants order by variant_id"
# What arrives late may have been seen earlier.
_EARLIER = """
update creative_variants v set first_seen = n.first_seen
from (select variant_id, min(first_seen) as first_seen from texts_in group by variant_id) n
where v.variant_id = n.variant_id and n.first_seen < v.first_seen
"""
# The text shown for a creative does not depend on the order of arrival; an ALL-CAPS test is not what people call it.
_CREATIVES = """
create or replace temp table creatives_now as
select v.creative_id,
  arg_min(v.creative_text, (v.creative_text = upper(v.creative_text), v.creative_text)) as creative_text,
  min(v.status) as status, min(t.first_seen) as first_seen
from creative_variants v
join (select variant_id, min(first_seen) as first_seen from texts_seen group by variant_id) t using (variant_id)
where v.creative_id is not null
group by v.creative_id
"""
_LEARNED_ADS = """
insert into ads (sender, stated_at, received_at, valid_from, network, account_id, ad_id, variant_id, origin,
  key_hash, content_hash, delivery_id, item_index)
select t.sender, t.first_seen, t.first_seen, t.first_seen, t.network, t.account_id, t.ad_id, t.variant_id, 'learned',
  0, 0, '', 0
from texts_seen t where t.ad_id is not null
order by t.network, t.account_id, t.ad_id, t.variant_id, t.sender
"""
_TEXTS = """
select v.creative_id, min(v.creative_key), list(distinct t.sender),
  list(distinct [coalesce(t.network, ''), coalesce(t.account_id, ''), t.ad_id]) filter (t.ad_id is not null)
from creative_variants v join texts_seen t using (variant_id)
where v.creative_id is not null group by v.creative_id order by v.creative_id
"""
_DECISIONS = """
select subject, kind, object, actor || ': ' || reason, decided_at
from decisions where kind in ('merge', 'unmerge') order by decided_at, decision_id
"""
_IS_RENORMALISED = """
select exists (select 1 from decisions_in where kind = 'rules')
  or exists (select 1 from creative_variants where rules <> ?)
"""


def refresh_identity(connection: duckdb.DuckDBPyConnection, texts_left: bool = False) -> None:
    """Bring variants, creatives, learned ads and aliases up to what the batch brought; inside its transaction.

    `texts_left`: the batch took texts out, too (a replay), so it has to be done even where it brought none.
    """
    # fetchall: an open result would keep the caller from handing DuckDB its positions.
    ((news, decided),) = parsed.run(
        connection, "select (select count(*) from texts_in), (select count(*) from decisions_in)"
    ).fetchall()
    if not news and not decided and not texts_left:
        return
    version = in_force(connection)
    _insert_variants(connection, parsed.run(connection, _NEW_VARIANTS).fetchall(), version)
    parsed.run(connection, _EARLIER)
    _renormalise(connection, version)
    parsed.run(connection, _CREATIVES)
    parsed.run(connection, "delete from creatives")
    parsed.run(
        connection,
        "insert into creatives select creative_id, creative_text, status, first_seen from creatives_now"
        " order by creative_id",
    )
    parsed.run(connection, "delete from ads where origin = 'learned'")
    parsed.run(connection, _LEARNED_ADS)
    _write_aliases(connection, aliases(connection))


def aliases(connection: duckdb.DuckDBPyConnection) -> list[Alias]:
    """The aliases in force: derived ones, overruled by the last merge or un-merge a person decided."""
    texts = [
        Text(creative_id, key, frozenset(senders), frozenset((n, a, ad) for n, a, ad in (ads or [])))
        for creative_id, key, senders, ads in parsed.run(connection, _TEXTS).fetchall()
    ]
    found = {alias.creative_id: alias for alias in derive(texts)}
    moves = Moves(connection)
    for named, kind, into, why, decided_at in parsed.run(connection, _DECISIONS).fetchall():
        targets = moves.today(into, decided_at)
        for subject in moves.today(named, decided_at):
            found.pop(subject, None)
            if kind == "merge" and len(targets) == 1 and targets != [subject]:  # into which part of a split one?
                found[subject] = Alias(subject, targets[0], "merge", why)
    return _resolved(found)


def _resolved(found: dict[str, Alias]) -> list[Alias]:
    """Every alias points at an identity that is none itself; a ring that decisions closed is left apart."""
    resolved = []
    for start, alias in sorted(found.items()):
        seen, target = {start}, alias.canonical_id
        while target in found and target not in seen:
            seen.add(target)
            target = found[target].canonical_id
        if target not in seen:
            resolved.append(Alias(start, target, alias.kind, alias.reason))
    return resolved


def _renormalise(connection: duckdb.DuckDBPyConnection, version: str) -> None:
    """Where the rules were decided anew, work out every variant again; nothing else of the record changes."""
    row = parsed.run(connection, _IS_RENORMALISED, [version]).fetchone()
    if row and row[0]:
        known = parsed.run(connection, _KNOWN_VARIANTS).fetchall()
        parsed.run(connection, "delete from creative_variants")
        _insert_variants(connection, known, version)


def _insert_variants(
    connection: duckdb.DuckDBPyConnection, texts: Iterable[tuple[str, str, object]], rules: str
) -> None:
    """`texts` are (variant_id, raw text, first_seen). Raises RecordError where this program lacks the rules."""
    try:
        identify = rule_set(rules)
    except RulesError as error:
        raise RecordError(str(error)) from None
    columns: dict[str, list[object]] = defaultdict(list)
    for variant, raw, first_seen in texts:
        found = identify(raw)
        row = (variant, raw, found.text, found.key, found.status, " ".join(found.flags), found.creative_id,
               rules, first_seen)  # fmt: skip
        for name, value in zip(_VARIANT_COLUMNS, row, strict=True):
            columns[name].append(value)
    if columns:
        table = pa.table({name: pa.array(columns[name], _VARIANT_COLUMNS[name]) for name in _VARIANT_COLUMNS})
        connection.register("variants_arrow", table)
        parsed.run(connection, "insert into creative_variants select * from variants_arrow")
        connection.unregister("variants_arrow")


def _write_aliases(connection: duckdb.DuckDBPyConnection, found: list[Alias]) -> None:
    parsed.run(connection, "delete from creative_aliases")
    if found:
        parsed.run(
            connection,
            "insert into creative_aliases select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]),"
            " unnest(?::varchar[])",
            [[a.creative_id for a in found], [a.canonical_id for a in found], [a.kind for a in found],
             [a.reason for a in found]],
        )  # fmt: skip


_VARIANT_COLUMNS = {
    "variant_id": pa.string(), "creative_raw": pa.string(), "creative_text": pa.string(),
    "creative_key": pa.string(), "status": pa.string(), "flags": pa.string(), "creative_id": pa.string(),
    "rules": pa.string(), "first_seen": pa.timestamp("us"),
}  # fmt: skip
