"""This module owns the front door: the `whichad` command, which parses and delegates, and knows nothing else."""

import os
import signal
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from analytics.supervise import Child, Supervisor, part
from dashboard.config import Settings, choose
from ingest import logs, traces
from ingest.__main__ import ELSEWHERE as INGEST
from ingest.__main__ import app as ingest_app
from ingest.config import ConfigError, find_config, load
from ingest.senders.command import HELP_SECRET, tell
from ingest.terminal.called import as_called
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, errors_in_words, say, show
from ingest.terminal.deferring import deferring

if TYPE_CHECKING:
    from analytics.demo import Traffic
    from analytics.status.health import Finding
    from ingest.listening.sockets import Sockets

JsonOption = Annotated[bool, typer.Option("--json", help="For machines: one object, whose keys stay.")]
ELSEWHERE = {
    "analytics": "analytics.__main__:app",
    "dashboard": "dashboard.__main__:app",
    "alerts": "analytics.alerts.commands:app",
    "verify": "dashboard.verify_command:verify_command",
    "backup": INGEST["backup"],
    "restore": INGEST["restore"],
}
app = typer.Typer(
    cls=deferring(ELSEWHERE),
    no_args_is_help=True,
    help="Which ad performs? Webhooks in, an honest answer per creative out.",
    epilog="New here? whichad demo shows everything on simulated traffic; whichad init sets up your own.",
)
# The whole way, in place of ingest's `why`, which ends at the record.
app.add_typer(ingest_app, name="ingest", cls=deferring(INGEST | {"why": "analytics.why.command:way_command"}))


@app.callback()
def main_options(config: ConfigOption = None) -> None:
    """Take --config before the command, too: so it stands in every command that a sentence of ours names."""
    if config is not None:
        choose(config)


@app.command()
def init(
    kind: Annotated[str | None, typer.Option(help="What you run: shop or arbitrage.", show_default="shop")] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of your reporting days.", show_default="UTC")] = None,
    currency: Annotated[str | None, typer.Option(help="Reporting currency.", show_default="USD")] = None,
    public_url: Annotated[str | None, typer.Option(help="Address that senders reach.", show_default="empty")] = None,
    sender: Annotated[str | None, typer.Option(help="Name of the first sender.", show_default="shop")] = None,
    profile: Annotated[str | None, typer.Option(help="Profile of the first sender.", show_default="standard")] = None,
    secret: Annotated[str, typer.Option(help=HELP_SECRET)] = "",
    folder: Annotated[Path, typer.Option("--dir", help="Where to write whichad.toml.")] = Path(),
) -> None:
    """Write a whichad.toml with a first sender and its secret, and print what to paste where.

    On a terminal it asks for what is left out; without one the defaults hold.
    """
    from ingest.senders import first_setup

    with errors_in_words():
        given = first_setup.Given(kind, timezone, currency, public_url, sender, profile, secret)
        added = first_setup.write(folder, first_setup.ask(folder, given))
        say(f"Wrote {added.config}.")
        tell(added)
    then = f"\nThen: whichad up, and in another terminal: whichad ingest senders wait {added.pasted.name}"
    say(as_called(then, added.config))


@app.command()
def up(config: ConfigOption = None) -> None:
    """Run ingest, the loop, the dashboard and the alerts until Ctrl-C; on a node ([nodes]), ingest and its sealing."""
    from dashboard.people import starting
    from ingest.listening.sockets import bind, opened

    with errors_in_words():
        path = find_config(config)
        settings = load(Settings, config)
        if path is None:
            raise ConfigError("There is no whichad.toml here. Make one with: whichad init")
        logs.begin("whichad", settings.logs)
        traces.check(settings.traces)
        sockets = opened(settings)  # a taken port stops the start, before anything runs
        shown = f"node {settings.nodes.node}: seals into {settings.shared_dir}"
        if not settings.nodes.is_door_only:
            starting.check(settings)
            bind(settings.dashboard.host, settings.dashboard.port, "dashboard.port").close()
            shown = f"dashboard: http://{settings.dashboard.host}:{settings.dashboard.port}"
        say(shown)
        _supervise(settings, path, sockets, threading.Event())


@app.command()
def demo(
    kind: Annotated[str, typer.Option(help="arbitrage or shop")] = "arbitrage",
    scale: Annotated[float, typer.Option(help="Size of the four weeks of history; 1 is about 170,000 items.")] = 1.0,
    rate: Annotated[float, typer.Option(help="Live items per second.")] = 8.0,
    folder: Annotated[Path, typer.Option("--dir", help="The demo's own folder.")] = Path("data/demo"),
) -> None:
    """Run the whole product on a simulated world of signed webhooks; nothing of yours is touched."""
    from analytics import demo as demo_world  # the simulated world takes long to load, and is for this alone
    from ingest.listening.sockets import opened

    with errors_in_words():
        if kind not in ("arbitrage", "shop"):
            raise ConfigError(f"{kind!r} is no demo: arbitrage or shop.")
        made = demo_world.prepare(folder, kind)
        settings, stopping = load(Settings, made.config), threading.Event()
        say(f"dashboard: http://127.0.0.1:{made.dashboard_port}   data: {made.data_dir}   stop with Ctrl-C")
        traffic = demo_world.Traffic(made, scale, rate, stopping)
        _supervise(settings, made.config, opened(settings), stopping, traffic)
        if traffic.failed:
            raise ConfigError(traffic.failed)


@app.command()
def status(config: ConfigOption = None, form: FormatOption = Format.TABLE, json: JsonOption = False) -> None:
    """Say how the running product is doing, what is wrong first, and what to do; exit code 1 if something is."""
    from analytics.alerts import standing
    from analytics.status import health
    from dashboard.people import starting

    with errors_in_words():
        found = list(health.status_of(Settings, config, datetime.now(UTC).replace(tzinfo=None)))
        if len(found) > 1:  # else the settings themselves cannot be read
            settings = load(Settings, config)
            found += [] if settings.nodes.is_door_only else standing.findings(settings.data_dir)
            found += [] if settings.nodes.is_door_only else starting.findings(settings)
        _findings(found, form, json)


@app.command()
def doctor(config: ConfigOption = None, form: FormatOption = Format.TABLE, json: JsonOption = False) -> None:
    """Look for the likeliest mistakes of a set-up and say how each is mended; exit code 1 if there is one."""
    from analytics.doctor import doctor as examined
    from analytics.doctor import extensions
    from dashboard.people import starting

    with errors_in_words():
        settings = load(Settings, config)
        _findings([*examined(settings), *extensions.findings(), *starting.findings(settings)], form, json)


def _supervise(
    settings: Settings, config: Path, sockets: "Sockets", stopping: threading.Event, traffic: "Traffic | None" = None
) -> None:
    """Run the parts until Ctrl-C or SIGTERM; the door stops first, so that the loop loads what it took.

    The door's sockets stay here: while it starts again, who connects to it waits, and is not refused.
    """
    chosen = ("--supervised", str(os.getpid()), "--config", str(config))
    door = part("ingest", "serve", *chosen, "--sockets", *map(str, sockets.fds))
    children = [Child("ingest", door, sockets.fds)]
    if settings.nodes.is_door_only:
        children.append(Child("node", part("ingest", "nodes", "run", *chosen)))
    else:
        children.append(Child("refresh", part("analytics", "refresh", *chosen)))
        children.append(Child("dashboard", part("dashboard", "serve", *chosen)))
        children.append(Child("alerts", part("analytics", "alerts", "run", *chosen)))
    supervisor = Supervisor(children, settings.child_environment(), lambda text: say(f"whichad: {text}"))
    supervisor.stopping = stopping

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    supervisor.start()
    if traffic:
        traffic.start()
    supervisor.watch()
    say("\nwhichad: stopping ...")
    sockets.close()  # now that nobody will answer, a service manager may hold them; we do not
    if traffic:
        traffic.join(10)
    supervisor.stop()
    say("whichad: stopped; everything that was answered with 200 is on disk. Start it again: whichad up")


def _findings(findings: Iterable["Finding"], form: Format, as_json: bool) -> None:
    from analytics.status import telling

    found = list(findings)
    if as_json:
        print(telling.as_json(found, datetime.now(UTC).replace(tzinfo=None)))
    elif form is Format.TABLE:
        print(telling.page(found))
    else:
        rows = [(f.what, f.ok, as_called(f.detail), "" if f.ok else as_called(f.hint)) for f in found]
        show(("what", "ok", "detail", "hint"), rows, form)
    if not all(finding.ok for finding in found):
        raise typer.Exit(Exit.FAILED)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    sys.exit(main())
