"""This module owns the words for numbers that several nodes make: up to when they are whole, and who is silent."""

from datetime import UTC, datetime

from dashboard import numbers
from dashboard.config import Settings
from dashboard.freshness import Freshness
from ingest.nodes.standing import Whole, whole

SILENT = "What was taken there since is on the disk there, and comes into the numbers later: see whichad status."


def gathered(settings: Settings, fresh: Freshness, now: datetime) -> tuple[str, str]:
    """What stands beside `Data as of …`, and what the banner says where a node is silent; each empty for nothing.

    `now` is aware. What is published is never whole for longer than it looks.
    """
    try:
        found = whole(settings, now.astimezone(UTC).replace(tzinfo=None))
    except ValueError:  # a moment that is none: `whichad status` says of which node
        return "", ""
    if found is None:
        return "", ""
    if found.to is None:
        return f"not known to be whole yet: of {found.furthest_behind} nothing says so", _silent(found, "")
    to = min(found.to.replace(tzinfo=UTC), fresh.as_of)
    local = to.astimezone(fresh.zone)
    until = f"whole up to {local.day} {local:%b, %H:%M}"
    behind = f" ({found.furthest_behind} is furthest behind)" if len(found.silent) != 1 else ""
    return f"{until}, {numbers.age(to, now)}{behind}", _silent(found, f" The numbers are {until} ({fresh.zone.key}).")


def _silent(found: Whole, until: str) -> str:
    if not found.silent:
        return ""
    one = len(found.silent) == 1
    who = f"The node {found.silent[0]} is silent" if one else f"The nodes {', '.join(found.silent)} are silent"
    return f"{who}.{until} {SILENT}"
