"""This module owns times in a mapping: formats, units, and the correction of a sender's clock."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ingest.mapping.scope import Moment, text_of

UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def in_format(text: str, form: str) -> str:
    """A time as strptime reads it, as RFC 3339; a text of another shape stays, for its field to refuse."""
    try:
        return datetime.strptime(text.strip(), form).isoformat()  # noqa: DTZ007 (naive: in the sender's zone)
    except ValueError:
        return text


def from_unix(value: Any, per_second: int) -> Any:
    """Unix time of a known unit in seconds; what is no number stays."""
    try:
        return Decimal(text_of(value) or "x") / per_second
    except ArithmeticError:
        return value


def corrected(value: Any, sent_at: Any, received_at: datetime) -> Any:
    """The moment by our clock: received − (sent − said), as Segment computes it."""
    said, sent = _parse(value), _parse(sent_at)
    if said is None or sent is None:
        return value
    try:
        at = received_at - (sent - said)
    except OverflowError:
        return value
    return Moment(at.isoformat() + "Z", str(value))


def _parse(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
        return None if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
