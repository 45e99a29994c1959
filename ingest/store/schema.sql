-- The record (data/interactions.duckdb): what was received, loaded exactly once. Times are UTC, money has six places.
-- No keys and no secondary indexes: deduplication goes through `seen`, a narrow table of 64-bit hashes.

create table interactions (
  sender varchar not null, type varchar not null, revenue_stage varchar, id varchar not null,
  occurred_at timestamp not null, received_at timestamp not null, variant_id varchar,
  click_id varchar, click_ids varchar, visitor varchar, session_id varchar,
  network varchar, account_id varchar, campaign_id varchar, campaign_name varchar, adset_id varchar,
  ad_id varchar, ad_name varchar, placement varchar, offer_id varchar, landing_page varchar, term varchar,
  country varchar, device varchar, conversion_kind varchar, transaction_id varchar,
  revenue decimal(18,6), cost decimal(18,6), currency varchar not null,
  traffic varchar not null, consent varchar, count bigint not null, properties varchar,
  stated_at timestamp not null, repeats varchar,
  key_hash bigint not null, content_hash bigint not null, delivery_id varchar not null, item_index integer not null);

create table reports (
  sender varchar not null, stated_at timestamp not null, received_at timestamp not null, day date not null,
  level varchar not null, network varchar, account_id varchar, campaign_id varchar, campaign_name varchar,
  adset_id varchar, ad_id varchar, ad_name varchar, country varchar,
  impressions bigint, clicks bigint, cost decimal(18,6), platform_conversions bigint,
  platform_revenue decimal(18,6), currency varchar not null, properties varchar,
  key_hash bigint not null, content_hash bigint not null, delivery_id varchar not null, item_index integer not null);

create table settlements (
  sender varchar not null, stated_at timestamp not null, received_at timestamp not null, day date not null,
  offer_id varchar, campaign_id varchar, ad_id varchar, country varchar, landing_page varchar, sub_id varchar,
  revenue decimal(18,6) not null, currency varchar not null, properties varchar,
  key_hash bigint not null, content_hash bigint not null, delivery_id varchar not null, item_index integer not null);

create table ads (
  sender varchar not null, stated_at timestamp not null, received_at timestamp not null,
  valid_from timestamp not null, network varchar, account_id varchar, ad_id varchar not null, ad_name varchar,
  campaign_id varchar, campaign_name varchar, adset_id varchar, variant_id varchar, asset_id varchar,
  thumbnail_url varchar, properties varchar, origin varchar not null,
  key_hash bigint not null, content_hash bigint not null, delivery_id varchar not null, item_index integer not null);

create table creative_variants (
  variant_id varchar not null, creative_raw varchar not null, creative_text varchar not null, creative_key varchar,
  status varchar not null, flags varchar not null, creative_id varchar, rules varchar not null,
  first_seen timestamp not null);

create table creatives (
  creative_id varchar not null, creative_text varchar not null, status varchar not null, first_seen timestamp not null);

create table creative_aliases (
  creative_id varchar not null, canonical_id varchar not null, kind varchar not null, reason varchar not null);

create table decisions (
  decision_id varchar not null, decided_at timestamp not null, kind varchar not null, subject varchar not null,
  object varchar, actor varchar not null, reason varchar not null);

create table quarantine (
  sender varchar not null, received_at timestamp not null, code varchar not null, field varchar not null,
  detail varchar not null, id varchar, item varchar not null, disposition varchar not null,
  body_hash varchar not null, delivery_id varchar not null, item_index integer);

create table refusals (
  minute timestamp not null, sender varchar not null, code varchar not null, deliveries bigint not null,
  bytes bigint not null);

create table loads (
  load_id bigint not null, loaded_at timestamp not null, sender varchar not null, received_day date not null,
  deliveries bigint not null, items bigint not null, accepted bigint not null, new_versions bigint not null,
  duplicates bigint not null, quarantined bigint not null, ignored bigint not null);

-- How far each segment is loaded, and how far of that stands in the archive; `removed_at`: deleted by the retention.
create table positions (
  segment varchar not null, row bigint not null, chain blob not null, refusal_row bigint not null,
  sealed boolean not null, archived_row bigint not null default 0, archived_chain blob not null default ''::blob,
  archived_refusal_row bigint not null default 0, removed_at timestamp);

-- Every content of every key, once. `kept`: its row is in its table; else it stands in the quarantine, or was ignored.
create table seen (
  key_hash bigint not null, content_hash bigint not null, day date not null, kept boolean not null default true);

-- Deliveries that were read again from their kept bodies; only what the replay made of them counts.
create table superseded (delivery_id varchar not null);

-- Items that lost their key to another content which came later: the winner does not depend on arrival.
create table displaced (delivery_id varchar not null, item_index integer not null);

-- Deliveries that are loaded and not in the archive yet, and where each lies in the journal. `again`: the archive
-- had them, and lost them. `whole`: the row was not damaged when it was loaded.
create table pending (
  delivery_id varchar not null, segment varchar not null, row bigint not null, load_id bigint not null,
  whole boolean not null, again boolean not null default false);

-- Every writing of the archive (seal, compaction, expiry), in the same transaction as its files are noted below.
create table seals (
  seal_id bigint not null, sealed_at timestamp not null, what varchar not null, deliveries bigint not null,
  load_id bigint not null, received_to timestamp, quarantine_before date, archive_before date);

-- The files that the archive consists of now. A file holds rows of the seals from first_seal to last_seal.
create table archive_files (
  seal_id bigint not null, kind varchar not null, day date not null, file varchar not null, rows bigint not null,
  bytes bigint not null, sha256 varchar not null, first_seal bigint not null, last_seal bigint not null);

-- What of `superseded` and `displaced` the archive knows of; item_index is null where the whole delivery is meant.
create table withdrawn (delivery_id varchar not null, item_index integer);

-- Rows whose time was over: counted, not silent.
create table expired (kind varchar not null, before date not null, rows bigint not null);

create table texts_seen (
  variant_id varchar not null, sender varchar not null, network varchar, account_id varchar, ad_id varchar,
  first_seen timestamp not null);

create table schema_version (version integer not null);
insert into schema_version values (4);
