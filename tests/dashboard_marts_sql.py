"""This module owns the SQL that turns the dashboard tests' facts into the agreed marts."""

MARTS_SQL = (
    """create table facts_daily as
       select day::date as day, creative_id, 'tracker' as sender, network, 'act_1' as account_id, campaign_id,
              '7' as adset_id, '1202' as ad_id, 'feed' as placement, country, 'mobile' as device, conversion_kind,
              0::bigint as impressions, clicks::bigint as clicks, landing_views::bigint as landing_views,
              search_clicks::bigint as search_clicks, results_views::bigint as results_views,
              ad_clicks::bigint as ad_clicks, conversions::bigint as conversions, landing_views::bigint as sessions,
              reported_impressions::bigint as reported_impressions, reported_clicks::bigint as reported_clicks,
              0::bigint as reported_conversions, 0::decimal(38, 6) as reported_revenue,
              revenue::decimal(38, 6) as revenue_provisional, null::decimal(38, 6) as revenue_settled,
              null::double as settlement_factor, 0::decimal(38, 6) as refunds,
              cost::decimal(38, 6) as cost_direct, 0::decimal(38, 6) as cost_allocated
       from given""",
    """create view creative_daily as
       select day, creative_id, sender, network, campaign_id,
              sum(impressions)::bigint as impressions, sum(clicks)::bigint as clicks,
              sum(landing_views)::bigint as landing_views, sum(search_clicks)::bigint as search_clicks,
              sum(results_views)::bigint as results_views, sum(ad_clicks)::bigint as ad_clicks,
              sum(conversions)::bigint as conversions, sum(sessions)::bigint as sessions,
              sum(reported_impressions)::bigint as reported_impressions,
              sum(reported_clicks)::bigint as reported_clicks,
              sum(cost_direct + cost_allocated)::decimal(38, 6) as cost,
              sum(coalesce(revenue_settled, revenue_provisional) - refunds)::decimal(38, 6) as revenue
       from facts_daily group by all""",
    """create table creatives as
       select creative_id, creative_text,
              case hash(creative_id) % 7 when 0 then 'ad_text' when 1 then 'ad' else 'text' end as identity_by,
              'ok' as status, min(day)::timestamp as first_seen, max(day)::timestamp as last_seen,
              1::bigint as variants, list_sort(list(distinct network)) as networks, 1::bigint as ads
       from texts join facts_daily using (creative_id) group by creative_id, creative_text""",
    """create table creative_scorecard (
         creative_id varchar, window_days int, scope varchar, network varchar, campaign_id varchar, country varchar,
         window_start date, window_end date, impressions bigint, clicks bigint, landing_views bigint,
         search_clicks bigint, results_views bigint, ad_clicks bigint, conversions bigint, sessions bigint,
         reported_impressions bigint, reported_clicks bigint, cost decimal(38, 6), cost_allocated decimal(38, 6),
         revenue decimal(38, 6), profit decimal(38, 6),
         ctr double, ctr_low double, ctr_high double, lp_rate double, lp_rate_low double, lp_rate_high double,
         ctr1 double, ctr1_low double, ctr1_high double, serp_rate double, serp_rate_low double,
         serp_rate_high double, ctr2 double, ctr2_low double, ctr2_high double, cvr double, cvr_low double,
         cvr_high double, epc double, epc_low double, epc_high double, profit_per_click double,
         profit_per_click_low double, profit_per_click_high double, roas double, roas_low double, roas_high double,
         cpc double, cpa double, rpc double, rps double, mature_clicks bigint, maturing boolean, objective varchar,
         target double, p_meets_target double, verdict varchar, action varchar, reason varchar)""",
    """create table freshness (
         newest_event timestamp, newest_delivery timestamp, built_at timestamp, as_of timestamp, version varchar,
         timezone varchar, currency varchar, kind varchar, headline_rule varchar, objective varchar, target double,
         interactions bigint, deliveries bigint, duplicates bigint, quarantined bigint, conversion_kind varchar,
         maturity_days int)""",
    """create table metrics as
       select 'epc' as metric, 'Earnings per click' as title, 'revenue / observed clicks' as formula,
              'revenue' as numerator, 'clicks' as denominator, 'money' as unit, 'up' as direction,
              false as additive, 200::bigint as minimum_sample, 'arbitrage' as kinds""",
    # Wilson's interval at 95 %; NULL where there is nothing to divide by.
    """create temp macro low(k, n) as
       case when n > 0 then greatest(0, ((k / n) + 1.92 / n - 1.96 * sqrt(((k / n) * (1 - least(1, k / n))
            + 0.96 / n) / n)) / (1 + 3.84 / n)) end""",
    """create temp macro high(k, n) as
       case when n > 0 then least(1, ((k / n) + 1.92 / n + 1.96 * sqrt(((k / n) * (1 - least(1, k / n))
            + 0.96 / n) / n)) / (1 + 3.84 / n)) end""",
)

CARD_SQL = """
insert into creative_scorecard
with sums as (
  select creative_id /*keys*/, sum(clicks) as c, sum(landing_views) as v, sum(search_clicks) as s,
         sum(results_views) as p, sum(ad_clicks) as a, sum(conversions) as k, sum(reported_impressions) as ri,
         sum(reported_clicks) as rc, sum(cost_direct)::double as x, sum(revenue_provisional)::double as r,
         3.2 * sum(revenue_provisional)::double / nullif(greatest(sum(ad_clicks), sum(conversions)), 0) as spread
  from facts_daily where creative_id is not null and day between $first and $last group by all
), judged as (
  select *, r / nullif(c, 0) as e, 1.96 * sqrt(greatest(r, 0.01) / nullif(c, 0) * spread / nullif(c, 0)) as h,
         case when $objective = 'roas' then r / nullif(x, 0) else (r - x) / nullif(c, 0) end as o,
         case when $objective = 'roas' then h * c / nullif(x, 0) else h end as oh
  from sums
), said as (
  select *, case when c < $least then 'too_early' when o - oh > $target then 'winner' when o > $target
            then 'promising' when o + oh > $target then 'needs_work' else 'cut' end as verdict from judged
)
select creative_id, $days, $scope, /*cell*/, $first, $last, 0, c, v, s, p, a, k, v, ri, rc, x, 0, r, r - x,
       rc / nullif(ri, 0), low(rc, ri), high(rc, ri), v / nullif(c, 0), low(v, c), high(v, c),
       s / nullif(v, 0), low(s, v), high(s, v), p / nullif(s, 0), low(p, s), high(p, s),
       a / nullif(p, 0), low(a, p), high(a, p), k / nullif(c, 0), low(k, c), high(k, c),
       e, e - h, e + h, e - x / nullif(c, 0), e - h - x / nullif(c, 0), e + h - x / nullif(c, 0),
       r / nullif(x, 0), (r - h * c) / nullif(x, 0), (r + h * c) / nullif(x, 0),
       x / nullif(rc, 0), x / nullif(k, 0), r / nullif(a, 0), r / nullif(v, 0), c, false, $objective, $target, null,
       case when $scope = 'campaign' then verdict end,
       case when $scope = 'campaign' then case verdict when 'winner' then 'Raise the budget in steps'
            when 'promising' then 'Keep running' when 'needs_work' then 'Change the text or the page'
            when 'cut' then 'Stop it' else 'Wait' end end,
       case when $scope = 'campaign' then format('{:d} clicks; the interval of the objective against the target {}',
            c::bigint, $target) end
from said
"""
