"""This module owns the panel of raw texts: every way in which the creative's text came, and how each differs."""

import pandas as pd

from dashboard import numbers
from dashboard.filtering import period_values
from dashboard.look import Look
from dashboard.pages.creative.choosing import nothing_listed
from dashboard.pages.creative.chosen import Chosen, Row, chosen
from dashboard.pages.creative.differences import CHARACTERS_MAX, pieces, words
from dashboard.panels.panel import Column, Rows
from dashboard.reading import frame, records

VARIANTS_MAX = 60
# What came in the period is by the day of the click; what came at all, and how it was cut, is of all days.
_VARIANTS = """
with period as (
  select variant_id, sum(clicks)::bigint as clicks, sum(sessions)::bigint as sessions, sum(revenue)::double as revenue,
    sum(conversions)::bigint as conversions
  from variant_daily where creative_id = $creative and day between $first and $last group by variant_id),
sent as (
  select variant_id, any_value(creative_text) as own, bool_or(truncated) as truncated,
    bool_or(shorter_than_known_text) as shorter
  from rac_compliance where creative_id = $creative and variant_id is not null group by variant_id)
select v.variant_id, v.creative_raw as raw, s.own, v.status, v.flags, s.truncated, s.shorter, v.interactions,
  v.non_human, v.ads, v.first_seen, v.last_seen, array_to_string(v.senders, ', ') as senders,
  coalesce(p.clicks, 0)::bigint as clicks, coalesce(p.sessions, 0)::bigint as sessions,
  coalesce(p.revenue, 0)::double as revenue,
  (v.interactions / nullif(sum(v.interactions) over (), 0))::double as share, count(*) over () as found
from creative_variants as v left join period as p using (variant_id) left join sent as s using (variant_id)
where v.creative_id = $creative order by v.interactions desc, v.variant_id limit $most"""
COLUMNS = (
    Column("raw", "As it came, with what differs marked", width=460, renderer="Differences", sortable=False),
    Column("says", "What differs", width=260, wrap=True),
    Column("clicks", "Clicks", "count", 84, tip="In the period, by the day of the click"),
    Column("revenue", "Revenue", "money", 98, places=2, tip="Credited to these clicks so far"),
    Column("interactions", "Interactions", "count", 118, tip="Human interactions that carried it, of all days"),
    Column("share", "Share", "share", 80),
    Column("ads", "Ads", "count", 70),
    Column("non_human", "Not human", "count", 92),
    Column("first", "First seen", "moment", 140, tip="UTC"),
    Column("last", "Last seen", "moment", 140, tip="UTC"),
    Column("senders", "Senders", width=140),
)


def fill(look: Look) -> Rows:
    """The raw texts, the most frequent first."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    values = {"creative": creative.creative_id, **period_values(look.period), "most": VARIANTS_MAX}
    found = frame(look.real, _VARIANTS, values)
    shown = [_variant(row, creative) for row in records(found)]
    note = (
        "They fold into this one creative. Clicks and revenue are of the period, by the click's day; the rest of all."
    )
    empty = "No raw text came with its traffic: it is known by its ad, or by the ad catalogue's text."
    return Rows(COLUMNS, shown, note + more(found, VARIANTS_MAX) if shown else "", empty)


def _variant(row: Row, creative: Chosen) -> dict[str, object]:
    raw, own = text_of(row["raw"]), text_of(row["own"])
    found = pieces(raw, creative.text)
    return {
        "id": row["variant_id"],
        "raw": raw if len(raw) <= CHARACTERS_MAX else f"{raw[:CHARACTERS_MAX]}… ({len(raw):,} characters)",
        "pieces": [[piece.kind, piece.text] for piece in found],
        "says": words(
            raw, creative.text, own, text_of(row["flags"]), row["truncated"] is True or row["shorter"] is True
        ),
        **{name: row[name] for name in ("clicks", "revenue", "interactions", "share", "ads", "non_human")},
        "first": row["first_seen"],
        "last": row["last_seen"],
        "senders": text_of(row["senders"]),
    }


def more(found: pd.DataFrame, most: int) -> str:
    """That not all are listed, where that is so."""
    many = int(found["found"].iloc[0]) if len(found) else 0
    return f" The first {most} of {numbers.count(many)} are listed." if many > most else ""


def text_of(value: object) -> str:
    """A frame's text; empty where there is none."""
    return value if isinstance(value, str) else ""
