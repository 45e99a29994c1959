"""This module owns what `whichad status` says of the alerts: who is not told any more, or has not been for a while."""

from collections.abc import Iterator
from pathlib import Path

from analytics.alerts import deliveries, endpoints
from analytics.alerts.store import NAME, StoreError, now_ms
from analytics.status.health import Finding

WHAT = "alerts"
FAILING_MS_MAX = 3_600_000  # who does not answer for so long waits for somebody to look
LOG = "See why: whichad alerts log"


def findings(data_dir: Path) -> Iterator[Finding]:
    """How the endpoints stand: those that are not well one by one; nothing where there is no endpoint."""
    if not (data_dir / NAME).exists():
        return
    try:
        found, sent = endpoints.listed(data_dir), deliveries.standings(data_dir)
    except StoreError as error:
        yield Finding(WHAT, False, str(error), "Look at the file: whichad verify")
        return
    if not found:
        return
    off = [each for each in found if each.disabled_at is not None]
    for each in off:
        hint = f"Mend it, then: whichad alerts endpoints enable {each.name}"
        yield Finding(WHAT, False, f"{each.name} is told nothing any more: {each.disabled_why}", hint)
    late = [
        each for each in found
        if each not in off and each.failing_since is not None and now_ms() - each.failing_since > FAILING_MS_MAX
    ]  # fmt: skip
    for each in late:
        hours = (now_ms() - (each.failing_since or 0)) / FAILING_MS_MAX
        yield Finding(WHAT, False, f"{each.name} has not taken anything for {hours:.0f} h", LOG)
    if not off and not late:
        delivered, waiting, given_up = (
            sum(getattr(each, name) for each in sent.values()) for name in ("delivered", "waiting", "given_up")
        )
        plural = "" if len(found) == 1 else "s"
        detail = f"{len(found)} endpoint{plural}, {delivered} sent, {waiting} waiting, {given_up} given up"
        yield Finding(WHAT, True, detail)
