-- What stands in a cell, a row per measure: `side` is 1 for what is said on one side, -1 for what is said on the other.
    , unnest(['impressions', 'clicks', 'sessions', 'ad_clicks', 'conversions', 'reported_impressions', 'reported_clicks',
      'cost_direct', 'cost_allocated', 'revenue_provisional', 'revenue_settled', 'refunds']) as measure,
    unnest([cast(side * impressions as decimal(38, 6)), cast(side * clicks as decimal(38, 6)),
      cast(side * sessions as decimal(38, 6)), cast(side * ad_clicks as decimal(38, 6)),
      cast(side * conversions as decimal(38, 6)), cast(side * reported_impressions as decimal(38, 6)),
      cast(side * reported_clicks as decimal(38, 6)), side * cost_direct, side * cost_allocated,
      side * revenue_provisional, side * revenue_settled, side * refunds]) as amount
