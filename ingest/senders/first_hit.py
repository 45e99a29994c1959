"""This module owns the first hit: waiting for a sender's next delivery, and saying what was understood of it."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from ingest.config import IngestSettings
from ingest.creative import identify
from ingest.journal import segments
from ingest.rejection import REASONS, REFUSALS
from ingest.segments.segment import Delivery, SegmentReader

LOOK_SECONDS = 0.3
# What every row has, whatever its sender said.
TECHNICAL = frozenset({"index", "key_hash", "content_hash", "type", "variant_id", "currency", "traffic", "count",
                       "stated_at", "repeats", "properties", "received_at"})  # fmt: skip
MISSING = {
    "missing": "the creative is missing: no field carried the ad's text",
    "unresolved_macro": "the creative is missing because `{raw}` was not filled in",
    "placeholder": "the creative is missing: `{raw}` is a placeholder",
}


def wait_for(settings: IngestSettings, sender: str, seconds: float, say: Callable[[str], None]) -> str | None:
    """A sentence about a sender's next delivery, None if none came; `say` hears of the wait and of refused knocks."""
    seen, heard, told_of = _ends(settings), dict[str, int](), set[str]()
    _knocks(settings, heard, sender)
    # Said only now that what was there is known: a hit right after the sentence is news.
    say(f"Waiting for the first hit of {sender} (Ctrl-C to stop waiting; `whichad up` must be running) ...")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for delivery in _news(settings, seen, sender):
            return told(delivery)
        for code in _knocks(settings, heard, sender) - told_of:
            told_of.add(code)
            say(f"Somebody knocked and was refused ({code}): {REFUSALS[code].sentence}" + _hint(code, sender))
        time.sleep(LOOK_SECONDS)
    return None


def told(delivery: Delivery) -> str:
    """What was understood of a delivery: "got it: a click, 6 fields mapped, the creative is …"."""
    rows = orjson.loads(delivery.items)
    items = [item for kind in ("interactions", "reports", "settlements", "ads") for item in rows.get(kind, ())]
    refused = rows.get("quarantine", ())
    if not items and refused:
        first = refused[0]
        why = REASONS.get(first["code"]) or REFUSALS[first["code"]].sentence
        return (f"got it, but it cannot be used: {first['code']} ({first['field']}): {why} {first['detail']}\n"
                f"Look at it with: whichad ingest quarantine show {delivery.delivery_id}")  # fmt: skip
    if not items and '"whichad-test":"1"' in delivery.request:
        return "got it: a test, of which nothing is kept (the money of an invented statement would count)"
    if not items:
        return "got it: the profile knows this event and has no use for it"
    more = f" (and {len(items) - 1} more)" if len(items) > 1 else ""
    more += f"; {len(refused)} items went to the quarantine" if refused else ""
    return f"got it: {items[0]['type']}{more}, {_mapped(items[0])} fields mapped, {_creative(items[0])}"


def _mapped(item: dict[str, Any]) -> int:
    return sum(value not in (None, "") for name, value in item.items() if name not in TECHNICAL)


def _creative(item: dict[str, Any]) -> str:
    if item["type"] in ("report", "settlement"):
        return "a statement, which carries no creative"
    raw = item.get("creative_raw")
    found = identify(raw)
    if found.creative_id is not None:
        return f"the creative is “{found.text[:80]}”"
    has_ad = item.get("ad_id") or item.get("click_id")
    help_ = " (its click or its ad may bring it)" if has_ad else ""
    return MISSING[found.status].format(raw=(raw or "")[:60]) + help_


def _hint(code: str, sender: str) -> str:
    if code in ("signature_wrong", "signature_missing"):
        return f" Compare what you pasted with what this prints: whichad ingest senders show {sender} --secret"
    if code == "origin_unknown":
        return (
            f" Write it into origins of [senders.{sender}], as the browser's address line has it up to the first path."
        )
    return ""


def _ends(settings: IngestSettings) -> dict[str, int]:
    ends = {}
    for path in segments(settings.journal_dir):
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:
            ends[path.name] = reader.last_row()
    return ends


def _news(settings: IngestSettings, seen: dict[str, int], sender: str) -> Iterator[Delivery]:
    for path in segments(settings.journal_dir):
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:
            for row in reader.after(seen.get(path.name, 0), 10_000):
                seen[path.name] = row.row
                if row.delivery.sender == sender and row.delivery.disposition != "replay":
                    yield row.delivery


def _knocks(settings: IngestSettings, heard: dict[str, int], sender: str) -> set[str]:
    """Codes of refusals of this sender that were not heard of yet; the journal writes them every two seconds."""
    codes = set[str]()
    for path in segments(settings.journal_dir):
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:
            for row, _minute, who, code, _deliveries, _bytes in reader.refusals_after(heard.get(path.name, 0)):
                heard[path.name] = row
                codes |= {code} if who == sender else set()
    return codes
