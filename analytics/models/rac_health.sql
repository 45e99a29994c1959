-- what: in what state ad texts arrive, and the money behind each state and behind each flag of a text
-- grain: one row per (sender, day, status)
-- reads: events, ads_known, texts, text_flags, goals, click_spine, click_costs, report_shares, report_parts, ad_identities, settlement_cells, record.creative_variants
-- promise: every cent of facts_daily has one status: an event's by the text it carries, else its click's; a report's by its ad's
-- refresh: sums
with states as (
  select e.sender, e.type, e.id, e.day, e.count, e.traffic, coalesce(t.status, 'missing') as status,
    t.status is not null as has_text,
    coalesce(f.looks_like_ad_name, false) as looks_like_ad_name, coalesce(f.truncated, false) as truncated,
    coalesce(f.equals_terms, false) as equals_terms,
    coalesce(f.shorter_than_known_text, false) as shorter_than_known_text
  from events e
  left join texts t on t.variant_id = e.variant_id
  left join ads_known k on k.network = e.network and k.ad_id = e.ad_id
  left join text_flags f
    on f.variant_id = e.variant_id and f.network is not distinct from e.network and f.ad_id is not distinct from e.ad_id
    and f.account_id is not distinct from coalesce(e.account_id, k.account_id)),
-- An id of several money stages is one goal: any text that one of them carried is its own.
own as (
  select sender, type, id, min(case when traffic = 'human' then 'human' else 'non_human' end) as who,
    min(case when has_text then status end) as status,
    bool_or(looks_like_ad_name) as looks_like_ad_name, bool_or(truncated) as truncated,
    bool_or(equals_terms) as equals_terms, bool_or(shorter_than_known_text) as shorter_than_known_text
  from states group by sender, type, id),
clicks as (
  select c.click_id, o.status, o.looks_like_ad_name, o.truncated, o.equals_terms, o.shorter_than_known_text
  from click_spine c join own o on o.sender = c.sender and o.id = c.id and o.type = 'click'
  where o.who = 'human'),
-- What speaks against all raw texts of a creative that an ad sent.
ad_flags as (
  select network, account_id, ad_id, creative_id,
    not bool_or(not looks_like_ad_name) as looks_like_ad_name, not bool_or(not truncated) as truncated,
    not bool_or(not equals_terms) as equals_terms,
    not bool_or(not shorter_than_known_text) as shorter_than_known_text
  from text_flags where ad_id is not null group by network, account_id, ad_id, creative_id),
partly as (select distinct creative_id from record.creative_variants where status = 'partial_macro'),
parts as (
  select sender, day, status, count as interactions, cast(0 as decimal(38, 6)) as revenue, cast(0 as decimal(38, 6)) as cost,
    looks_like_ad_name, truncated, equals_terms, shorter_than_known_text
  from states where traffic = 'human'
  union all
  select g.sender, g.booked_day, coalesce(o.status, c.status, 'missing'), 0, g.amount - g.refunds, 0,
    case when o.status is null then coalesce(c.looks_like_ad_name, false) else o.looks_like_ad_name end,
    case when o.status is null then coalesce(c.truncated, false) else o.truncated end,
    case when o.status is null then coalesce(c.equals_terms, false) else o.equals_terms end,
    case when o.status is null then coalesce(c.shorter_than_known_text, false) else o.shorter_than_known_text end
  from goals g
  left join own o on o.sender = g.sender and o.type = g.type and o.id = g.id
  left join clicks c on c.click_id = g.click_id
  where g.traffic = 'human'
  union all
  -- What bots read is no evidence of a text, but it was paid for.
  select k.sender, k.day, case when o.who = 'human' then coalesce(o.status, 'missing') else 'non_human' end, 0, 0, k.cost,
    o.looks_like_ad_name and o.who = 'human', o.truncated and o.who = 'human', o.equals_terms and o.who = 'human',
    o.shorter_than_known_text and o.who = 'human'
  from click_costs k
  join own o on o.sender = k.sender and o.type = k.type and o.id = k.id
  where k.cost <> 0
  union all
  select r.sender, r.day, case
    when r.level <> 'ad' then 'campaign_only'
    when s.creative_id is null or a.creative_id is not null then 'missing'
    when p.creative_id is not null then 'partial_macro' else 'ok' end, 0, 0,
    cast(cast(s.share as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)),
    coalesce(f.looks_like_ad_name, false), coalesce(f.truncated, false), coalesce(f.equals_terms, false),
    coalesce(f.shorter_than_known_text, false)
  from report_shares s
  join report_parts r on r.sender = s.sender and r.key_hash = s.key_hash
  left join ad_identities a on a.creative_id = s.creative_id
  left join partly p on p.creative_id = s.creative_id
  left join ad_flags f
    on f.ad_id = r.ad_id and f.network is not distinct from r.network and f.account_id is not distinct from r.account_id
    and f.creative_id = s.creative_id
  where s.measure = 'cost'
  union all
  select settles, day, 'settlement_unallocated', 0, unallocated, 0, false, false, false, false
  from settlement_cells where unallocated <> 0)
select sender, day, status, cast(sum(interactions) as bigint) as interactions,
  cast(sum(revenue) as decimal(38, 6)) as revenue, cast(sum(cost) as decimal(38, 6)) as cost,
  cast(sum(case when looks_like_ad_name then interactions else 0 end) as bigint) as looks_like_ad_name,
  cast(sum(case when looks_like_ad_name then revenue else 0 end) as decimal(38, 6)) as looks_like_ad_name_revenue,
  cast(sum(case when looks_like_ad_name then cost else 0 end) as decimal(38, 6)) as looks_like_ad_name_cost,
  cast(sum(case when truncated then interactions else 0 end) as bigint) as truncated,
  cast(sum(case when truncated then revenue else 0 end) as decimal(38, 6)) as truncated_revenue,
  cast(sum(case when truncated then cost else 0 end) as decimal(38, 6)) as truncated_cost,
  cast(sum(case when equals_terms then interactions else 0 end) as bigint) as equals_terms,
  cast(sum(case when equals_terms then revenue else 0 end) as decimal(38, 6)) as equals_terms_revenue,
  cast(sum(case when equals_terms then cost else 0 end) as decimal(38, 6)) as equals_terms_cost,
  cast(sum(case when shorter_than_known_text then interactions else 0 end) as bigint) as shorter_than_known_text,
  cast(sum(case when shorter_than_known_text then revenue else 0 end) as decimal(38, 6)) as shorter_than_known_text_revenue,
  cast(sum(case when shorter_than_known_text then cost else 0 end) as decimal(38, 6)) as shorter_than_known_text_cost
from parts
group by sender, day, status
having sum(interactions) <> 0 or sum(revenue) <> 0 or sum(cost) <> 0
  or sum(case when looks_like_ad_name then interactions else 0 end) <> 0 or sum(case when looks_like_ad_name then revenue else 0 end) <> 0 or sum(case when looks_like_ad_name then cost else 0 end) <> 0
  or sum(case when truncated then interactions else 0 end) <> 0 or sum(case when truncated then revenue else 0 end) <> 0 or sum(case when truncated then cost else 0 end) <> 0
  or sum(case when equals_terms then interactions else 0 end) <> 0 or sum(case when equals_terms then revenue else 0 end) <> 0 or sum(case when equals_terms then cost else 0 end) <> 0
  or sum(case when shorter_than_known_text then interactions else 0 end) <> 0 or sum(case when shorter_than_known_text then revenue else 0 end) <> 0 or sum(case when shorter_than_known_text then cost else 0 end) <> 0
