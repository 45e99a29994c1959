"""This module owns the reading of single fields: a JSON value in, a typed value out, or one named reason."""

import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from ingest.currency import check_currency
from ingest.rejection import ItemRefusedError

ID_BYTES_MAX = 512
TEXT_BYTES_MAX = 64 << 10
MONEY_MAX = Decimal(10) ** 9
MONEY_QUANTUM = Decimal("0.000001")  # a millionth: trackers send floats such as 0.30000000000000004
COUNT_MAX = 10**12
UNIX_DIGITS_MAX = 20  # of a number that may be a time; nanoseconds have 19
SKEW = timedelta(minutes=15)
PROPERTIES_BYTES_MAX = 16 << 10
EARLIEST = datetime(2000, 1, 1)  # noqa: DTZ001 (stored times are naive UTC)
_NUMBERS = (int, Decimal)
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNIX = re.compile(r"-?\d{9,14}(\.\d+)?")
_MONEY = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)  # Decimal also takes 1_000 and NaN


def read_id(value: Any, field: str) -> str:
    """An id: a string or a whole number, exact however long. At most 512 bytes of UTF-8."""
    if type(value) is str and len(value) <= ID_BYTES_MAX and value.isascii() and "\0" not in value:
        return value.strip()  # what is below is for the few others
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ItemRefusedError("bad_type", field, "Ids are strings or whole numbers.")
    text = value.strip() if isinstance(value, str) else str(value)
    if not text.isascii() and _SURROGATE.search(text):
        raise ItemRefusedError("bad_text", field)
    if "\0" in text:
        raise ItemRefusedError("bad_text", field)
    if len(text) > ID_BYTES_MAX or (not text.isascii() and len(text.encode()) > ID_BYTES_MAX):
        raise ItemRefusedError("too_long", field, f"The limit is {ID_BYTES_MAX} bytes.")
    return text


def read_ids(value: Any, field: str) -> dict[str, str] | None:
    """An object of ids by name, without the empty ones."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ItemRefusedError("bad_type", field, "An object of ids is expected.")
    return {read_id(name, field): read_id(each, field) for name, each in value.items() if each}


def read_text(value: Any, field: str) -> str:
    """Free text; half surrogate pairs and NUL become U+FFFD. At most 64 KiB of UTF-8."""
    if not isinstance(value, str):
        raise ItemRefusedError("bad_type", field, "A string is expected.")
    text = value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    text = text.replace("\0", "\ufffd")
    if len(text) > TEXT_BYTES_MAX or (not text.isascii() and len(text.encode()) > TEXT_BYTES_MAX):
        raise ItemRefusedError("too_long", field, "The limit is 64 KiB.")
    return text


def read_money(value: Any, field: str) -> Decimal:
    """Money, exact to a millionth: a decimal string or a number, negative only where the caller allows it."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ItemRefusedError("bad_type", field, "Money is a decimal string or a number.")
    if isinstance(value, str) and not _MONEY.fullmatch(value.strip()):
        raise ItemRefusedError("bad_value", field, "Money is a decimal string or a number.")
    amount = Decimal(value.strip() if isinstance(value, str) else value)
    if not amount.is_finite() or amount.copy_abs() >= MONEY_MAX:  # abs() would round, and overflow on 1e999999999
        raise ItemRefusedError("bad_value", field, "The amount is out of range.")
    return amount.quantize(MONEY_QUANTUM)


def read_count(value: Any, field: str) -> int:
    """A whole number from 0; strings of digits and numbers such as 3.0 are taken."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:  # "²" is a digit, and no number
        value = int(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ItemRefusedError("bad_type", field, "A whole number is expected.")
    if not 0 <= value <= COUNT_MAX:
        raise ItemRefusedError("bad_value", field)
    return value


def read_time(value: Any, field: str, zone: ZoneInfo, now: datetime) -> datetime:
    """A moment as naive UTC: RFC 3339, or unix seconds or milliseconds; naive times are in `zone`."""
    if isinstance(value, str):
        value = value.strip()
        if value[4:5] != "-" and _UNIX.fullmatch(value):  # after four digits, RFC 3339 has its first hyphen
            value = Decimal(value)
    elif isinstance(value, bool) or not isinstance(value, _NUMBERS):
        raise ItemRefusedError("bad_type", field, "A time is RFC 3339, or unix seconds or milliseconds.")
    try:
        moment = _from_text(value, zone) if isinstance(value, str) else _from_unix(value)
    except (ValueError, OverflowError, OSError):
        raise ItemRefusedError("bad_time", field) from None
    if not EARLIEST <= moment <= now + SKEW:
        raise ItemRefusedError("bad_time", field)
    return moment


def read_day(value: Any, field: str) -> date:
    """A statement's day: a label in its account's zone, never shifted."""
    if not isinstance(value, str):
        raise ItemRefusedError("bad_type", field, "A day is a string such as 2026-11-23.")
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        raise ItemRefusedError("bad_time", field, "A day is a string such as 2026-11-23.") from None
    if not EARLIEST.date() <= day <= date(2100, 1, 1):
        raise ItemRefusedError("bad_time", field)
    return day


def read_choice(value: dict[str, Any], field: str, choices: tuple[str, ...], default: str | None) -> str | None:
    """One of `choices`, or `default` where the object does not have the field."""
    given = value.get(field)
    if given is None or given == "":
        return default
    if given not in choices:
        raise ItemRefusedError("bad_value", field, f"One of {', '.join(choices)}.")
    return str(given)


def read_currency(value: dict[str, Any], default: str) -> str:
    """The object's currency as an ISO 4217 code, else the sender's."""
    given = value.get("currency")
    if given is None or given == "":
        return default
    try:
        return check_currency(given.strip().upper() if isinstance(given, str) and given.isascii() else "")
    except ValueError:
        raise ItemRefusedError("bad_value", "currency", "An ISO 4217 code is expected.") from None


def read_properties(given: Any, rest: dict[str, Any]) -> str | None:
    """What nobody knows, with the sender's own `properties`, as canonical JSON of at most 16 KiB."""
    if given is not None:
        if not isinstance(given, dict):
            raise ItemRefusedError("bad_type", "properties", "An object is expected.")
        rest = {**rest, **given}
    if not rest:
        return None
    try:
        text = orjson.dumps(rest, default=str, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, TypeError):
        text = _repaired(rest)
    if len(text) > PROPERTIES_BYTES_MAX:
        raise ItemRefusedError("too_long", "properties", "The limit is 16 KiB.")
    return text.decode()


def _repaired(rest: dict[str, Any]) -> bytes:
    """Half surrogate pairs become U+FFFD, as in every free text; a whole number over 64 bits is refused."""
    text = json.dumps(rest, default=str, ensure_ascii=False)
    try:
        return orjson.dumps(json.loads(_SURROGATE.sub("\ufffd", text)), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, TypeError):
        raise ItemRefusedError("bad_value", "properties", "A whole number is over 64 bits.") from None


def hash64(value: Any) -> int:
    """64 bits of SHA-256 over the value's canonical JSON; read as signed, as DuckDB's BIGINT wants it."""
    text = orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big", signed=True)


def _from_text(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not UTC:
        moment = (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    return moment.replace(tzinfo=None)


def _from_unix(value: int | Decimal) -> datetime:
    seconds = Decimal(value)
    # NaN has no size, and the digits of 1e999990 take half a minute to write down.
    if not seconds.is_finite() or seconds.adjusted() > UNIX_DIGITS_MAX:
        raise ValueError("no time")
    if abs(seconds) >= 10**11:  # 10^11 s is the year 5138, 10^11 ms is 1973: no doubt which one is meant
        seconds /= 1000
    return datetime(1970, 1, 1) + timedelta(microseconds=int(seconds * 1_000_000))  # noqa: DTZ001
