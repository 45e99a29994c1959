"""This module owns the quarantine as people meet it: list, show one, mend by replay, empty. Nothing is ever erased."""

import contextlib
import getpass
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from ingest import decisions
from ingest.bodies.redaction import readable
from ingest.config import ConfigError, IngestSettings, load
from ingest.inspecting.finding import newest_reading
from ingest.journal import segments
from ingest.profile import profile
from ingest.quarantine.replay_command import run_replay
from ingest.rejection import REASONS, REFUSALS
from ingest.segments.segment import Delivery, SegmentReader
from ingest.senders.origin import own_profiles
from ingest.store.record import read_record
from ingest.terminal.commands import (
    ConfigOption,
    Format,
    FormatOption,
    check_reason,
    check_sender,
    errors_in_words,
    say,
    show,
)

quarantine = typer.Typer(
    help="What arrived and could not be used: list it, look at one, mend the profile and replay, or empty it."
)
SenderOption = Annotated[str | None, typer.Option("--sender", help="Only this sender's.")]
CodeOption = Annotated[str | None, typer.Option("--code", help="Only this reason, such as bad_time.")]

_LIST = """
select q.received_at, q.sender, q.code, q.field, q.detail, q.id, q.disposition, q.delivery_id, q.item_index
from quarantine q
where (q.disposition <> 'diagnosis' or $refused) and q.sender = coalesce($sender, q.sender)
  and q.code = coalesce($code, q.code) and (q.delivery_id = $delivery or $delivery is null)
  and not exists (
    select 1 from decisions d
    where d.kind = 'discard' and d.decided_at >= q.received_at and d.subject in ('*', q.sender, q.delivery_id)
      and d.object in ('*', q.code))
order by q.received_at desc, q.item_index limit $limit
"""


@quarantine.callback(invoke_without_command=True)
def list_all(
    context: typer.Context,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
    limit: Annotated[int, typer.Option(help="How many rows at most, the newest first.")] = 50,
    refused: Annotated[bool, typer.Option("--refused", help="Also bodies answered with 400 or 422.")] = False,
    sender: SenderOption = None,
    code: CodeOption = None,
) -> None:
    """List what arrived and could not be used, with its reason and its age."""
    if context.invoked_subcommand is not None:
        return
    with errors_in_words():
        settings = load(IngestSettings, config)
        check_sender(settings, sender)
        columns, rows = rows_of(settings, limit, refused, sender, code)
        now = datetime.now(UTC).replace(tzinfo=None)
        aged = [(row[0], _age(now - row[0]), *row[1:]) for row in rows]
        empty_words = "The quarantine is empty." if sender is None and code is None else "Nothing in it fits."
        show([columns[0], "age", *columns[1:]], aged, form, empty_words)
        if rows and form is Format.TABLE:
            say("Look at one with: whichad ingest quarantine show <delivery_id>")


@quarantine.command(name="show")
def show_one(
    what: Annotated[str, typer.Argument(help="A receipt or a delivery id.")], config: ConfigOption = None
) -> None:
    """Show one delivery: why it is here, its body without what is private, and what to do next."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        delivery_id = newest_reading(settings, what.partition(".")[0])
        columns, rows = rows_of(settings, 1000, True, None, None, delivery_id)
        if not rows:
            raise ConfigError(f"{what!r} is not in the quarantine. List it with: whichad ingest quarantine")
        found = [dict(zip(columns, row, strict=True)) for row in rows]
        print(json.dumps({
            "delivery_id": delivery_id, "sender": found[0]["sender"], "received_at": str(found[0]["received_at"]),
            "reasons": [{"index": each["item_index"], "code": each["code"], "sentence": sentence(each["code"]),
                         "field": each["field"], "detail": each["detail"], "id": each["id"]} for each in found],
            "body": body_of(settings, delivery_id),
        }, indent=2, ensure_ascii=False, default=str))  # fmt: skip
        say("Mend the profile or the settings, then: whichad ingest quarantine mend --delivery " + delivery_id)


@quarantine.command()
def mend(
    config: ConfigOption = None,
    sender: SenderOption = None,
    code: CodeOption = None,
    delivery: Annotated[str | None, typer.Option("--delivery", help="One receipt or delivery id.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Also bodies answered with 400 or 422.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of it, and store nothing.")] = False,
) -> None:
    """Read what is quarantined again, by the profile and the settings as they are now."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        wanted = _delivery(settings, delivery)
        columns, rows = rows_of(settings, 1_000_000, refused, sender, code, wanted)
        ids = frozenset(row[columns.index("delivery_id")] for row in rows)
        if not ids:
            say("Nothing in the quarantine fits.")
            return
        run_replay(settings, ids, refused, dry_run)


@quarantine.command()
def empty(
    reason: Annotated[str, typer.Option(prompt="Why", help="Why; it is kept with the decision.")],
    config: ConfigOption = None,
    sender: SenderOption = None,
    code: CodeOption = None,
    delivery: Annotated[str | None, typer.Option("--delivery", help="One receipt or delivery id.")] = None,
) -> None:
    """Take what fits off the list. It stays in the record and in the journal, with who decided so and why."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        check_reason(reason)
        wanted = _delivery(settings, delivery)
        count = len(rows_of(settings, 1_000_000, True, sender, code, wanted)[1])
        if not count:
            say("Nothing in the quarantine fits.")
            return
        decisions.append(
            settings.journal_dir, "discard", wanted or sender or "*", code or "*", getpass.getuser(), reason
        )
        say(f"{count} rows leave the list with the next refresh; the record keeps them.")


def _delivery(settings: IngestSettings, what: str | None) -> str | None:
    """The delivery that a receipt speaks of, as it was read last."""
    return newest_reading(settings, what.partition(".")[0]) if what else None


def rows_of(
    settings: IngestSettings,
    limit: int,
    refused: bool,
    sender: str | None,
    code: str | None,
    delivery: str | None = None,
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows of what is in the quarantine and was not taken off the list, the newest first."""
    with read_record(settings.record_path) as connection:
        given = {"refused": refused, "sender": sender, "code": code, "delivery": delivery, "limit": limit}
        cursor = connection.execute(_LIST, given)
        return [column[0] for column in cursor.description or []], cursor.fetchall()


def sentence(code: str) -> str:
    """What a code means, whether it is a reason of an item or of a whole body."""
    return REASONS.get(code) or (REFUSALS[code].sentence if code in REFUSALS else code)


def body_of(settings: IngestSettings, delivery_id: str) -> Any:
    """A kept body without what its profile calls private; a sentence where there is none."""
    delivery = find(settings, lambda reader: reader.find(delivery_id))
    if delivery is None or delivery.body is None:
        return "(the body is not kept any more)"
    sender = settings.senders.get(delivery.sender)
    redact = profile(sender.profile, own_profiles(settings)).redact if sender else ()
    return readable(delivery.body, delivery.content_type, redact)


def find(settings: IngestSettings, look: Callable[[SegmentReader], Any]) -> Delivery | None:
    """The first delivery that `look` finds in a segment."""
    for path in segments(settings.journal_dir):
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:
            if found := look(reader):
                delivery: Delivery = found.delivery
                return delivery
    return None


def _age(delta: Any) -> str:
    seconds = int(delta.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{max(0, seconds)}s"
