-- what: scorecard rows with a NaN, an infinity, or a value outside its interval
-- reads: creative_scorecard
select creative_id, window_days, scope, ctr, epc, profit_per_click, roas
from creative_scorecard
where not coalesce(isfinite(ctr), true) or not coalesce(isfinite(epc), true) or not coalesce(isfinite(roas), true)
  or not coalesce(isfinite(profit_per_click), true) or ctr not between ctr_low and ctr_high
  or epc not between epc_low and epc_high
