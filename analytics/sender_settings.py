"""This module owns what a build knows of each sender besides the record: its zone, and whose word its events are."""

import duckdb

from analytics.config import AnalyticsSettings
from ingest.config import ConfigError, Sender
from ingest.origin import own_profiles
from ingest.profile import profile

FEED, TRACKER = "feed", "tracker"


def write(connection: duckdb.DuckDBPyConnection, settings: AnalyticsSettings) -> None:
    """Make the table `sender_settings` (sender, timezone, role), which models join: one row per configured sender."""
    known = [(name, *_said(sender, settings)) for name, sender in sorted(settings.senders.items())]
    connection.execute(
        "create or replace table sender_settings as select unnest(?::varchar[]) as sender,"
        " unnest(?::varchar[]) as timezone, unnest(?::varchar[]) as role",
        [[row[column] for row in known] for column in range(3)],
    )


def _said(sender: Sender, settings: AnalyticsSettings) -> tuple[str, str]:
    """A sender's zone and role. A profile that is broken on disk stops no build: the door says what is wrong."""
    try:
        found = profile(sender.profile, own_profiles(settings))
    except (ConfigError, OSError):
        return sender.timezone or settings.timezone, TRACKER
    return sender.timezone or found.timezone, FEED if found.kind == FEED else TRACKER
