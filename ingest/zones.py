"""This module owns the names of time zones: which ones the IANA database of this machine knows."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> frozenset[str]:
    """Every name there is, read once a process: it is a walk through hundreds of files."""
    return frozenset(available_timezones())


def check_zone(name: str) -> str:
    """Return `name` if the time-zone database knows it; raise ValueError otherwise."""
    if name not in zones():
        raise ValueError(f"{name!r} is not a time zone of the IANA database, such as 'America/Los_Angeles'")
    return name
