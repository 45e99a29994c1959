"""This package owns the likeliest mistakes of a set-up: each probe looks for one, says what it found, and the fix.

A probe looks at this machine, the settings, the folder, and where whichad runs, at what arrives. It changes nothing.
"""

from collections.abc import Callable, Iterator

from analytics.config import AnalyticsSettings
from analytics.doctor import addresses, arriving, folders, machine, secrets
from analytics.status.health import Finding

Probe = Callable[[AnalyticsSettings], Iterator[Finding]]
PROBES: tuple[Probe, ...] = (
    machine.versions,
    secrets.senders,
    secrets.files,
    addresses.ports,
    addresses.public,
    folders.writable,
    folders.kind_of_disk,
    folders.room,
    folders.days,
    folders.shared,
    folders.alone,
    machine.zone,
    machine.key,
    arriving.refused,
    arriving.unusable,
    arriving.silent,
)


def doctor(settings: AnalyticsSettings) -> Iterator[Finding]:
    """Whether this machine and these settings can run whichad, and whether what arrives can be used."""
    for probe in PROBES:
        yield from probe(settings)
