"""This module owns what the models made of an item: its version, its creative, its goal and credit, its cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from analytics.why.without import WITH, Worlds
from ingest.inspecting.judged import Counted, Step

TEXT_CHARS = 60
_RUNGS = {
    "text": "by the text that it, or its click, carries",
    "ad_text": "by the one text that its ad showed that day",
    "ad": "the ad itself: no one text of it is known",
}
_TRAFFIC = "only human traffic counts; this feeds no rate, its money stands under non_human"
_TEXT = """
select v.variant_id, v.creative_raw, v.status, v.flags, v.creative_id, a.canonical_id, a.kind, a.reason
from record.creative_variants v left join record.creative_aliases a on a.creative_id = v.creative_id
where v.variant_id = $variant
"""
_IDENTIFIED = f"""
select i.creative_id, i.identity_by, i.traffic, i.has_click, e.content_hash
from {WITH}.identified i join {WITH}.events e on e.key_hash = i.key_hash
where i.sender = $sender and i.type = $type and i.id = $id and i.revenue_stage is not distinct from $stage
"""  # noqa: S608 (our own names)
_MONEY = f"""
select m.key_kind, m.key_sender, m.key_value, g.goal_id, g.kind, g.conversions, g.booked_day, g.amount, g.refunds,
  g.settled, g.settlement_sender, g.estimate
from {WITH}.money_events m
left join {WITH}.goals g on g.sender = m.sender and g.type = m.type and g.id = m.id
where m.sender = $sender and m.type = $type and m.id = $id and m.revenue_stage is not distinct from $stage
"""  # noqa: S608 (our own names)
_AMOUNT = f"""
select m.sender, m.type, m.id, m.revenue_stage, m.content_hash, t.amount, t.refunds, t.currency
from {WITH}.transactions t
left join {WITH}.money_events m on m.key_kind = t.key_kind and m.key_sender = t.key_sender and m.key_value = t.key_value
  and m.currency = t.currency and m.type <> 'refund' and m.revenue = t.amount and m.sender = t.sender
  and m.revenue_stage is not distinct from t.stage
where t.key_kind = $kind and t.key_sender = $key_sender and t.key_value = $value
order by m.stated_at desc, m.content_hash desc limit 1
"""  # noqa: S608 (our own names)
_SHARES = f"""
select c.rule, c.window_days, c.touch_types, t.touch_type, t.sender, t.id, c.weight, c.revenue_millionths, t.creative_id
from {WITH}.credits c join {WITH}.goal_touches t on t.goal_id = c.goal_id and t.position = c.position
where c.goal_id = $goal order by c.window_days, c.touch_types, c.rule, c.position
"""  # noqa: S608 (our own names)
_COSTS = f"""
select p.level, s.measure, s.creative_id, s.allocated, s.share
from {WITH}.report_parts p join {WITH}.report_shares s on s.sender = p.sender and s.key_hash = p.key_hash
where p.key_hash = $key order by s.measure, s.creative_id
"""  # noqa: S608 (our own names)
_CLICK_COST = f"""
select stated_cost, currency, replaced, report_level, cost from {WITH}.click_costs
where sender = $sender and type = $type and id = $id
"""  # noqa: S608 (our own names)


@dataclass(frozen=True, slots=True)
class Subject:
    """A row of the record, with its fields by name."""

    item: Counted
    fields: dict[str, Any]

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, item: Counted) -> "Subject":
        """Read it back from `without`'s copy, where it was taken out: `record.removed`."""
        cursor = connection.execute("select * from record.removed")
        names, row = [column[0] for column in cursor.description or []], cursor.fetchone()
        return cls(item, dict(zip(names, row or (), strict=False)))

    @property
    def key(self) -> dict[str, Any]:
        """What names an interaction."""
        names = (("sender", "sender"), ("type", "type"), ("id", "id"), ("stage", "revenue_stage"))
        return {name: self.fields.get(column) for name, column in names}


def reckoned(of: Worlds, subject: Subject) -> Iterator[Step]:
    """The steps between the record and the cells, in order."""
    yield from _text(of, subject)
    if subject.item.table == "interactions":
        found = of.connection.execute(_IDENTIFIED, subject.key).fetchone()
        if found:
            yield _creative(found)
            if found[2] != "human":
                yield Step("identity", "traffic", found[2], _TRAFFIC)
        yield _in_force(of, subject)
        yield from _money(of, subject)
        yield from _own_cost(of, subject)
    else:
        yield _in_force(of, subject)
        yield from _costs(of, subject)


def _text(of: Worlds, subject: Subject) -> Iterator[Step]:
    variant = subject.fields.get("variant_id")
    found = of.connection.execute(_TEXT, {"variant": variant}).fetchone() if variant else None
    if found is None:
        return
    _, raw, status, flags, creative, canonical, kind, reason = found
    raw = " ".join(raw.split())
    shown = raw if len(raw) <= TEXT_CHARS else f"{raw[:TEXT_CHARS]}…"
    said = ", ".join(part for part in (f"status {status}", f"flags {flags}" if flags else "") if part)
    yield Step("identity", "text", f"“{shown}”", f"variant {variant}; {said}")
    if creative:
        yield Step("identity", "creative", creative, "by the text's key")
    if canonical:
        yield Step("identity", "alias", f"counts as {canonical}", f"{kind}: {reason}")


def _creative(found: tuple[Any, ...]) -> Step:
    creative, rung, _, has_click, _ = found
    if creative is None:
        return Step("identity", "ladder", "none", "no text, and no ad by which one could be found")
    via = ", as its click" if has_click else ""
    return Step("identity", "ladder", creative, f"{_RUNGS[rung]}{via}")


def _in_force(of: Worlds, subject: Subject) -> Step:
    """Whether it is the version that counts."""
    table, item = subject.item.table, subject.item
    if table == "interactions":
        now = of.connection.execute(_IDENTIFIED, subject.key).fetchone()
        counts = now is not None and now[-1] == item.content_hash
    else:
        newest = of.connection.execute(
            "select delivery_id = $delivery and item_index = $index from record.versions"
            " order by stated_at desc, content_hash desc limit 1",
            {"delivery": item.delivery_id, "index": item.index},
        ).fetchone()
        counts = bool(newest and newest[0])
    others = of.connection.execute(
        "select delivery_id, stated_at from record.versions where delivery_id <> $d or item_index <> $i"
        " order by stated_at desc, content_hash desc limit 1", {"d": item.delivery_id, "i": item.index},
    ).fetchone()  # fmt: skip
    if counts:
        return Step(
            "in force", "models", "this version counts", "" if others is None else f"it replaced that of {others[0]}"
        )
    other = f"delivery {others[0]}, stated {others[1]} UTC" if others else "another"
    return Step("in force", "models", "replaced", f"the version that counts is that of {other}")


def _money(of: Worlds, subject: Subject) -> Iterator[Step]:
    """A goal or its money: the transaction, which row gave the amount, the touches and their shares."""
    found = of.connection.execute(_MONEY, subject.key).fetchone()
    if found is None:
        return
    kind, key_sender, value, goal, goal_kind, conversions, booked, amount, refunds, settled, settler, estimate = found
    yield Step(
        "money", "transaction", f"{kind} {value}", f"by its {kind}" + (f" at {key_sender}" if key_sender else "")
    )
    given = of.connection.execute(_AMOUNT, {"kind": kind, "key_sender": key_sender, "value": value}).fetchone()
    if given:
        sender, type_, identity, stage, content, total, back, currency = given
        names = dict(zip(("sender", "type", "id", "stage"), given, strict=False))
        is_own = names == subject.key and content == subject.item.content_hash
        giver = "this row" if is_own else f"{type_} {identity} of {sender}" + (f" ({stage})" if stage else "")
        what = f"{total:f} {currency}" + (f", {back:f} taken back" if back else "")
        yield Step("money", "transaction", what, f"the amount is set by {giver}" if type_ else "only refunds so far")
    if goal is None:
        return
    stage = "settled" if settled else "provisional"
    stage += f" by {settler}, estimated at {estimate:f}" if settler else ""
    yield Step("money", "goal", f"{conversions} {goal_kind}", f"booked on {booked}, {stage}, "
               f"amount {amount:f}, refunds {refunds:f}")  # fmt: skip
    for rule, days, types, touch, sender, identity, weight, millionths, creative in of.connection.execute(
        _SHARES, {"goal": goal}
    ).fetchall():
        reach = f"{rule}, {days} d" + (" with views" if types == "click_view" else "")
        yield Step("credit", reach, f"{weight / 10_000:g} % to {touch} {identity} of {sender}",
                   f"{millionths / 1e6:g} for creative {creative}")  # fmt: skip


def _own_cost(of: Worlds, subject: Subject) -> Iterator[Step]:
    key = subject.key
    found = of.connection.execute(_CLICK_COST, {name: key[name] for name in ("sender", "type", "id")}).fetchone()
    if found:
        stated, currency, replaced, level, counts = found
        if replaced:
            why = "a report of its ad and day replaces it"
        elif level:
            why = f"beneath the {level}'s report, of which {counts:f} are its own"
        else:
            why = "no report covers its ad and day: it counts"
        yield Step("money", "cost", f"{stated:f} {currency}", why)


def _costs(of: Worlds, subject: Subject) -> Iterator[Step]:
    """Where a report's cost went, and what else it reports."""
    if subject.item.table != "reports":
        return
    for level, measure, creative, allocated, share in of.connection.execute(
        _COSTS, {"key": subject.item.key_hash}
    ).fetchall():
        bucket = (
            "campaign_only"
            if level != "ad"
            else "unmatched"
            if creative is None
            else "allocated"
            if allocated
            else "direct"
        )
        amount = f"{share / 1e6:g}" if measure in ("cost", "revenue") else str(share)
        yield Step(
            "money",
            f"report, {measure}",
            f"{amount} {bucket}",
            f"to creative {creative}" if creative else "to no creative",
        )
