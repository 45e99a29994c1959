"""This module owns `whichad ingest nodes`: how the nodes stand, and sending, gathering and listing by hand."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ingest import logs
from ingest.config import ConfigError, IngestSettings, load
from ingest.nodes.folder import Shared, paths
from ingest.nodes.gathering import gather
from ingest.nodes.looping import Keeper
from ingest.nodes.looping import run as run_loop
from ingest.nodes.standing import standings
from ingest.orphan import SupervisedOption, stop_with_parent
from ingest.store import Record, drain
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, errors_in_words, say, show

nodes = typer.Typer(
    no_args_is_help=True,
    help="Several machines that take webhooks, one that builds: how they stand, what they share.",
    epilog="With the disk of a node that is lost: WHICHAD_DATA_DIR=/mnt/a/data whichad ingest nodes send",
)


@nodes.command()
def status(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show each node's last seal and its age, who is behind, and up to when the numbers are whole.

    Exit code 1 where a node is silent or something is wrong. Example: whichad ingest nodes status --format json
    """
    with errors_in_words():
        settings = _settings(config)
        found = list(standings(settings, _now()))
        show(("what", "ok", "detail", "hint"), [(s.what, s.ok, s.detail, "" if s.ok else s.hint) for s in found], form)
        if not all(each.ok for each in found):
            raise typer.Exit(Exit.FAILED)


@nodes.command()
def send(
    anew: Annotated[bool, typer.Option("--anew", help="Copy all again: the shared folder lost what it had.")] = False,
    config: ConfigOption = None,
) -> None:
    """Load this node's journal, seal all of it and send it now, without waiting for the hour.

    With the disk of a node that is lost, mounted elsewhere: WHICHAD_DATA_DIR=/mnt/a/data whichad ingest nodes send
    """
    with errors_in_words():
        settings = _settings(config)
        wrong = Keeper(settings).cycle(_now(), force=True, anew=anew)
        for each in wrong:
            say(each)
        if wrong:
            raise typer.Exit(Exit.FAILED)
        sent = Shared(settings.shared_dir).sent(settings.nodes.node or "")
        count = sum(file.rows for file in sent.archive.of("deliveries")) if sent else 0
        say(f"All that is acknowledged here is sealed and sent: {count} deliveries as node {settings.nodes.node}.")


@nodes.command(name="gather")
def gather_now(config: ConfigOption = None) -> None:
    """Take what the nodes sealed, and load it (`whichad up` does it all the time on a machine with gather = true)."""
    with errors_in_words():
        settings = _settings(config)
        if not settings.nodes.gather:
            raise ConfigError("This machine gathers nothing: [nodes] needs gather = true and shared (docs/nodes.md).")
        done = gather(settings)
        with Record(settings.record_path) as record:
            loaded = drain(record, settings.journal_dir)
        say(f"gathered {done.deliveries} deliveries, loaded {loaded.deliveries}")
        for each in (*done.wrong, *loaded.damaged):
            say(each)
        if done.wrong or loaded.damaged:
            raise typer.Exit(Exit.FAILED)


@nodes.command()
def files(
    kind: Annotated[str, typer.Argument(help="A kind of docs/archive.md, such as interactions or withdrawn.")],
    node: Annotated[str | None, typer.Option(help="Only what this node sealed.")] = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List the Parquet files of a kind that count now: what an engine of your own should read.

    Where a machine that gathers has a name, its files alone: they hold what all nodes sealed, each thing once.
    Example: whichad ingest nodes files interactions --format csv
    """
    with errors_in_words():
        shared = Shared(_settings(config).shared_dir)
        said = [sent for name in shared.names() if (sent := shared.sent(name)) is not None]
        gathering = max(
            (sent for sent in said if sent.gathers and sent.archive.files), key=lambda sent: sent.sent_at, default=None
        )
        chosen = [sent for sent in said if node == sent.node] if node else [gathering] if gathering else said
        rows = [(sent.node, str(path)) for sent in chosen for path in paths(shared, sent, kind)]
        show(("node", "file"), rows, form, f"Nobody has sealed any {kind} yet.")


@nodes.command()
def run(config: ConfigOption = None, supervised: SupervisedOption = 0) -> None:
    """Load, seal and send until Ctrl-C; what `whichad up` runs on a node, beside the door."""
    with errors_in_words():
        settings = _settings(config)
        if supervised:
            stop_with_parent("node", supervised)
        logs.begin("node", settings.logs)
        run_loop(settings)


def _settings(config: ConfigOption) -> IngestSettings:
    settings = load(IngestSettings, config)
    if settings.nodes.shared is None:
        raise ConfigError("Nothing is shared here: whichad.toml has no [nodes] (docs/nodes.md).")
    return settings


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
