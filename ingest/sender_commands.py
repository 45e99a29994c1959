"""This module owns the commands about senders: list them, add one, wait for its first hit, look at the profiles."""

from pathlib import Path
from typing import Annotated

import typer

from ingest import adding, profile_pages
from ingest.commands import ConfigOption, Exit, Format, FormatOption, errors_in_words, say, show
from ingest.config import ConfigError, IngestSettings, find_config, load
from ingest.first_hit import wait_for
from ingest.origin import origins, own_profiles
from ingest.profile import names, profile

senders = typer.Typer(help="Who may post: list senders, add one, wait for its first hit, look at the profiles.")
ColumnsOfSenders = ("sender", "profile", "url", "timezone", "currency", "strict")


@senders.callback(invoke_without_command=True)
def list_all(context: typer.Context, config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the configured senders and the address each one posts to."""
    if context.invoked_subcommand is not None:
        return
    with errors_in_words():
        settings = load(IngestSettings, config)
        rows = [
            (name, o.sender.profile, f"{adding.base_url(settings)}/webhooks/{name}", o.zone.key, o.currency, o.strict)
            for name, o in origins(settings).items()
        ]
        show(ColumnsOfSenders, rows, form, "No sender is configured yet. Add one: whichad ingest senders add")


@senders.command()
def profiles(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the platforms that whichad understands; one of your own is a TOML file in `profiles/`."""
    with errors_in_words():
        folder = own_profiles(load(IngestSettings, config)) if find_config(config) else None
        found = [(name, profile(name, folder)) for name in names(folder)]
        rows = [(n, p.kind, " ".join(p.methods), "yes" if not p.unconfirmed else "in part", p.about) for n, p in found]
        show(("profile", "kind", "methods", "confirmed", "about"), rows, form)


@senders.command()
def add(
    name: Annotated[str, typer.Argument(help="Your name for it: lower-case letters, digits, '-' and '_'.")],
    profile_name: Annotated[
        str, typer.Option("--profile", prompt="Profile (whichad ingest senders profiles lists them)")
    ],
    timezone: Annotated[str, typer.Option(help="Zone of its naive times; else the profile's.")] = "",
    currency: Annotated[str, typer.Option(help="Its currency where it names none; else the profile's.")] = "",
    secret: Annotated[str, typer.Option(help="The platform's signing secret; left out, one is made.")] = "",
    option: Annotated[list[str] | None, typer.Option(help="A choice of the profile, such as revenue=subtotal.")] = None,
    wait: Annotated[bool | None, typer.Option(help="Wait for the first hit (on a terminal: yes).")] = None,
    config: ConfigOption = None,
) -> None:
    """Add a sender: write it into whichad.toml, make its secret, print what to paste; live without a restart."""
    with errors_in_words():
        path = _config(config)
        chosen = dict(each.partition("=")[::2] for each in option or ())
        wish = adding.Wish(name, profile_name, timezone, currency, secret, chosen)
        if not secret and adding.needs_their_secret(path, wish):
            wish = adding.with_secret(wish, typer.prompt(adding.ASK_SECRET, default="", show_default=False, err=True))
        added = adding.add(path, wish)
        adding.tell(added, say, print)
        if wait if wait is not None else adding.is_terminal():
            _wait(path, name, 600)


@senders.command(name="wait")
def wait_command(
    sender: Annotated[str, typer.Argument(help="The sender to wait for.")],
    seconds: Annotated[int, typer.Option(help="Give up after this many seconds.")] = 600,
    config: ConfigOption = None,
) -> None:
    """Wait for a sender's next delivery, and say what was understood of it."""
    with errors_in_words():
        _wait(_config(config), sender, seconds)


@senders.command()
def pages(folder: Annotated[Path, typer.Argument(help="Where to write a page per shipped profile.")]) -> None:
    """Write the page of every shipped profile, made from its TOML."""
    with errors_in_words():
        written = profile_pages.write(folder)
        say(f"{written} pages in {folder}")


def _config(config: Path | None) -> Path:
    path = find_config(config)
    if path is None:
        raise ConfigError("There is no whichad.toml here. Make one with: whichad init")
    return path


def _wait(path: Path, name: str, seconds: int) -> None:
    settings = load(IngestSettings, path)
    if name not in settings.senders:
        raise ConfigError(f"There is no sender {name!r}. Configured: {', '.join(settings.senders) or 'none'}.")
    say(f"Waiting for the first hit of {name} (Ctrl-C to stop waiting; `whichad up` must be running) ...")
    try:
        found = wait_for(settings, name, seconds, say)
    except KeyboardInterrupt:
        say(f"\nStopped waiting. Go on any time with: whichad ingest senders wait {name}")
        return
    if found is None:
        say(f"Nothing arrived in {seconds} seconds. Is the address reachable from outside? Try: "
            f"whichad ingest send-test {name}")  # fmt: skip
        raise typer.Exit(Exit.FAILED)
    print(found)
