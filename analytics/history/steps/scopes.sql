-- Which measures each kind of news can change.
create or replace table history_scopes as
select scope, unnest(measures) as measure
from (values
  ('all', ['impressions', 'clicks', 'sessions', 'ad_clicks', 'conversions', 'reported_impressions', 'reported_clicks',
    'cost_direct', 'cost_allocated', 'revenue_provisional', 'revenue_settled', 'refunds']),
  ('cost', ['impressions', 'cost_direct', 'cost_allocated']), ('sessions', ['sessions']),
  ('goals', ['sessions', 'ad_clicks', 'conversions', 'revenue_provisional', 'revenue_settled', 'refunds']),
  ('money', ['revenue_provisional', 'revenue_settled', 'refunds']), ('refunds', ['refunds']),
  ('reports', ['reported_impressions', 'reported_clicks', 'cost_direct', 'cost_allocated'])) s(scope, measures)
