"""This module owns the commands about relaying: `python -m ingest relay …`."""

import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from ingest import logs
from ingest.config import ConfigError, IngestSettings, load
from ingest.counting import metrics
from ingest.orphan import SupervisedOption, stop_with_parent
from ingest.relaying.relay import Relay
from ingest.relaying.standing import Standing, dropped, put_back, standings
from ingest.settings.handing import Handed, taken
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, errors_in_words, say, show

COLUMNS = ("sender", "relaying", "sent", "waiting", "oldest_waiting", "failed", "last_error")

relay = typer.Typer(
    no_args_is_help=True, help="Pass deliveries on to each sender's relay_to: how it stands, what to try again."
)


@relay.command(hidden=True)
def run(
    config: ConfigOption = None,
    since: Annotated[int | None, typer.Option(help="When the door opened, in unix microseconds.")] = None,
    supervised: SupervisedOption = 0,
) -> None:
    """Relay until SIGTERM; `serve` starts it once a sender has a relay_to."""
    with errors_in_words(), _book_in_words():
        handed = taken(sys.stdin.buffer) if supervised else Handed(load(IngestSettings, config), None)
        logs.begin("relay", handed.settings.logs)
        counting = partial(metrics.begin, "relay", handed.settings.data_dir)
        work = Relay(handed.settings, since, ready=handed.senders, began=counting)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: work.stop())
        if supervised:
            stop_with_parent("relay", supervised)
        work.run()


@relay.command()
def status(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List per sender what was sent, what waits since when, what was given up, and why."""
    with errors_in_words(), _book_in_words():
        rows = [_row(each) for each in standings(load(IngestSettings, config).data_dir)]
        show(COLUMNS, rows, form, "Nothing is relayed. Give a sender a relay_to in whichad.toml.")


@relay.command()
def retry(
    sender: Annotated[str, typer.Argument(help="The sender whose deliveries were given up.")],
    since: Annotated[
        datetime | None,
        typer.Option(help="Also send what came from this moment (UTC) until relaying began; it was never sent."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Let what was given up be tried again, and with --since history be sent."""
    with errors_in_words(), _book_in_words():
        settings = load(IngestSettings, config)
        if settings.senders.get(sender) is None or settings.senders[sender].relay_to is None:
            raise ConfigError(
                f"The sender {sender!r} has no relay_to, so nothing would be sent. Give it one, or: "
                f"whichad ingest relay drop {sender}"
            )
        moment = None if since is None else int(since.replace(tzinfo=UTC).timestamp() * 1e6)
        again = put_back(settings.data_dir, sender, moment)
        if again is None:
            raise ConfigError(f"The sender {sender!r} is not relayed. Give it a relay_to and start: whichad up")
        say(f"{again} deliveries will be tried again" + ("" if since is None else f", and history since {since} sent"))


@relay.command()
def drop(
    sender: Annotated[str, typer.Argument(help="The sender that is relayed no more.")],
    config: ConfigOption = None,
) -> None:
    """Forget what waits and what was given up for a sender that has no relay_to any more."""
    with errors_in_words(), _book_in_words():
        settings = load(IngestSettings, config)
        known = settings.senders.get(sender)
        if known is not None and known.relay_to is not None:
            raise ConfigError(f"The sender {sender!r} is relayed. Remove its relay_to first.")
        say(f"{dropped(settings.data_dir, sender)} deliveries will not be sent.")


@contextmanager
def _book_in_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        say(f"whichad: data/relay.sqlite cannot be used ({error}). Look for room on the disk.")
        raise typer.Exit(Exit.FAILED) from None


def _row(each: Standing) -> tuple[object, ...]:
    oldest = None
    if each.oldest_waiting is not None:
        oldest = datetime.fromtimestamp(each.oldest_waiting / 1e6, UTC).isoformat(timespec="seconds")
    state = "yes" if each.active else "no"
    return each.sender, state, each.sent, each.waiting, oldest, each.failed, each.last_error
