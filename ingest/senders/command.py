"""This module owns the commands about senders: list them, add one, wait for its first hit, look at the profiles."""

from pathlib import Path
from typing import Annotated

import typer

from ingest import profile_pages
from ingest.config import ConfigError, IngestSettings, find_config, load
from ingest.profile import names, own, profile, shipped
from ingest.profile_packages import brought
from ingest.senders import adding, asking, pasting
from ingest.senders.first_hit import wait_for
from ingest.senders.origin import origins, own_profiles
from ingest.terminal.called import as_called
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, check_sender, errors_in_words, say, show

senders = typer.Typer(help="Who may post: list senders, add one, wait for its first hit, look at the profiles.")
HELP_SECRET = (
    "The platform's signing secret, `-` to read it from standard input; left out, one is made where we make it."  # noqa: S105
)
HELP_ORIGIN = "Whose pages may post, such as https://shop.example; again for each (profiles that pages post to)."
ColumnsOfProfiles = ("profile", "kind", "methods", "confirmed", "whose", "about")
ColumnsOfSenders = ("sender", "profile", "url", "timezone", "currency", "strict")


@senders.callback(invoke_without_command=True)
def list_all(context: typer.Context, config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the configured senders and the address each one posts to."""
    if context.invoked_subcommand is not None:
        return
    with errors_in_words():
        settings = load(IngestSettings, config)
        rows = [
            (name, o.sender.profile, f"{pasting.base_url(settings)}/webhooks/{name}", o.zone.key, o.currency, o.strict)
            for name, o in origins(settings).items()
        ]
        show(ColumnsOfSenders, rows, form, "No sender is configured yet. Add one: whichad ingest senders add")


@senders.command()
def profiles(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the platforms that whichad understands; one of your own is a TOML file in `profiles/`, or in a package."""
    with errors_in_words():
        folder = own_profiles(load(IngestSettings, config)) if find_config(config) else None
        show(ColumnsOfProfiles, [_about(name, folder) for name in names(folder)], form)
        for refused in brought(shipped()).refused:
            say(refused)


@senders.command()
def add(
    name: Annotated[str, typer.Argument(help="Your name for it: lower-case letters, digits, '-' and '_'.")],
    profile_name: Annotated[
        str, typer.Option("--profile", prompt="Profile (whichad ingest senders profiles lists them)")
    ],
    timezone: Annotated[str, typer.Option(help="Zone of its naive times; else the profile's.")] = "",
    currency: Annotated[str, typer.Option(help="Its currency where it names none; else the profile's.")] = "",
    secret: Annotated[str, typer.Option(help=HELP_SECRET)] = "",
    origin: Annotated[list[str] | None, typer.Option(help=HELP_ORIGIN)] = None,
    option: Annotated[list[str] | None, typer.Option(help="A choice of the profile, such as revenue=subtotal.")] = None,
    wait: Annotated[bool | None, typer.Option(help="Wait for the first hit (on a terminal: yes).")] = None,
    config: ConfigOption = None,
) -> None:
    """Add a sender: write it into whichad.toml, make its secret, print what to paste; live without a restart."""
    with errors_in_words():
        path = _config(config)
        settings = adding.free(path, name)  # before anything is asked
        found = profile(profile_name, own_profiles(settings))
        secret = asking.their_secret(secret, name, found, pasting.base_url(settings))
        chosen = dict(each.partition("=")[::2] for each in option or ())
        origins = asking.page_origins(tuple(origin or ()), found)
        tell(adding.add(path, adding.Wish(name, profile_name, timezone, currency, secret, chosen, origins)))
        if wait if wait is not None else asking.is_terminal():
            _wait(path, name, 600)


def tell(added: adding.Added) -> None:
    """Say what was added, and print what to paste."""
    found = added.pasted
    say(f"Added senders.{found.name} ({found.profile.title}) to {added.config}; a running whichad takes it at once.")
    if added.secret_file:
        say(f"Its secret is in {added.secret_file}.")
    pasting.tell(found, say, print, added.is_ours and found.is_entered)


@senders.command(name="show")
def show_one(
    sender: Annotated[str, typer.Argument(help="The sender whose address you want to paste.")],
    secret: Annotated[bool, typer.Option("--secret", help="Print its secret, too.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print again what is pasted for a sender: its address (with its token and macros), the set-up, a curl."""
    with errors_in_words():
        pasting.tell(pasting.pasted(load(IngestSettings, _config(config)), sender), say, print, secret)


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


def _about(name: str, folder: Path | None) -> tuple[str, ...]:
    """A profile in one row; one that cannot be read is listed as broken, with why."""
    whose = "shipped"
    if name in own(folder):
        whose = "yours, instead of the shipped one" if name in shipped() else "yours"
    elif name not in shipped():
        whose = f"of {brought(shipped()).profiles[name].by.package}"
    try:
        found = profile(name, folder)
    except ConfigError as error:
        return name, "broken", "", "", whose, str(error)
    confirmed = "yes" if not found.unconfirmed else "in part"
    return name, found.kind, " ".join(found.methods), confirmed if found.confirmed else "no", whose, found.about


def _config(config: Path | None) -> Path:
    path = find_config(config)
    if path is None:
        raise ConfigError("There is no whichad.toml here. Make one with: whichad init")
    return path


def _wait(path: Path, name: str, seconds: int) -> None:
    settings = load(IngestSettings, path)
    check_sender(settings, name)
    try:
        found = wait_for(settings, name, seconds, say)
    except KeyboardInterrupt:
        say(f"\nStopped waiting. Go on any time with: whichad ingest senders wait {name}")
        return
    if found is None:
        say(f"Nothing arrived in {seconds} seconds. Is the address reachable from outside? Try: "
            f"whichad ingest send-test {name}")  # fmt: skip
        raise typer.Exit(Exit.FAILED)
    print(as_called(found))
