"""This module owns the commands about creatives: `python -m ingest creatives …`. They look, and append decisions."""

import getpass
from dataclasses import astuple, fields
from pathlib import Path
from typing import Annotated

import typer

from ingest import decisions
from ingest.config import ConfigError, IngestSettings, load
from ingest.identity import explanation, renormalise
from ingest.identity.rule_sets import RulesError
from ingest.inspecting import finding
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, check_reason, errors_in_words, say, show

creatives = typer.Typer(
    no_args_is_help=True, help="Explain, merge and un-merge creatives, renormalise texts; every decision is kept."
)
ReasonOption = Annotated[str, typer.Option(prompt="Why", help="Why; it is kept with the decision.")]


@creatives.command()
def explain(
    what: Annotated[str, typer.Argument(help="An ad's text as it was sent, a creative_id or a variant_id.")],
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show how a text became its creative: each step that acted, its places, aliases and decisions."""
    with errors_in_words():
        try:
            rows = explanation.explained(load(IngestSettings, config).record_path, what)
        except RulesError as error:
            raise ConfigError(str(error)) from None
        show(explanation.COLUMNS, rows, form, f"The record holds no creative and no text with the id {what}.")
        if not rows:
            raise typer.Exit(Exit.FAILED)


@creatives.command()
def aliases(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the creatives that count as another one, with the kind and the reason."""
    with errors_in_words():
        columns, rows = explanation.listed(
            load(IngestSettings, config).record_path,
            "select a.creative_id, b.creative_text, a.kind, a.canonical_id, c.creative_text as canonical_text, a.reason"
            " from creative_aliases a left join creatives b on b.creative_id = a.creative_id"
            " left join creatives c on c.creative_id = a.canonical_id order by a.kind, b.creative_text, a.creative_id",
        )
        show(columns, rows, form, "No creative counts as another one.")


@creatives.command(name="decisions")
def decisions_taken(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List what people decided, the newest first. What waits in the journal shows after the next refresh."""
    with errors_in_words():
        columns, rows = explanation.listed(
            load(IngestSettings, config).record_path,
            "select decided_at, kind, subject, object, actor, reason, decision_id from decisions"
            " order by decided_at desc, decision_id desc",
        )
        show(columns, rows, form, "Nobody has decided anything yet.")


@creatives.command()
def merge(
    creative: Annotated[str, typer.Argument(help="The creative_id that shall count as the other one.")],
    into: Annotated[str, typer.Argument(help="The creative_id it is merged into.")],
    reason: ReasonOption,
    config: ConfigOption = None,
) -> None:
    """Count one creative as another from now on, history included. Nothing is rewritten."""
    _decide("merge", creative, into, reason, config)


@creatives.command()
def unmerge(
    creative: Annotated[str, typer.Argument(help="The creative_id to set apart again.")],
    reason: ReasonOption,
    config: ConfigOption = None,
) -> None:
    """Undo a merge, or overrule an alias that was derived."""
    _decide("unmerge", creative, None, reason, config)


@creatives.command(name="renormalise")
def renormalise_texts(
    to: Annotated[str | None, typer.Option("--to", help="The rules, such as rac/1; without it those in force.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Decide it, after the report. Needs --reason.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; it is kept with the decision.")] = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Report what the rules would make of every text seen; with --apply, put them in force."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        if apply and not (reason and reason.strip()):
            raise ConfigError("A decision needs its reason: --apply --reason 'the mended %XX step'")
        try:
            report = renormalise.report(settings.record_path, to)
        except RulesError as error:
            raise ConfigError(str(error)) from None
        rows = [astuple(change) for change in report.changes if change.kind != "renamed"]
        show([each.name for each in fields(renormalise.Change)], rows, form)
        say(report.sentence)
        if not apply:
            say("Nothing was changed. To put it in force, add: --apply --reason '…'")
        elif not report.is_news:
            say("There is nothing to put in force.")
        else:
            actor = getpass.getuser()
            decision = decisions.append(settings.journal_dir, "rules", report.version, report.moved, actor, str(reason))
            say(f"Decided ({decision}); the next refresh works out every text again.")


def _decide(kind: str, subject: str, target: str | None, reason: str, config: Path | None) -> None:
    with errors_in_words():
        settings = load(IngestSettings, config)
        check_reason(reason)
        if subject == target:
            raise ConfigError("A creative cannot be merged into itself.")
        unknown = finding.unknown_creatives(settings, [subject, *([target] if target else [])])
        if unknown:
            say(f"No text creative has the id {unknown[0]}. The mart `creatives` lists them.")
            raise typer.Exit(Exit.FAILED)
        if target and finding.canonical(settings, target) == subject:
            say("That would close a ring: the other one counts as this one already. Un-merge it first.")
            raise typer.Exit(Exit.FAILED)
        decision = decisions.append(settings.journal_dir, kind, subject, target, getpass.getuser(), reason)
        say(f"Decided ({decision}); it shows with the next refresh.")
