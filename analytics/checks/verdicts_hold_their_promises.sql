-- what: a verdict whose own numbers, action or sentence say otherwise, or a scope's row without one
-- reads: verdicts, creative_scorecard, thresholds
with judged as (
  select creative_id, window_days, 'verdicts' as told_in, verdict, action, reason,
    case
      when verdict = 'winner' and (net_per_click < 0 or net_per_click is null or mature_cost <= 0)
        then 'a winner that misses its target'
      when verdict = 'cut' and coalesce(p_meets_target > 0.5, false) then 'a cut that probably meets its target'
      when p_meets_target not between 0 and 1 or p_beats_scope not between 0 and 1 or p_best not between 0 and 1
        then 'a probability that is none'
      when mature_clicks < 0 or mature_cost < 0 or clicks_to_decide < 0 then 'a count below nothing'
      when not exists (select 1 from thresholds t where t.version = v.thresholds_version)
        then 'made by thresholds that nobody knows'
    end as wrong
  from verdicts v),
shown as (
  select creative_id, window_days, 'creative_scorecard' as told_in, verdict, action, reason,
    case
      when scope = 'campaign' and (verdict is null or coalesce(reason, '') = '') then 'a scope without a verdict'
      when scope <> 'campaign' and verdict is not null then 'a verdict on what is pooled'
    end as wrong
  from creative_scorecard),
everywhere as (select * from judged union all select * from shown)
select creative_id, window_days, told_in, verdict, action, coalesce(wrong, 'an action that does not fit') as wrong
from everywhere
where wrong is not null or (verdict is not null and coalesce(action <> case
  when verdict = 'winner' then 'scale' when verdict in ('promising', 'average') then 'keep'
  when verdict = 'fatigued' and action = 'keep' then 'keep'
  when verdict in ('needs_work', 'fatigued', 'unattributable') then 'fix' when verdict = 'cut' then 'cut'
  when verdict = 'too_early' then 'wait' end, true))
