"""This module owns the settings that models join, as tables: rules, windows, senders, rates, arms of experiments."""

from collections.abc import Sequence
from typing import Any

import duckdb

from analytics.config import AnalyticsSettings
from analytics.experiments import declared
from analytics.inputs.exchange_rates import Rate
from analytics.inputs.windows import windows
from analytics.ruling import rules
from ingest import parsed
from ingest.network import canonical_network
from ingest.profile import Profile, profile
from ingest.senders.origin import own_profiles

# What networks call the id of a click; trackers hand it on, and shops find it in the address of the landing.
CLICK_ID_NAMES = (
    "gclid", "gbraid", "wbraid", "fbclid", "ttclid", "msclkid", "taboola", "ob_click_id", "dicbo", "twclid",
    "li_fat_id", "epik", "rdt_cid", "ScCid", "yclid", "external_id", "voluum", "redtrack",
)  # fmt: skip
_RULES = """
create or replace table rules as
select unnest($1::varchar[]) as rule, unnest($2::varchar[]) as journey_read, unnest($3::boolean[]) as shares
"""
_WINDOWS = """
create or replace table windows as
select unnest($1::varchar[]) as conversion_kind, unnest($2::integer[]) as window_days,
  unnest($3::varchar[]) as touch_types, unnest($4::integer[]) as view_days, unnest($5::bigint[]) as half_life_us,
  unnest($6::boolean[]) as headline
"""
_CLICK_ID_NAMES = """
create or replace table click_id_names as
select unnest($1::varchar[]) as name, unnest($2::varchar[]) as path
"""
_REMOVED = "create or replace table removed_networks as select unnest($1::varchar[]) as network"
_SENDERS = """
create or replace table senders as
select unnest($1::varchar[]) as sender, unnest($2::varchar[]) as timezone, unnest($3::varchar[]) as settles,
  unnest($4::varchar[]) as role, unnest($5::varchar[]) as profile
"""
_RECORD_SENDERS = """
create or replace table record_senders as
select unnest($1::varchar[]) as conversion_kind, unnest($2::varchar[]) as sender
"""
_SPEND_SENDERS = """
create or replace table spend_senders as
select unnest($1::varchar[]) as network, unnest($2::varchar[]) as sender
"""
_STEP_SENDERS = """
create or replace table step_senders as
select unnest($1::varchar[]) as step, unnest($2::varchar[]) as sender
"""
_RATES = """
create or replace table rates as
select unnest($1::varchar[]) as currency, unnest($2::date[]) as first_day, unnest($3::date[]) as next_day,
  unnest($4::decimal(18, 10)[]) as rate
"""
_EXPERIMENT_ARMS = """
create or replace table experiment_arms as
select unnest($1::varchar[]) as experiment, unnest($2::integer[]) as arm_number, unnest($3::varchar[]) as arm,
  unnest($4::double[]) as share, unnest($5::varchar[]) as stated_id, unnest($6::varchar[]) as ad_id,
  unnest($7::varchar[]) as network, unnest($8::varchar[]) as campaign_id, unnest($9::varchar[]) as country,
  unnest($10::date[]) as first_day, unnest($11::date[]) as last_day, unnest($12::varchar[]) as unit,
  unnest($13::varchar[]) as metric
"""
TABLES = (
    "rules",
    "windows",
    "click_id_names",
    "removed_networks",
    "senders",
    "record_senders",
    "spend_senders",
    "step_senders",
    "rates",
    "experiment_arms",
)


def settings_tables(connection: duckdb.DuckDBPyConnection, settings: AnalyticsSettings, rates: Sequence[Rate]) -> None:
    """Make the tables. Raises ConfigError where a sender's profile cannot be read."""
    profiles = own_profiles(settings)
    read = {name: profile(each.profile, profiles) for name, each in settings.senders.items()}
    # Of every sender its time zone, whose money its settlements finalise, whose word its events are, and its profile.
    senders = [
        (name, each.timezone or read[name].timezone, each.settles or name, _role(read[name]), each.profile)
        for name, each in settings.senders.items()
    ]
    kinds = [(kind, each.sender) for kind, each in settings.conversions.items() if each.sender]
    parsed.run(connection, _RULES, _columns([(each.rule, each.journey_read, each.shares) for each in rules.every()], 3))
    parsed.run(connection, _WINDOWS, _columns([window.row for window in windows(settings)], 6))
    parsed.run(connection, _CLICK_ID_NAMES, _columns([(name, f"$.{name}") for name in CLICK_ID_NAMES], 2))
    removed = sorted({canonical_network(name) for name in settings.attribution.remove_networks})
    parsed.run(connection, _REMOVED, [removed])
    parsed.run(connection, _SENDERS, _columns(senders, 5))
    parsed.run(connection, _RECORD_SENDERS, _columns(kinds, 2))
    networks = {canonical_network(name): each.sender for name, each in settings.spend.items()}
    parsed.run(connection, _SPEND_SENDERS, _columns(list(networks.items()), 2))
    # A monetised ad click is a step and a goal: one system of record holds for both.
    steps = {kind: sender for kind, sender in kinds if kind == "ad_click"}
    steps |= {step: each.sender for step, each in settings.steps.items()}
    parsed.run(connection, _STEP_SENDERS, _columns(list(steps.items()), 2))
    parsed.run(connection, _RATES, _columns(rates, 4))
    parsed.run(connection, _EXPERIMENT_ARMS, _columns(declared.rows(settings.experiments), 13))


def _role(found: Profile) -> str:
    """Events are the word of a feed, or else of a tracker: shops, apps and one's own code among them."""
    return "feed" if found.kind == "feed" else "tracker"


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[at] for row in rows] for at in range(width)]
