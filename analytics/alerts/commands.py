"""This module owns `whichad alerts …`: what was told and how it went, tests, replays, the digest, and the process."""

import sys
import time
from datetime import timedelta
from typing import Annotated

import typer

from analytics.alerts import deliveries
from analytics.alerts import events as seen
from analytics.alerts.store import now_ms
from analytics.alerts.testing import send_test
from analytics.alerts.words import alerts_in_words, alerts_of, shown, since_ms
from analytics.config import AnalyticsSettings
from analytics.version.opened import check_published
from ingest import logs
from ingest.config import ConfigError, load
from ingest.counting import metrics
from ingest.orphan import SupervisedOption, stop_with_parent
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, say, show
from ingest.terminal.deferring import deferring

ELSEWHERE = {
    "endpoints": "analytics.alerts.endpoint_commands:endpoints",
    "rules": "analytics.alerts.rule_commands:rules",
}
EVENT_COLUMNS = ("at", "id", "event", "sentence")
LOG_COLUMNS = ("at", "event", "id", "endpoint", "ok", "status", "took_ms", "said", "again_at", "state")
WAIT_SECONDS = 30.0
LimitOption = Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")]

app = typer.Typer(
    cls=deferring(ELSEWHERE),
    no_args_is_help=True,
    help="Be told: signed webhooks, Slack, e-mail; when a verdict changes, money is lost, a sender falls silent.",
    epilog="Begin with: whichad alerts endpoints add https://hooks.example.com/whichad. More: docs/alerts.md",
)


@app.callback()
def main() -> None:
    """Be told: signed webhooks, Slack, e-mail; when a verdict changes, money is lost, a sender falls silent."""


@app.command()
def events(
    kind: Annotated[str | None, typer.Option("--event", help="Only this event, such as sender.silent.")] = None,
    since: Annotated[str | None, typer.Option(help="Only from this moment on: 2d, 2026-11-26.")] = None,
    limit: LimitOption = 50,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what was seen, whoever was told."""
    with alerts_of(config) as data_dir:
        found = seen.listed(data_dir, kind, since_ms(since) if since else 0, limit)
        rows = [(shown(each.at), each.id, each.type, each.sentence) for each in found]
        show(EVENT_COLUMNS, rows, form, "Nothing was seen yet.")


@app.command()
def log(
    endpoint: Annotated[str | None, typer.Option("--to", help="Only to this endpoint.")] = None,
    event: Annotated[str | None, typer.Option(help="Only of this event, evt_…")] = None,
    limit: LimitOption = 50,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List every attempt: when, to whom, what the answer was, and when it is tried again."""
    with alerts_of(config) as data_dir:
        found = deliveries.log(data_dir, endpoint, event, limit)
        rows = [
            (shown(each.at), each.type, each.event_id, each.endpoint, each.ok, each.status, each.took_ms, each.said,
             shown(each.next_at), each.state)
            for each in found
        ]  # fmt: skip
        show(LOG_COLUMNS, rows, form, "Nothing was sent yet.")


@app.command()
def test(
    name: Annotated[str, typer.Argument(help="The endpoint's name or id.")],
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Send a test event and show what the endpoint answered; a running whichad sends it."""
    with alerts_of(config) as data_dir:
        event, deadline = send_test(data_dir, name), time.monotonic() + WAIT_SECONDS
        while not (found := deliveries.log(data_dir, event=event.id)) and time.monotonic() < deadline:
            time.sleep(0.2)
        rows = [(each.endpoint, each.ok, each.status, each.took_ms, each.said) for each in found]
        show(("endpoint", "ok", "status", "took_ms", "said"), rows, form)
        if not found:
            say("It waits: is whichad running? Start it with: whichad up, or only this: whichad alerts run")
        if not any(each.ok for each in found):
            raise typer.Exit(Exit.FAILED)


@app.command()
def replay(
    event: Annotated[str | None, typer.Argument(help="The event to send again, evt_…")] = None,
    since: Annotated[str | None, typer.Option(help="All from this moment on: 2d, 2026-11-26.")] = None,
    endpoint: Annotated[
        str | None, typer.Option("--to", help="Only to this endpoint.", show_default="all that want it")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Send events again, under the same ids: who keeps the ids sees no event twice."""
    with alerts_in_words():
        if (event is None) == (since is None):
            raise ConfigError("Give an event (evt_…), or --since.")
        data_dir = load(AnalyticsSettings, config).data_dir
        again = deliveries.replay(data_dir, event, since_ms(since) if since else None, endpoint)
        say(f"{again} deliver{'y goes' if again == 1 else 'ies go'} out again.")


@app.command()
def digest(
    print_only: Annotated[bool, typer.Option("--print", help="Only print it; nothing is sent.")] = False,
    config: ConfigOption = None,
) -> None:
    """Make today's digest of yesterday now, and send it; or with --print look at it."""
    with alerts_in_words():
        settings = load(AnalyticsSettings, config)
        check_published(settings.published_link)
        from analytics.alerts.findings import digest as digests
        from analytics.alerts.findings.looking import opened

        with opened(settings.published_link) as published:
            day = published.today - timedelta(days=1)
            sentence, data = digests.made(published, settings.published_link, day)
            event = digests.event_of(sentence, data, published.version, now_ms())
        print(sentence, flush=True)
        if not print_only:
            seen.note(settings.data_dir, seen.Step([event]), now_ms())
            say(f"Queued as {event.id}: whichad alerts log --event {event.id}")


@app.command()
def run(config: ConfigOption = None, supervised: SupervisedOption = 0) -> None:
    """Look and tell until Ctrl-C. `whichad up` does this; by hand only where its parts are run apart."""
    from analytics.alerts.running import Teller, stop_on_signals

    with alerts_in_words():
        settings = load(AnalyticsSettings, config)
        logs.begin("alerts", settings.logs)
        metrics.begin("alerts", settings.data_dir)
        work = Teller(settings)
        stop_on_signals(work.stop)
        if supervised:
            stop_with_parent("alerts", supervised)
        else:
            print("alerts: looking; stop with Ctrl-C", file=sys.stderr, flush=True)
        work.run()
