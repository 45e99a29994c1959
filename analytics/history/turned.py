"""This module owns the question which verdicts turned: between the newest closed day and the one before it.

Asked of a published file, with `$window` days; the dashboard adds the visitor's filters as a condition on `v`.
"""

# The newest closed day that verdicts were made of, and the one before it of which they are known.
DAYS = """select max(v.day), (select max(h.day) from verdict_history h
    where h.window_days = $window and h.day < (select max(day) from verdicts where window_days = $window))
  from verdicts v where v.window_days = $window"""
_TURNED = """select v.creative_id, c.creative_text, v.network, v.campaign_id, v.country, h.verdict as before,
    v.verdict, v.reason
  from verdicts v join creatives c on c.creative_id = v.creative_id
  join verdict_history h on h.day = $before and h.creative_id = v.creative_id and h.window_days = v.window_days
    and h.network is not distinct from v.network and h.campaign_id is not distinct from v.campaign_id
    and h.country is not distinct from v.country and h.objective = v.objective and h.target = v.target
  where v.window_days = $window and v.since > $before and h.verdict <> v.verdict and {condition}
  order by v.mature_cost desc, v.creative_id, v.network, v.campaign_id, v.country"""


def turned(condition: str = "true") -> str:
    """The verdicts that changed since `$before`, the largest spend first; what had none before is new, not changed."""
    return _TURNED.format(condition=condition)
