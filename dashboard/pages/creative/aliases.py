"""This module owns the questions about aliases: what counts as a creative, and what it could be merged into."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.look import Look
from dashboard.pages.creative.chosen import Chosen
from dashboard.reading import rows

TARGETS_MAX = 500
_LABEL_MAX = 90
_ALIASES = """select alias_id, alias_text, creative_id, kind, reason, in_force, actor, decided_at, decision_id
from creative_aliases where creative_id = $creative or alias_id = $creative
order by in_force desc, decided_at desc nulls last, alias_text, alias_id"""
# Those of its own ads first: what is merged is nearly always another spelling of the same ad's text.
_TARGETS = """
with own as (select distinct network, ad_id from facts_daily where creative_id = $creative and ad_id is not null),
spent as (
  select f.creative_id, sum(f.cost_direct + f.cost_allocated) as cost, bool_or(own.ad_id is not null) as near
  from facts_daily as f left join own on own.network is not distinct from f.network and own.ad_id = f.ad_id
  where f.creative_id <> $creative and starts_with(f.creative_id, 'rac') group by f.creative_id)
select creative_id, left(creative_text, 200), near from spent join creatives using (creative_id)
order by near desc, cost desc, creative_id limit $most"""
_COUNTS_AS = """select a.creative_id, left(c.creative_text, 200) from creative_aliases as a
join creatives as c on c.creative_id = a.creative_id
where a.in_force and a.kind <> 'unmerge' and starts_with(a.alias_id, $short) limit 1"""


@dataclass(frozen=True)
class Alias:
    """One row of `creative_aliases`: times are naive UTC; `actor` and the decision are None where it was derived."""

    alias_id: str
    text: str | None
    creative_id: str | None
    kind: str
    reason: str
    in_force: bool
    actor: str | None
    decided_at: datetime | None
    decision_id: str | None


def aliases_of(look: Look, creative: Chosen) -> list[Alias]:
    """What counts as this creative, and every decision about it, in force first."""
    found = rows(look.real, _ALIASES, {"creative": creative.creative_id})
    return [Alias(*row) for row in found]  # type: ignore[arg-type] # the mart's contract


def targets(look: Look, creative: Chosen) -> list[tuple[str, str]]:
    """(creative_id, label) of the creatives that it could be merged into, those of its own ads first."""
    found = rows(look.real, _TARGETS, {"creative": creative.creative_id, "most": TARGETS_MAX})
    return [(str(ident), _label(str(text), str(ident), near is True)) for ident, text, near in found]


def counts_as(look: Look, short: str) -> tuple[str, str] | None:
    """(creative_id, first words) of what an alias counts as; None where the id is no alias."""
    found = rows(look.real, _COUNTS_AS, {"short": short})
    return (str(found[0][0]), str(found[0][1])) if found else None


def _label(text: str, ident: str, near: bool) -> str:
    words = " ".join(text.split())
    short = words if len(words) <= _LABEL_MAX else words[: _LABEL_MAX - 1] + "…"
    return f"{short} · {'same ad' if near else ident[:13]}"
