"""This module owns the settings that models join, as tables: rules, windows, senders, systems of record, rates."""

from collections.abc import Sequence
from typing import Any

import duckdb

from analytics.config import AnalyticsSettings
from analytics.rates import Rate
from ingest import parsed
from ingest.network import canonical_network
from ingest.origin import own_profiles
from ingest.profile import Profile, profile

RULES = ("same_click", "first_touch", "last_touch", "last_paid", "linear")
_RULES = "create or replace table rules as select unnest($1::varchar[]) as rule"
_WINDOWS = """
create or replace table windows as select unnest($1::integer[]) as window_days, unnest($2::boolean[]) as headline
"""
_SENDERS = """
create or replace table senders as
select unnest($1::varchar[]) as sender, unnest($2::varchar[]) as timezone, unnest($3::varchar[]) as settles,
  unnest($4::varchar[]) as role
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
TABLES = ("rules", "windows", "senders", "record_senders", "spend_senders", "step_senders", "rates")


def settings_tables(
    connection: duckdb.DuckDBPyConnection,
    settings: AnalyticsSettings,
    windows: list[tuple[int, bool]],
    rates: Sequence[Rate],
) -> None:
    """Make the tables. Raises ConfigError where a sender's profile cannot be read."""
    profiles = own_profiles(settings)
    read = {name: profile(each.profile, profiles) for name, each in settings.senders.items()}
    # Of every sender its time zone, whose money its settlements finalise, and whose word its events are.
    senders = [
        (name, each.timezone or read[name].timezone, each.settles or name, _role(read[name]))
        for name, each in settings.senders.items()
    ]
    kinds = [(kind, each.sender) for kind, each in settings.conversions.items()]
    parsed.run(connection, _RULES, [list(RULES)])
    parsed.run(connection, _WINDOWS, _columns(windows, 2))
    parsed.run(connection, _SENDERS, _columns(senders, 4))
    parsed.run(connection, _RECORD_SENDERS, _columns(kinds, 2))
    networks = {canonical_network(name): each.sender for name, each in settings.spend.items()}
    parsed.run(connection, _SPEND_SENDERS, _columns(list(networks.items()), 2))
    # A monetised ad click is a step and a goal: one system of record holds for both.
    steps = {kind: sender for kind, sender in kinds if kind == "ad_click"}
    steps |= {step: each.sender for step, each in settings.steps.items()}
    parsed.run(connection, _STEP_SENDERS, _columns(list(steps.items()), 2))
    parsed.run(connection, _RATES, _columns(rates, 4))


def _role(found: Profile) -> str:
    """Events are the word of a feed, or else of a tracker: shops, apps and one's own code among them."""
    return "feed" if found.kind == "feed" else "tracker"


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[at] for row in rows] for at in range(width)]
