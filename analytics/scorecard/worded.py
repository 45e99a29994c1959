"""This module owns the one seam between the scorecard and the verdicts: rows of rates get the newest word of theirs."""

import duckdb

from ingest import parsed

NEW = "new here: the first verdict follows when the day is over"
# Pooled over campaigns and countries there is no verdict; what appeared since the last closed day waits for its first.
_JOINED = """
create or replace table creative_scorecard as
select s.*, v.p_meets_target, v.p_beats_scope, v.p_best, v.in_best_set, v.expected_loss, v.clicks_to_decide,
  v.comparison,
  case when s.scope = 'campaign' then coalesce(v.verdict, 'too_early') end as verdict,
  case when s.scope = 'campaign' then coalesce(v.action, 'wait') end as action,
  case when s.scope = 'campaign' then coalesce(v.reason, $new) end as reason
from scored s
left join verdicts v
  on s.scope = 'campaign' and v.creative_id = s.creative_id and v.window_days = s.window_days
  and v.network is not distinct from s.network and v.campaign_id is not distinct from s.campaign_id
  and v.country is not distinct from s.country
"""


def join(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `creative_scorecard` of the relation `scored` and the table `verdicts`."""
    parsed.run(connection, _JOINED, {"new": NEW})
