"""This module owns the live inspector: the latest deliveries as they were parsed, read straight from the journal."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer

from ingest.bodies.redaction import readable
from ingest.config import IngestSettings, load
from ingest.door.keeping import receipt
from ingest.journal import segments
from ingest.profile import profile
from ingest.segments.segment import Delivery, Row, SegmentReader
from ingest.senders.origin import own_profiles
from ingest.terminal.commands import ConfigOption, Format, FormatOption, check_sender, errors_in_words, say

LOOK_SECONDS = 0.3
SHOWN = ("type", "id", "creative_raw", "click_id", "transaction_id", "revenue_stage", "revenue", "cost", "traffic",
         "day", "ad_id", "campaign_id", "network")  # fmt: skip


def tail(
    config: ConfigOption = None,
    sender: Annotated[str | None, typer.Option("--sender", help="Only this sender's deliveries.")] = None,
    count: Annotated[int, typer.Option("--count", "-n", help="How many of the latest to begin with.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what arrives, until Ctrl-C.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Also the body, without what is private.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show the latest deliveries as they were parsed, and what was quarantined, as it happens."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        check_sender(settings, sender)
        seen = {path.name: last for path, last in _ends(settings)}
        latest = _latest(settings, sender, count)
        for row in latest:
            _tell(settings, row.delivery, raw, form)
        if not latest and not follow:
            say("Nothing has arrived yet. Try: whichad ingest send-test <sender>")
        try:
            while follow:
                for row in _news(settings, seen, sender):
                    _tell(settings, row.delivery, raw, form)
                time.sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            return


def summary(delivery: Delivery) -> dict[str, Any]:
    """One delivery in short: when, whose, its receipt, each item with what it says, each refusal with its reason."""
    rows = orjson.loads(delivery.items)
    items = [
        {name: item[name] for name in SHOWN if item.get(name) not in (None, "")}
        for kind in ("interactions", "reports", "settlements", "ads")
        for item in rows.get(kind, ())
    ]
    refused = [{key: each[key] for key in ("index", "code", "field", "detail")} for each in rows.get("quarantine", ())]
    moment = datetime.fromtimestamp(delivery.received_at / 1e6, UTC)
    return {
        "received_at": moment.isoformat(timespec="milliseconds"), "sender": delivery.sender,
        "disposition": _disposition(delivery.disposition, bool(items), bool(refused)),
        "receipt": receipt(delivery), "items": items, "quarantined": refused, "ignored": len(rows.get("ignored", ())),
    }  # fmt: skip


def _disposition(kept: str, has_items: bool, has_refused: bool) -> str:
    """What became of it: nothing was accepted where all of it is in the quarantine."""
    return "quarantined" if kept == "accepted" and has_refused and not has_items else kept


def _tell(settings: IngestSettings, delivery: Delivery, raw: bool, form: Format) -> None:
    told = summary(delivery)
    if raw:
        sender = settings.senders.get(delivery.sender)
        redact = profile(sender.profile, own_profiles(settings)).redact if sender else ()
        told["body"] = readable(delivery.body, delivery.content_type, redact) if delivery.body else None
    if form is not Format.TABLE:
        print(json.dumps(told, ensure_ascii=False, default=str), flush=True)
        return
    print(f"{told['received_at']}  {told['sender']}  {told['disposition']}  {delivery.delivery_id}", flush=True)
    for item in told["items"]:
        print("  " + "  ".join(f"{name}={' '.join(str(value).split())}" for name, value in item.items()), flush=True)
    for each in told["quarantined"]:
        print(f"  QUARANTINED {each['code']} ({each['field']}): {each['detail']}", flush=True)
    if told["ignored"]:
        print(f"  {told['ignored']} ignored: the profile has no use for them", flush=True)
    if raw:
        print("  " + json.dumps(told["body"], ensure_ascii=False, default=str), flush=True)


def _ends(settings: IngestSettings) -> Iterator[tuple[Any, int]]:
    for path in segments(settings.journal_dir):
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:
            yield path, reader.last_row()


def _latest(settings: IngestSettings, sender: str | None, count: int) -> list[Row]:
    found: list[Row] = []
    for path in segments(settings.journal_dir):
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:
            found += reader.newest(count, sender)
    found = [row for row in found if row.delivery.disposition != "decision"]
    found.sort(key=lambda row: row.delivery.received_at)
    return found[-count:] if count > 0 else []


def _news(settings: IngestSettings, seen: dict[str, int], sender: str | None) -> Iterator[Row]:
    for path in segments(settings.journal_dir):
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:
            for row in reader.after(seen.get(path.name, 0), 10_000):
                seen[path.name] = row.row
                if row.delivery.disposition != "decision" and sender in (None, row.delivery.sender):
                    yield row
