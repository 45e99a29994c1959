"""This module owns the command line of the dashboard: `python -m dashboard …`, the same as `whichad dashboard …`."""

from pathlib import Path
from typing import Annotated

import typer

from dashboard.config import Settings
from ingest.config import ConfigError, load
from ingest.orphan import SupervisedOption, stop_with_parent
from ingest.terminal.called import as_called
from ingest.terminal.deferring import deferring

ELSEWHERE = {"users": "dashboard.people.commands:users_app", "audit": "dashboard.people.commands:audit_command"}
app = typer.Typer(
    cls=deferring(ELSEWHERE), no_args_is_help=True, add_completion=False, help="The page of the published marts."
)


@app.callback()
def main() -> None:
    """The page of the published marts."""


@app.command()
def serve(
    config: Annotated[Path | None, typer.Option(help="The whichad.toml to use.")] = None,
    supervised: SupervisedOption = 0,
) -> None:
    """Serve the dashboard until it is stopped (Ctrl-C or SIGTERM). Exit codes: 0 stopped, 1 port, 2 settings."""
    if supervised:
        stop_with_parent("dashboard", supervised)  # first: what follows takes seconds, and the parent may end meanwhile
    from dashboard.people import starting
    from dashboard.server import CannotListen, run  # Dash takes a second to load, and is for this alone

    try:
        settings = load(Settings, config)
        starting.check(settings)
        run(settings)
    except ConfigError as error:
        typer.echo(as_called(str(error)), err=True)
        raise typer.Exit(2) from None
    except CannotListen as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command()
def slim() -> None:
    """Fetch the smaller Plotly script by npm, once: the page then weighs a third less. Exit code 1: not to be had."""
    from dashboard import slim as script

    try:
        typer.echo(f"{script.fetch()} is served from the next start on.", err=True)
    except script.CannotFetch as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app()
