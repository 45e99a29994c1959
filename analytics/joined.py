"""This module owns the settings that models join, as tables: rules, windows, senders, systems of record, rates."""

from collections.abc import Sequence
from typing import Any

import duckdb

from analytics.config import AnalyticsSettings
from analytics.rates import Rate
from ingest.network import canonical_network
from ingest.origin import own_profiles
from ingest.profile import profile

RULES = ("same_click", "first_touch", "last_touch", "last_paid", "linear")
_RULES = "create or replace table rules as select unnest($1::varchar[]) as rule"
_WINDOWS = """
create or replace table windows as select unnest($1::integer[]) as window_days, unnest($2::boolean[]) as headline
"""
_SENDERS = """
create or replace table senders as
select unnest($1::varchar[]) as sender, unnest($2::varchar[]) as timezone, unnest($3::varchar[]) as settles
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
    # Of every sender its time zone, and whose money its settlements finalise.
    senders = [
        (name, each.timezone or profile(each.profile, profiles).timezone, each.settles or name)
        for name, each in settings.senders.items()
    ]
    kinds = [(kind, each.sender) for kind, each in settings.conversions.items()]
    connection.execute(_RULES, [list(RULES)])
    connection.execute(_WINDOWS, _columns(windows, 2))
    connection.execute(_SENDERS, _columns(senders, 3))
    connection.execute(_RECORD_SENDERS, _columns(kinds, 2))
    networks = {canonical_network(name): each.sender for name, each in settings.spend.items()}
    connection.execute(_SPEND_SENDERS, _columns(list(networks.items()), 2))
    # A monetised ad click is a step and a goal: one system of record holds for both.
    steps = {kind: sender for kind, sender in kinds if kind == "ad_click"}
    steps |= {step: each.sender for step, each in settings.steps.items()}
    connection.execute(_STEP_SENDERS, _columns(list(steps.items()), 2))
    connection.execute(_RATES, _columns(rates, 4))


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[at] for row in rows] for at in range(width)]
