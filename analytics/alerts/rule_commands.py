"""This module owns `whichad alerts rules …`: what is told, and thresholds of one's own."""

from typing import Annotated

import typer

from analytics.alerts import events
from analytics.alerts import rules as store
from analytics.alerts.conditions import FILTERS, PER, Condition, number
from analytics.alerts.rules import Rule
from analytics.alerts.store import now_ms
from analytics.alerts.words import alerts_in_words, alerts_of, duration_ms, shown
from analytics.config import AnalyticsSettings
from ingest.config import ConfigError, load
from ingest.terminal.commands import ConfigOption, Format, FormatOption, say, show

COLUMNS = ("rule", "event", "condition", "state", "snoozed_until")
NameArgument = Annotated[str, typer.Argument(help="The rule's name; of a built-in one its event.")]
EXAMPLES = """Such as: whichad alerts rules add roas --below 0.8 --days 3 --per creative --floor cost=100

Spend of today: whichad alerts rules add cost --above 500 --days 1 --with-maturing --filter network=facebook"""

rules = typer.Typer(no_args_is_help=True, help="What is told: the built-in events, and thresholds of your own.")


@rules.command(epilog=EXAMPLES)
def add(
    metric: Annotated[str, typer.Argument(help="A metric of the mart `metrics`, such as roas, profit or cpa.")],
    above: Annotated[str | None, typer.Option(help="Tell where it is above this.")] = None,
    below: Annotated[str | None, typer.Option(help="Tell where it is below this.")] = None,
    days: Annotated[int, typer.Option(help="Over so many days: the last ones that are mature.")] = 7,
    per: Annotated[str, typer.Option(help=f"For each: {', '.join(PER)}.")] = "total",
    floor: Annotated[str | None, typer.Option(help="Only where a second metric is at least this: cost=100.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--filter", help=f"Only there: network=facebook; of {', '.join(FILTERS)}.")
    ] = None,
    with_maturing: Annotated[
        bool, typer.Option(help="Up to today, also days whose money is still coming in: for spend and clicks.")
    ] = False,
    cooldown: Annotated[str, typer.Option(help="How long the same is not told again once it was over.")] = "1d",
    name: Annotated[str, typer.Option(help="What to call it.", show_default="the condition")] = "",
    config: ConfigOption = None,
) -> None:
    """Tell when a metric crosses a threshold: looked at with each publish, told on the change."""
    with alerts_in_words():
        if (above is None) == (below is None):
            raise ConfigError("Give one of --above and --below.")
        floor_metric, floor_value = _pair(floor) if floor else (None, "0")
        condition = Condition(
            metric, "above" if below is None else "below", number(str(above if below is None else below)), days, per,
            floor_metric, number(floor_value), dict(_pair(each) for each in only or ()), with_maturing,
            duration_ms(cooldown) // 3_600_000,
        )  # fmt: skip
        made = store.add(load(AnalyticsSettings, config).data_dir, name, condition)
        say(f"Told from now on: {condition.sentence}.")
        print(made.id, flush=True)


@rules.command(name="list")
def list_(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List what is told, what is switched off, and what is snoozed until when."""
    with alerts_of(config) as data_dir:
        rows = [_row(each) for each in store.listed(data_dir)]
        show(COLUMNS, rows, form)


@rules.command()
def remove(name: NameArgument, config: ConfigOption = None) -> None:
    """Remove a rule of your own; a built-in one is switched off."""
    with alerts_of(config) as data_dir:
        found = store.remove(data_dir, name)
        say(f"{found.name} is {'removed' if found.condition else 'switched off'}.")


@rules.command()
def on(name: NameArgument, config: ConfigOption = None) -> None:
    """Switch a rule on again."""
    with alerts_of(config) as data_dir:
        say(f"{store.switch(data_dir, name, True).name} is on.")


@rules.command()
def off(name: NameArgument, config: ConfigOption = None) -> None:
    """Switch a rule off until it is switched on."""
    with alerts_of(config) as data_dir:
        say(f"{store.switch(data_dir, name, False).name} is off.")


@rules.command()
def snooze(
    name: NameArgument,
    time: Annotated[str, typer.Option("--for", help="How long: 90m, 12h, 3d, 2w; 0m wakes it.")] = "1d",
    of: Annotated[str | None, typer.Option(help="Only what this event is about, such as evt_…")] = None,
    config: ConfigOption = None,
) -> None:
    """Say nothing of a rule, or of one subject of it, for a while; what still holds then is told then."""
    with alerts_of(config) as data_dir:
        subject, until = "", now_ms() + duration_ms(time)
        if of is not None:
            event = events.one(data_dir, of)
            if event is None or event.rule_id != store.named(data_dir, name).id:
                raise ConfigError(f"There is no event {of!r} of the rule {name!r}. See them: whichad alerts events")
            subject = event.subject
        found = store.snooze(data_dir, name, until, subject)
        say(f"{found.name}{' of that' if subject else ''} is quiet until {shown(until)}.")


def _pair(text: str) -> tuple[str, str]:
    name, is_pair, value = text.partition("=")
    if not is_pair or not name or not value:
        raise ConfigError(f"{text!r} is no pair such as cost=100 or network=facebook.")
    return name.strip(), value.strip()


def _row(each: Rule) -> tuple[object, ...]:
    whole, parts = each.snoozed.get(""), sum(1 for subject in each.snoozed if subject)
    told = shown(whole) if whole else f"{parts} of its subjects" if parts else None
    condition = each.condition.sentence if each.condition else ""
    return each.name, each.type, condition, "on" if each.is_on else "off", told
