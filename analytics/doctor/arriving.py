"""This module owns the doctor's look at what arrives: refused as forged or too old, unusable, or nothing at all."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import duckdb

from analytics.config import AnalyticsSettings
from analytics.status.health import Finding, is_running
from analytics.version.opened import opened
from ingest.journal import segments
from ingest.segments.segment import SegmentReader

DAY_SECONDS, SILENT_SECONDS = 86_400, 3600
REFUSED_MIN = 5  # one probe of a stranger is no mistake of ours
UNUSABLE_SHARE, UNUSABLE_MIN = 0.5, 10
_FIXES = {
    "timestamp_stale": "Set the clock of this machine (timedatectl set-ntp true), or the sender's: signatures hold for"
    " five minutes.",
    "signature_wrong": "The secret here is not the platform's: compare them, with whichad ingest senders show {0}",
    "signature_missing": "The platform does not sign as this profile expects: is [senders.{0}] profile the right one?",
    "sender_unknown": "Somebody posts to a name that is not configured: whichad ingest senders lists the addresses.",
}
_ACTIVITY = """
select sender, items, quarantined from sender_activity
where items >= $least and quarantined >= $share * items order by sender
"""


def refused(settings: AnalyticsSettings) -> Iterator[Finding]:
    """What was turned away within a day for a reason that a setting or a clock mends."""
    since, found, taken = time.time() - DAY_SECONDS, Counter[tuple[str, str]](), Counter[str]()
    for path in segments(settings.journal_dir):
        with suppress(sqlite3.Error, OSError), SegmentReader(path) as reader:
            if path.stat().st_mtime < since:
                continue
            for _, minute, sender, code, deliveries, _bytes in reader.refusals_after(0):
                if code in _FIXES and minute >= since - 60:
                    found[sender, code] += deliveries
            for row in reader.newest(100):
                taken[row.delivery.sender] += 1
    for (sender, code), count in sorted(found.items()):
        if count >= max(REFUSED_MIN, taken[sender]):  # as many as were taken: no stray stranger
            whose = f"of {sender} " if sender else ""
            detail = f"{count} deliveries {whose}were refused within a day: {code}"
            yield Finding("refused", False, detail, _FIXES[code].format(sender or "<name>"))


def unusable(settings: AnalyticsSettings) -> Iterator[Finding]:
    """Senders most of whose items cannot be used: their profile is another platform's."""
    if not settings.published_link.exists():
        return
    try:
        with opened(settings.published_link) as marts:
            rows = marts.execute(_ACTIVITY, {"least": UNUSABLE_MIN, "share": UNUSABLE_SHARE}).fetchall()
    except duckdb.Error:  # `whichad status` says what is wrong with it
        return
    for sender, items, quarantined in rows:
        if sender in settings.senders:
            profile = settings.senders[sender].profile
            hint = f"Is profile = {profile!r} the right one? Why: whichad ingest quarantine --sender {sender}"
            detail = f"{quarantined} of {items} items of {sender} cannot be used"
            yield Finding("quarantine", False, detail, hint)


def silent(settings: AnalyticsSettings) -> Iterator[Finding]:
    """Where ingest runs, something arrived within the hour."""
    if not is_running(settings):
        return
    newest = 0
    for path in segments(settings.journal_dir):
        with suppress(sqlite3.Error), SegmentReader(path) as reader:
            for row in reader.newest(20):
                if row.delivery.disposition not in ("decision", "replay"):
                    newest = max(newest, row.delivery.received_at)
    hint = (
        "Is the address at the platform the one of `whichad ingest senders`, and does it come through from outside?"
        " Try it from here: whichad ingest send-test <sender>"
    )
    ago = time.time() - newest / 1e6
    words = f"the last delivery came {ago / 60:.0f} min ago" if newest else "nothing has ever arrived"
    yield Finding("arrivals", newest > 0 and ago < SILENT_SECONDS, words, hint)
