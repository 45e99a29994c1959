"""This module owns ingest's commands: `python -m ingest …`, the same verbs as `whichad ingest …`."""

from typing import Annotated

import typer

from ingest.archive.command import archive
from ingest.backup.command import backup_command, restore_command
from ingest.commands import ConfigOption, Exit, Format, FormatOption, check_sender, errors_in_words, say
from ingest.config import IngestSettings, load
from ingest.creatives import creatives
from ingest.forgetting.command import forget
from ingest.importing.command import EXAMPLES, import_command
from ingest.openapi.command import live_document, openapi_command
from ingest.orphan import SupervisedOption, stop_with_parent
from ingest.quarantine import quarantine
from ingest.relaying.commands import relay
from ingest.replay_command import replay_command
from ingest.send_test import send_test
from ingest.sender_commands import senders
from ingest.serve import ORPHANS_SECONDS, Supervisor
from ingest.store import Record, drain
from ingest.tail import tail
from ingest.way import KindOption, SenderOption, WhatArgument, tell, told, ways

app = typer.Typer(
    no_args_is_help=True,
    help="Take webhooks: serve the door, load the journal, look at what arrived.",
    epilog="First webhook: whichad ingest serve, then whichad ingest send-test <sender>.",
)
app.add_typer(archive, name="archive")
app.add_typer(creatives, name="creatives")
app.add_typer(relay, name="relay")
app.add_typer(quarantine, name="quarantine")
app.add_typer(senders, name="senders")
app.command(name="backup")(backup_command)
app.command(name="restore")(restore_command)
app.command(name="forget")(forget)
app.command(name="import", epilog=EXAMPLES)(import_command)
app.command(name="openapi")(openapi_command)
app.command(name="replay")(replay_command)
app.command(name="tail")(tail)


@app.command()
def serve(config: ConfigOption = None, supervised: SupervisedOption = False) -> None:
    """Listen for webhooks until Ctrl-C. An answer of 200 means the delivery is on disk."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        supervisor = Supervisor(settings, config, live_document(settings), ORPHANS_SECONDS if supervised else 0)
        if supervised:
            stop_with_parent("ingest")
        supervisor.run()


@app.command(name="load")
def load_journal(config: ConfigOption = None) -> None:
    """Drain the journal into the record once (`whichad up` does it all the time)."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        with Record(settings.record_path) as record:
            done = drain(record, settings.journal_dir)
        say(f"loaded {done.deliveries} deliveries with {done.items} items")
        if done.damaged:
            raise typer.Exit(Exit.FAILED)


@app.command(name="send-test")
def send_test_command(
    sender: Annotated[str, typer.Argument(help="The sender to post as.")],
    curl: Annotated[bool, typer.Option("--curl", help="Print a signed curl instead of posting.")] = False,
    config: ConfigOption = None,
) -> None:
    """Post one signed sample delivery, marked as test traffic, to the running ingest."""
    with errors_in_words():
        ok, text = send_test(load(IngestSettings, config), sender, curl)
        print(text)
        if not ok:
            raise typer.Exit(Exit.FAILED)


@app.command()
def why(
    what: WhatArgument,
    sender: SenderOption = None,
    kind: KindOption = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what became of a delivery or an item, up to the record; `whichad ingest why` goes on to the marts."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        check_sender(settings, sender)
        tell(told(ways(settings, what, sender, kind)), what, form)
        say(f"The rest of the way, down to the cells it counts in: whichad ingest why {what}")


if __name__ == "__main__":
    app()
