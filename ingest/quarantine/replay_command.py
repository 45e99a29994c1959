"""This module owns how a replay is run and told from the command line."""

from typing import Annotated

import typer
from rich.progress import Progress

from ingest.config import ConfigError, IngestSettings, load
from ingest.inspecting.finding import newest_reading
from ingest.items.fields import read_day
from ingest.quarantine.replay import Wanted, chosen, replay
from ingest.rejection import ItemRefusedError
from ingest.terminal.commands import ConfigOption, Exit, check_sender, console, errors_in_words, say

DAY_MICROSECONDS = 86_400_000_000


def replay_command(
    config: ConfigOption = None,
    sender: Annotated[str | None, typer.Option("--sender", help="Only this sender's deliveries.")] = None,
    delivery: Annotated[str | None, typer.Option("--delivery", help="One receipt or delivery id.")] = None,
    since: Annotated[str | None, typer.Option(help="From this UTC day of receipt on, such as 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this UTC day of receipt, inclusive.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Also bodies answered with 400 or 422.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of them, and store nothing.")
    ] = False,
) -> None:
    """Read kept bodies again, by the profile as it is now; the new rows replace the old ones.

    Mend the profile first. Nothing counts twice, and the journal keeps both readings.
    """
    with errors_in_words():
        settings = load(IngestSettings, config)
        if sender is None and delivery is None:
            raise ConfigError("Say what to replay: --sender or --delivery (and --since, --until). Try --dry-run first.")
        check_sender(settings, sender)
        ids = frozenset({newest_reading(settings, delivery.partition(".")[0])}) if delivery else None
        begin = _day(since, "--since") if since else 0
        end = _day(until, "--until") + DAY_MICROSECONDS if until else 1 << 62
        run(settings, Wanted(ids, sender, begin, end, refused), dry_run)


def run_replay(settings: IngestSettings, ids: frozenset[str], refused: bool, dry_run: bool) -> None:
    """Replay deliveries by id, and say what became of them."""
    run(settings, Wanted(ids=ids, refused=refused), dry_run)


def run(settings: IngestSettings, wanted: Wanted, dry_run: bool) -> None:
    """Replay what is wanted, and say what became of it."""
    ids = chosen(settings.journal_dir, wanted)
    if not ids:
        say("No kept delivery fits. (Bodies answered with 400 or 422 need --refused.)")
        raise typer.Exit(Exit.FAILED)
    with Progress(console=console(), transient=True) as bar:
        task = bar.add_task("replaying", total=len(ids))
        done = replay(settings, ids, dry_run, lambda count: bar.update(task, completed=count))
    verb = "would be read" if dry_run else "were read"
    say(
        f"{done.deliveries} deliveries {verb} again: {done.accepted} items are good, "
        f"{sum(done.quarantined.values())} are not."
    )
    for code, count in sorted(done.quarantined.items()):
        say(f"  still {code}: {count}")
    for line in done.skipped[:20]:
        say(f"  skipped {line}")
    if not dry_run:
        say("The next refresh shows them; no other rows are touched.")


def _day(text: str, flag: str) -> int:
    """The unix microseconds at which a UTC day begins. Raises ConfigError."""
    try:
        day = read_day(text, flag)
    except ItemRefusedError as error:
        raise ConfigError(f"{flag} {text!r}: {error.detail}") from None
    return (day.toordinal() - 719_163) * DAY_MICROSECONDS
