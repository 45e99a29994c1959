-- what: the money beyond which a click's is cut for comparisons: the 99th percentile of converting clicks of closed days
-- reads: click_outcomes
select cast(quantile_disc(revenue_millionths, 0.99) as bigint) as cap_millionths
from click_outcomes where revenue_millionths > 0 and day <= $through
