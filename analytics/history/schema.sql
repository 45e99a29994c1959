-- What was published (data/history.duckdb). A step is a publish that was noted; it grows by one. Times are UTC.

create table history.days (
  day date not null, step bigint not null, version varchar not null, as_of timestamp not null, missed boolean not null,
  timezone varchar not null, currency varchar not null, kind varchar not null, headline_rule varchar not null,
  objective varchar not null, target varchar not null, settings varchar not null, decisions varchar not null,
  models varchar not null, schema integer not null, cells bigint not null, digest varchar not null,
  premature boolean not null);

create table history.closings (
  day date not null, creative_id varchar, sender varchar, network varchar, campaign_id varchar, conversion_kind varchar,
  currency varchar not null, impressions bigint not null, clicks bigint not null, sessions bigint not null,
  ad_clicks bigint not null, conversions bigint not null, reported_impressions bigint not null,
  reported_clicks bigint not null, cost_direct decimal(38, 6) not null, cost_allocated decimal(38, 6) not null,
  revenue_provisional decimal(38, 6) not null, revenue_settled decimal(38, 6) not null, refunds decimal(38, 6) not null);

-- Only the difference is kept: before and after follow from the closing and the order of the steps.
create table history.changes (
  step bigint not null, noted_at timestamp not null, noted_day date not null, version varchar not null,
  day date not null, creative_id varchar, sender varchar, network varchar, campaign_id varchar, conversion_kind varchar,
  currency varchar not null, measure varchar not null, change decimal(38, 6) not null, causes varchar not null,
  located varchar not null);

create table history.verdicts (
  day date not null, creative_id varchar not null, window_days integer not null, network varchar, campaign_id varchar,
  country varchar, verdict varchar not null, action varchar not null, reason varchar not null,
  objective varchar not null, target double not null, p_meets_target double, mature_clicks bigint not null,
  p_beats_scope double, net_per_click double, thresholds_version integer, since date, comparison varchar,
  ahead double, ahead_sd double, net_mean double, net_sd double);

-- Every set of the numbers that decide verdicts; the first day is the one that was judged by it first.
create table history.thresholds (
  version integer not null, name varchar not null, value double not null, what varchar not null, since date not null);

-- What the newest step knew of the record: whatever came after it is what can have changed a day since.
create table history.mark (
  step bigint not null, version varchar not null, as_of timestamp not null, today date not null,
  received_to timestamp not null, load_id bigint not null, decisions varchar not null, superseded bigint not null,
  settings varchar not null, models varchar not null, changes bigint not null);

create table history.aliases (creative_id varchar not null, canonical_id varchar not null);

create table history.schema_version (version integer not null);
insert into history.schema_version values (2);
