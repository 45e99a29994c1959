"""This module owns `whichad alerts endpoints …`: who is told."""

from typing import Annotated

import typer

from analytics.alerts import channels, deliveries
from analytics.alerts import endpoints as store
from analytics.alerts.endpoints import WEBHOOK, Endpoint
from analytics.alerts.kinds import NAMES
from analytics.alerts.reachable import networks
from analytics.alerts.words import alerts_in_words, alerts_of, shown
from analytics.config import AnalyticsSettings
from ingest.config import load
from ingest.terminal.commands import ConfigOption, Format, FormatOption, say, show

COLUMNS = ("name", "channel", "address", "events", "state", "sent", "waiting", "given_up", "last_attempt")
VERIFY = """
Who receives it verifies each request with that secret, such as:

  pip install standardwebhooks
  event = Webhook("{secret}").verify(body, headers)

More ways, and what the events hold: docs/alerts.md. Try it: whichad alerts test {name}"""
NameArgument = Annotated[str, typer.Argument(help="The endpoint's name or id.")]
EventsOption = Annotated[
    list[str] | None, typer.Option("--event", help=f"Only this event; several times for more. {', '.join(NAMES)}.")
]

endpoints = typer.Typer(no_args_is_help=True, help="Who is told: webhooks, Slack, e-mail and others.")


@endpoints.command()
def add(
    url: Annotated[str, typer.Argument(help="Where to: https://…, or an address of apprise such as slack://…")],
    name: Annotated[str, typer.Option(help="What to call it.")] = "main",
    event: EventsOption = None,
    channel: Annotated[
        str | None, typer.Option(help="webhook, apprise, or an installed one.", show_default="by the address")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Tell somebody from now on; of a webhook prints the secret, this once, that verifies what we send."""
    with alerts_in_words():
        settings = load(AnalyticsSettings, config)
        chosen = channels.channel_of(url, channel)
        channels.check_address(chosen, url, networks(settings.alerts.allow_private))
        made = store.add(settings.data_dir, name, url, chosen, tuple(event or ()))
        say(f"{made.name} is told of {', '.join(made.events) or 'everything'} from now on, over {made.channel}.")
        _tell_secret(made)


@endpoints.command(name="list")
def list_(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List who is told of what, and how it went."""
    with alerts_of(config) as data_dir:
        sent = deliveries.standings(data_dir)
        rows = [_row(each, sent.get(each.id)) for each in store.listed(data_dir)]
        show(COLUMNS, rows, form, "Nobody is told anything. Begin with: whichad alerts endpoints add <url>")


@endpoints.command()
def events(name: NameArgument, event: EventsOption = None, config: ConfigOption = None) -> None:
    """Choose which events it gets from now on; without --event all."""
    with alerts_of(config) as data_dir:
        made = store.change(data_dir, name, tuple(event or ()))
        say(f"{made.name} is told of {', '.join(made.events) or 'everything'}.")


@endpoints.command()
def remove(name: NameArgument, config: ConfigOption = None) -> None:
    """Tell it nothing any more, and forget what waits for it and its log."""
    with alerts_of(config) as data_dir:
        say(f"{store.remove(data_dir, name).name} is told nothing any more.")


@endpoints.command()
def enable(name: NameArgument, config: ConfigOption = None) -> None:
    """Tell it again, after it was switched off by a 410 or after days of failure; what waited goes first."""
    with alerts_of(config) as data_dir:
        made = store.enable(data_dir, name)
        say(f"{made.name} is told again. What was seen meanwhile: whichad alerts replay --since 2d --to {made.name}")


@endpoints.command()
def disable(name: NameArgument, config: ConfigOption = None) -> None:
    """Tell it nothing until it is enabled."""
    with alerts_of(config) as data_dir:
        say(f"{store.disable(data_dir, name, 'by hand').name} is switched off.")


@endpoints.command()
def rotate(name: NameArgument, config: ConfigOption = None) -> None:
    """Make a new secret; for a day the one before signs as well, so that nothing is refused meanwhile."""
    with alerts_of(config) as data_dir:
        made = store.rotate(data_dir, name)
        say(f"{made.name} has a new secret. The one before signs beside it for 24 hours.")
        _tell_secret(made)


def _tell_secret(made: Endpoint) -> None:
    if made.channel == WEBHOOK:
        say("Its secret, shown this once:\n")
        print(made.secrets[0], flush=True)
        say(VERIFY.format(secret=made.secrets[0][:10] + "…", name=made.name))
    else:
        say(f"Try it: whichad alerts test {made.name}")


def _row(each: Endpoint, sent: deliveries.Standing | None) -> tuple[object, ...]:
    state = f"off: {each.disabled_why}" if each.disabled_at else "failing" if each.failing_since else "on"
    counts = (sent.delivered, sent.waiting, sent.given_up, shown(sent.last_at)) if sent else (0, 0, 0, None)
    return each.name, each.channel, each.shown, ", ".join(each.events) or "all", state, *counts
