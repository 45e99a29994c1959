-- what: scorecard rows with a NaN, an infinity, or a value outside its interval
-- reads: creative_scorecard
select creative_id, window_days, scope, ctr, epc, profit_per_click, roas
from creative_scorecard
where not coalesce(isfinite(ctr), true) or not coalesce(isfinite(epc), true) or not coalesce(isfinite(roas), true)
  or not coalesce(isfinite(profit_per_click), true) or ctr not between ctr_low and ctr_high
  or epc not between epc_low and epc_high or epc_capped not between epc_capped_low and epc_capped_high
  or cpa not between cpa_low and cpa_high or rpc not between rpc_low and rpc_high or rps not between rps_low and rps_high
  or not coalesce(isfinite(cvr_shrunk), true) or not coalesce(isfinite(epc_shrunk), true)
