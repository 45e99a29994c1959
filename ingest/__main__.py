"""This module owns ingest's commands: `python -m ingest …`, the same verbs as `whichad ingest …`."""

from typing import Annotated

import typer

from ingest import logs, store, traces
from ingest.config import IngestSettings, load
from ingest.orphan import SupervisedOption, stop_with_parent
from ingest.senders.send_test import send_test
from ingest.terminal.called import as_called
from ingest.terminal.commands import ConfigOption, Exit, errors_in_words, say
from ingest.terminal.deferring import deferring

ELSEWHERE = {
    "archive": "ingest.archive.command:archive",
    "backup": "ingest.backup.command:backup_command",
    "creatives": "ingest.identity.command:creatives",
    "forget": "ingest.forgetting.command:forget",
    "hash": "ingest.visitors.hash_command:hash_command",
    "import": "ingest.importing.command:import_command",
    "nodes": "ingest.nodes.command:nodes",
    "openapi": "ingest.openapi.command:openapi_command",
    "quarantine": "ingest.quarantine.command:quarantine",
    "relay": "ingest.relaying.command:relay",
    "replay": "ingest.quarantine.replay_command:replay_command",
    "restore": "ingest.backup.command:restore_command",
    "senders": "ingest.senders.command:senders",
    "tail": "ingest.inspecting.tail:tail",
    "why": "ingest.inspecting.way_command:why",
}
app = typer.Typer(
    cls=deferring(ELSEWHERE),
    no_args_is_help=True,
    help="Take webhooks: serve the door, load the journal, look at what arrived.",
    epilog="First webhook: whichad ingest serve, then whichad ingest send-test <sender>.",
)


@app.command()
def serve(
    config: ConfigOption = None,
    supervised: SupervisedOption = 0,
    sockets: Annotated[tuple[int, int] | None, typer.Option("--sockets", hidden=True)] = None,
) -> None:
    """Listen for webhooks until Ctrl-C. An answer of 200 means the delivery is on disk."""
    from ingest.listening.serve import Supervisor
    from ingest.listening.sockets import taken
    from ingest.openapi.command import live_document  # these bring Flask, which no other command needs

    with errors_in_words():
        settings = load(IngestSettings, config)
        logs.begin("ingest", settings.logs)
        traces.check(settings.traces)  # here, once, and not in every worker that is started again and again
        supervisor = Supervisor(settings, config, live_document(settings), taken(sockets) if sockets else None)
        if supervised:
            stop_with_parent("ingest", supervised)
        supervisor.run()


@app.command(name="load")
def load_journal(config: ConfigOption = None) -> None:
    """Drain the journal into the record once (`whichad up` does it all the time)."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        with store.Record(settings.record_path) as record:
            done = store.drain(record, settings.journal_dir)
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
        print(as_called(text))
        if not ok:
            raise typer.Exit(Exit.FAILED)


if __name__ == "__main__":
    app()
