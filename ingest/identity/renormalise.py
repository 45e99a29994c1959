"""This module owns the report of what another rule set would change, before anything is changed.

It compares what the record holds of every raw text with what the rules make of it now, and gathers the texts that
move together: "A + B become C" is one line, with the variants and interactions that it touches.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.creative import Creative
from ingest.identity.rule_sets import Moves, in_force, moves_as_json, rule_set
from ingest.store.record import read_record

_STORED = """
select v.variant_id, v.creative_raw, v.creative_id, v.creative_text, v.creative_key, v.status, v.flags,
  coalesce(n.interactions, 0)
from creative_variants v
left join (
  select variant_id, cast(sum(count) as bigint) as interactions from interactions where variant_id is not null
  group by variant_id) n using (variant_id)
order by v.variant_id
"""
KINDS = ("merge", "split", "regroup", "unusable", "usable", "status", "reworded", "renamed")
SHOWN_MAX = 5


@dataclass(frozen=True, slots=True)
class Variant:
    """A raw text as the record holds it, and what the rules make of it now."""

    variant_id: str
    raw: str
    old_id: str | None
    old: tuple[str, str | None, str, str]  # text, key, status, flags
    new: Creative
    interactions: int

    @property
    def is_reworded(self) -> bool:
        """Whether its text, key, status or flags differ."""
        return self.old != (self.new.text, self.new.key, self.new.status, " ".join(self.new.flags))


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change. `kind` is one of KINDS; `before` and `after` are creatives' texts, or statuses."""

    kind: str
    before: str
    after: str
    variants: int
    interactions: int


@dataclass(frozen=True, slots=True)
class Report:
    """What putting `version` in force would change. `moved` is the object of that decision."""

    version: str
    before: str
    variants: int
    changes: list[Change]
    moved: str | None

    @property
    def is_news(self) -> bool:
        """Whether there is anything to decide."""
        return bool(self.changes) or self.version != self.before

    @property
    def sentence(self) -> str:
        """The report in a sentence."""
        renamed = sum(change.kind == "renamed" for change in self.changes)
        return (
            f"{self.variants} texts under {self.version} ({self.before} is in force): {len(self.changes) - renamed}"
            f" changes to what they are and with which they count; {renamed} creatives only get another id."
        )


def report(record: Path, version: str | None) -> Report:
    """What the rules `version`, by default those in force, make of the record. Raises RulesError, RecordError."""
    with read_record(record) as connection:
        before = in_force(connection)
        variants = compare(connection, version or before)
        moved = moves_as_json(_moved(connection, variants))
    return Report(version or before, before, len(variants), changes(variants), moved)


def _moved(connection: duckdb.DuckDBPyConnection, variants: Iterable[Variant]) -> Iterator[tuple[str, str]]:
    """(old id, new id) of the creatives that people named in decisions: those must find them again."""
    moves, named = Moves(connection), set[str]()
    for subject, target, at in connection.execute(
        "select subject, object, decided_at from decisions where kind in ('merge', 'unmerge')"
    ).fetchall():
        named |= {*moves.today(subject, at), *moves.today(target, at)}
    for each in variants:
        if each.old_id and each.old_id in named and each.new.creative_id:
            yield each.old_id, each.new.creative_id


def compare(connection: duckdb.DuckDBPyConnection, version: str) -> list[Variant]:
    """Every raw text of the record under the rules `version`. Raises RulesError."""
    identify = rule_set(version)
    return [
        Variant(variant_id, raw, old_id, (text, key, status, flags), identify(raw), interactions)
        for variant_id, raw, old_id, text, key, status, flags, interactions in connection.execute(_STORED).fetchall()
    ]


def changes(variants: Iterable[Variant]) -> list[Change]:
    """What changes, the gravest first (in the order of KINDS), then by interactions. Empty where nothing does."""
    variants = list(variants)
    found = list(_regrouped([each for each in variants if each.old_id and each.new.creative_id]))
    for kind, those in (
        ("unusable", [each for each in variants if each.old_id and not each.new.creative_id]),
        ("usable", [each for each in variants if not each.old_id and each.new.creative_id]),
        ("status", [each for each in variants if not each.old_id and not each.new.creative_id and each.is_reworded]),
    ):
        by_words: dict[tuple[str, str], list[Variant]] = defaultdict(list)
        for each in those:
            by_words[_shown({each.old[0] or each.raw}), f"{_shown({each.new.text})} ({each.new.status})"].append(each)
        found += [_change(kind, *words, group) for words, group in by_words.items()]
    return sorted(found, key=lambda c: (KINDS.index(c.kind), -c.interactions, c.before, c.after))


def _regrouped(variants: list[Variant]) -> Iterator[Change]:
    """The creatives whose variants meet, part or are called otherwise; each group of them once."""
    for group in _groups(variants):
        old, new = {each.old_id for each in group}, {each.new.creative_id for each in group}
        before, after = _shown({each.old[0] for each in group}), _shown({each.new.text for each in group})
        if len(old) > 1 or len(new) > 1:
            kind = "merge" if len(new) == 1 else "split" if len(old) == 1 else "regroup"
            yield _change(kind, _names(group, "old"), _names(group, "new"), group)
        elif any(each.is_reworded for each in group):
            touched = [each for each in group if each.is_reworded]
            flags = {(each.old[2], each.old[3]) for each in touched}
            kind = (
                "status" if {each.old[2] for each in touched} != {each.new.status for each in touched} else "reworded"
            )
            said = "; ".join(sorted(f"{status} {words}".strip() for status, words in flags))
            now = "; ".join(sorted({f"{each.new.status} {' '.join(each.new.flags)}".strip() for each in touched}))
            yield _change(kind, f"{before} ({said})", f"{after} ({now})", touched)
        elif old != new:
            yield _change("renamed", before, after, group)


def _groups(variants: list[Variant]) -> Iterator[list[Variant]]:
    """The variants by connected creatives: two stand together where they share the old or the new one."""
    root: dict[object, object] = {}

    def find(node: object) -> object:
        while root.setdefault(node, node) != node:
            node = root[node] = root[root[node]]
        return node

    for each in variants:
        root[find(("new", each.new.creative_id))] = find(("old", each.old_id))
    groups: dict[object, list[Variant]] = defaultdict(list)
    for each in variants:
        groups[find(("old", each.old_id))].append(each)
    yield from groups.values()


def _names(group: list[Variant], side: str) -> str:
    """One text for each creative of a side: the smallest, so that it does not depend on an order."""
    names: dict[str | None, str] = {}
    for each in group:
        creative, text = (each.old_id, each.old[0]) if side == "old" else (each.new.creative_id, each.new.text)
        names[creative] = min(names.get(creative, text), text)
    return _shown(names.values())


def _shown(texts: Iterable[str]) -> str:
    """Texts as `A + B`, at most SHOWN_MAX of them."""
    names = sorted(texts)
    more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return " + ".join(names[:SHOWN_MAX]) + more


def _change(kind: str, before: str, after: str, group: list[Variant]) -> Change:
    return Change(kind, before, after, len(group), sum(each.interactions for each in group))
