"""This module owns `next_fixes`: what is wrong with the data, ranked, a sentence and an action each.

First what hits a tenth of a sender's items, then what is lost or may be wrong by the money at stake, then what may well
be as it should be, by the money behind it. What has one cause at one sender is one problem, with its parts in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa

from analytics.causes import TIERS, Cause, cause_of, why_of

DAYS = 28
SHARE_URGENT = 0.1
SAMPLE_CHARS_MAX = 40
_FOUND = """
with problems as (
  select kind, detail, sender, day, items, revenue, cost, day_basis = 'received' and share >= $urgent as is_urgent
  from data_quality
  where (kind <> 'non_human' or detail <> 'test')
    -- No day was judged before the first delivery came: older items are history that was brought in.
    and (kind <> 'late' or day >= (select min(day) from data_quality where kind = 'received'))
  union all
  select 'text', f.flag, sender, day,
    case f.flag when 'truncated' then truncated when 'looks_like_ad_name' then looks_like_ad_name
      when 'equals_terms' then equals_terms when 'shorter_than_known_text' then shorter_than_known_text
      when status then interactions else 0 end,
    case f.flag when 'truncated' then truncated_revenue when 'looks_like_ad_name' then looks_like_ad_name_revenue
      when 'equals_terms' then equals_terms_revenue when 'shorter_than_known_text' then shorter_than_known_text_revenue
      when status then revenue else 0 end,
    case f.flag when 'truncated' then truncated_cost when 'looks_like_ad_name' then looks_like_ad_name_cost
      when 'equals_terms' then equals_terms_cost when 'shorter_than_known_text' then shorter_than_known_text_cost
      when status then cost else 0 end, false
  from rac_health
  cross join (select unnest(['truncated', 'looks_like_ad_name', 'equals_terms', 'shorter_than_known_text',
    'partial_macro']) as flag) f
  union all
  -- What is still being counted today explains itself tomorrow.
  select if(part_claimed <> 0, 'claimed', 'unexplained'), measure, network, day,
    case when measure in ('clicks', 'conversions') then cast(abs(part_claimed + part_unexplained) as bigint) else 0 end,
    case when measure = 'revenue' then abs(part_claimed + part_unexplained) else 0 end,
    case when measure = 'spend' then abs(part_claimed + part_unexplained) else 0 end, false
  from reconciliation where (part_claimed <> 0 or part_unexplained <> 0) and day < $today)
select kind, detail, sender, count(distinct day), sum(items)::bigint, sum(revenue)::decimal(38, 6),
  sum(cost)::decimal(38, 6), bool_or(coalesce(is_urgent, false))
from problems
where (items <> 0 or revenue <> 0 or cost <> 0) and (day is null or day > $since)
group by kind, detail, sender
order by 1, 2, 3
"""
_SAMPLES = """
select status, sender, arg_max(creative_text, (interactions, creative_text))
from (select status, interactions, creative_text, unnest(senders) as sender from rac_compliance
  where status in ('unresolved_macro', 'placeholder') and creative_text is not null) seen
group by grouping sets ((status, sender), (status)) order by 1, 2
"""
_TABLE = """
create or replace table next_fixes as
select rank, kind, detail, who, days, items, revenue, cost, at_stake, sentence, action from fixes_arrow order by rank
"""
Samples = dict[tuple[str, str | None], str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One cause at one sender, over the last DAYS days; `who` is a network where two sides differ.

    `parts` are the problems that are one together, the largest first; else it is itself its only part.
    """

    cause: Cause
    detail: str | None
    who: str | None
    days: int
    items: int
    revenue: Decimal
    cost: Decimal
    is_urgent: bool
    parts: tuple["Problem", ...] = ()

    @property
    def money(self) -> Decimal:
        """What stands behind it; amounts of other currencies are none of ours."""
        return Decimal(0) if self.cause.kind == "unconverted" else self.revenue + self.cost

    @property
    def at_stake(self) -> Decimal:
        """The money that is lost or may be counted wrong; nothing of what may well be as it should be."""
        return Decimal(0) if self.cause.tier == "looks" else self.money

    @property
    def order(self) -> tuple[bool, bool, Decimal, int, int, str, str, str]:
        """The place in the ranking."""
        tier = self.cause.tier
        return (not self.is_urgent, tier == "looks", -self.money, TIERS.index(tier), -self.items, self.cause.kind,
                self.detail or "", self.who or "")  # fmt: skip

    def sentence(self, samples: Samples) -> str:
        """The problem in plain words."""
        status = (self.detail or "").removeprefix("text_")
        sample = samples.get((status, self.who)) or samples.get((status, None), "")
        return self.cause.sentence.format(
            revenue=_money(self.revenue), cost=_money(self.cost), money=_money(self.money),
            amount=_money(self.revenue + self.cost),
            items=f"{self.items:,}", days="1 day" if self.days == 1 else f"{self.days} days", detail=self.detail,
            parts=_listed([part.said() for part in self.parts or (self,)]),
            sender=_quoted(self.who) if self.who else "what names nobody", why=why_of(self.detail),
            sample=_quoted(sample) if sample else "what should be filled in",
        )  # fmt: skip

    def said(self) -> str:
        """The problem as a part of the one that it is with others."""
        return self.cause.part.format(detail=self.detail, items=f"{self.items:,}", money=_money(self.money))


def build(connection: duckdb.DuckDBPyConnection, today: date) -> None:
    """Make the mart `next_fixes` of the last DAYS days before and with `today`, the reporting day."""
    samples = {(status, sender): text for status, sender, text in connection.execute(_SAMPLES).fetchall()}
    ranked = sorted(together(_problems(connection, today)), key=lambda problem: problem.order)
    money = pa.decimal128(38, 6)
    table = pa.table({
        "rank": pa.array(range(1, len(ranked) + 1), pa.int64()),
        "kind": pa.array([p.cause.kind for p in ranked], pa.string()),
        "detail": pa.array([p.detail for p in ranked], pa.string()),
        "who": pa.array([p.who for p in ranked], pa.string()),
        "days": pa.array([p.days for p in ranked], pa.int64()),
        "items": pa.array([p.items for p in ranked], pa.int64()),
        "revenue": pa.array([p.revenue for p in ranked], money), "cost": pa.array([p.cost for p in ranked], money),
        "at_stake": pa.array([p.at_stake for p in ranked], money),
        "sentence": pa.array([p.sentence(samples) for p in ranked], pa.string()),
        "action": pa.array([p.cause.action for p in ranked], pa.string()),
    })  # fmt: skip
    connection.register("fixes_arrow", table)
    connection.execute(_TABLE)
    connection.unregister("fixes_arrow")


def _problems(connection: duckdb.DuckDBPyConnection, today: date) -> Iterator[Problem]:
    bound = {"urgent": SHARE_URGENT, "today": today, "since": today - timedelta(days=DAYS)}
    for kind, detail, *rest in connection.execute(_FOUND, bound).fetchall():
        cause = cause_of(kind, detail)
        if cause:
            yield Problem(cause, detail, *rest)


def together(found: Iterable[Problem]) -> Iterator[Problem]:
    """The problems, those of one kind and sender that `causes.toml` calls one made one."""
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in found:
        own = problem.cause.together or f"{problem.detail}"
        groups.setdefault((problem.cause.kind, own, problem.who or ""), []).append(problem)
    for group in groups.values():
        yield group[0] if len(group) == 1 else _one(sorted(group, key=lambda problem: problem.order))


def _one(parts: list[Problem]) -> Problem:
    """Several as one: as large as the largest, for an item may be in several; where they are `apart`, the sum."""
    first = parts[0]
    items, revenue, cost = ([getattr(part, name) for part in parts] for name in ("items", "revenue", "cost"))
    whole = sum if first.cause.apart else max
    return Problem(
        first.cause, ", ".join(part.detail or "" for part in parts), first.who, max(part.days for part in parts),
        whole(items), whole(revenue), whole(cost), any(part.is_urgent for part in parts), tuple(parts),
    )  # fmt: skip


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _quoted(text: str) -> str:
    """A name or a text of somebody else's: short, and without anything that a terminal would obey."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return f"`{shown[:SAMPLE_CHARS_MAX]}{'…' if len(shown) > SAMPLE_CHARS_MAX else ''}`"
