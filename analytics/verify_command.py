"""This module owns the recount: the balance sheet on stdout, or a log of receipts held against the journal."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import typer

from analytics import verify
from analytics.config import AnalyticsSettings
from ingest.audit import Line, sound
from ingest.audit.receipts import prove
from ingest.audit.receipts import receipts as read_receipts
from ingest.config import load
from ingest.terminal.called import as_called
from ingest.terminal.commands import Exit, Format, errors_in_words, say, show


def recount(
    receipts: Path | None, config: Path | None, form: Format, more: Callable[[Path], Iterable[Line]] = lambda _: ()
) -> None:
    """Print the sheet, or what became of `receipts`; raises typer.Exit where something is wrong.

    `more` gives the lines of what is kept in the data folder by who imports us.
    """
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        if receipts is not None:
            _prove(settings, receipts, form)
            return
        lines = [*verify.verify(settings), *more(settings.data_dir)]
        verify.keep(settings.data_dir, lines, datetime.now(UTC).replace(tzinfo=None))
    columns = ("part", "what", "left", "right", "ok", "note")
    show(columns, [(ln.part, ln.what, ln.left, ln.right, ln.ok, as_called(ln.note)) for ln in lines], form)
    if not sound(lines):
        say("The books do not balance: see the lines that are not ok.")
        raise typer.Exit(Exit.FAILED)
    say("Everything adds up.")


def _prove(settings: AnalyticsSettings, log: Path, form: Format) -> None:
    with log.open(encoding="utf-8") as lines:
        proofs = list(prove(settings.journal_dir, read_receipts(lines)))
    wrong = [proof for proof in proofs if not proof.ok]
    show(("line", "receipt", "verdict"), [(p.line, p.receipt, p.verdict) for p in wrong], form)
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in Counter(p.verdict for p in proofs).most_common())
    say(f"{len(proofs) - len(wrong)} of {len(proofs)} receipts are in journal or archive: {verdicts or 'none'}.")
    if wrong or not proofs:
        raise typer.Exit(Exit.FAILED)
