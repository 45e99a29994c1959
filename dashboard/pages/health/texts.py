"""This module owns the queries of in what state ad texts arrive, and of what the feeds ruled on them."""

import pandas as pd

from dashboard import reading
from dashboard.filtering import bound, period_values, where
from dashboard.look import Look

ROWS_MAX = 500
# In the order in which they are drawn; what a status means, in a few words.
STATUSES = {
    "ok": ("Usable text", "the ad's text came"),
    "partial_macro": ("A macro left in it", "part of the text was not filled in"),
    "unresolved_macro": ("Unresolved macro", "nothing was filled in"),
    "placeholder": ("Placeholder", "a word that stands for a text"),
    "missing": ("No text", "neither a text nor an ad that has one"),
    "non_human": ("Not human", "what clicks of bots cost"),
    "campaign_only": ("Campaign only", "cost that no ad is named for"),
    "settlement_unallocated": ("Settled, of no goal", "settled money that no goal got"),
}
FLAGS = {
    "truncated": "cut off",
    "shorter_than_known_text": "shorter than a text known of its ad",
    "looks_like_ad_name": "looks like an ad's name",
    "equals_terms": "is the search term",
}
_HEALTH = """select day, status, sum(interactions)::bigint as interactions, sum(revenue)::double as revenue,
  sum(cost)::double as cost from rac_health where day between $first and $last and {where}
group by day, status order by day, status"""
_FLAGGED = """select {sums} from rac_health where day between $first and $last and {where}"""
_COMPLIANCE = """select network, account_id, ad_id, variant_id, creative_id, creative_raw, creative_text, status,
  truncated, shorter_than_known_text, equals_terms, flags, complete, longest_text, last_seen, interactions,
  non_human, senders,
  compliance_status, compliance_explanation, compliance_sender, compliance_changed_at
from rac_compliance where (not coalesce(complete, false) or compliance_status is not null) and {where}
order by case when lower(compliance_status) in ('declined', 'disapproved', 'rejected', 'blocked') then 0
    when compliance_status is not null and complete then 2 else 1 end,
  interactions desc, network, account_id, ad_id, variant_id limit {most}"""
_COUNTED = """select count(*)::bigint, count(*) filter (where complete)::bigint,
  count(*) filter (where compliance_status is not null)::bigint from rac_compliance where {where}"""


def health(look: Look) -> pd.DataFrame:
    """One row per day and status: `interactions, revenue, cost`; every cent of the facts has one status."""
    return reading.frame(look.real, *bound(look, "rac_health", _HEALTH))


def flagged(look: Look) -> list[tuple[str, int, float]]:
    """(what is wrong with the text, interactions, revenue and cost behind them) of each flag; they overlap."""
    kept = where(look, "rac_health")
    sums = ", ".join(
        f"coalesce(sum({flag}), 0)::bigint, coalesce(sum({flag}_revenue + {flag}_cost), 0)::double" for flag in FLAGS
    )
    sql = _FLAGGED.format(sums=sums, where=kept.sql)
    (found,) = reading.rows(look.real, sql, {**kept.values, **period_values(look.period)})
    pairs = zip(FLAGS.values(), found[::2], found[1::2], strict=True)
    return [(words, int(str(items)), float(str(money))) for words, items, money in pairs if items or money]


def compliance(look: Look) -> pd.DataFrame:
    """Texts that are incomplete or ruled on, declined ones first; at most 500. Not by period: it is evidence."""
    kept = where(look, "rac_compliance")
    return reading.frame(look.real, _COMPLIANCE.format(where=kept.sql, most=ROWS_MAX), kept.values)


def counted(look: Look) -> tuple[int, int, int]:
    """(texts sent with an ad, of these complete, ruled on by a feed)."""
    kept = where(look, "rac_compliance")
    sent, complete, ruled = reading.rows(look.real, _COUNTED.format(where=kept.sql), kept.values)[0]
    return int(str(sent)), int(str(complete)), int(str(ruled))
