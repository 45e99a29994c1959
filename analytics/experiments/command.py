"""This module owns `whichad analytics experiments`: every declared experiment on stdout, a sentence each on stderr."""

from analytics.config import AnalyticsSettings
from analytics.version.opened import opened
from ingest.config import load
from ingest.terminal.commands import ConfigOption, Format, FormatOption, errors_in_words, say, show

_ROWS = """
select experiment, arm, status, unit, units, share_intended, share_actual, srm, metric, value, lift, lift_low,
  lift_high, p_best, decision, winner, units_to_decide
from experiments order by experiment, arm_number
"""
_SENTENCES = """
select experiment, first_day, last_day, status, through_day, min(reason),
  min(case when status <> 'ended' and coalesce(decision, 'keep running') = 'keep running' then stop_rule end)
from experiments group by experiment, first_day, last_day, status, through_day order by experiment
"""
_PLACES = 4
_NONE = "No experiment is declared. Three lines of whichad.toml declare one: docs/settings.md."


def experiments_command(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show the declared experiments: shares, lift with an interval that holds at every look, decision."""
    with errors_in_words():
        with opened(load(AnalyticsSettings, config).published_link) as connection:
            cursor = connection.execute(_ROWS)
            columns = [column[0] for column in cursor.description or []]
            rows = [_rounded(row) if form is Format.TABLE else row for row in cursor.fetchall()]
            told = connection.execute(_SENTENCES).fetchall()
        show(columns, rows, form, _NONE)
        for name, first, last, status, through, reason, stop_rule in told:
            days = f"{first} to {last or 'open'}, {status}, closed days up to {through}"
            say(f"{_plain(name)} ({days}): {reason}{f' {stop_rule}' if stop_rule else ''}")


def _rounded(row: tuple[object, ...]) -> list[object]:
    return [f"{value:.{_PLACES}g}" if isinstance(value, float) else value for value in row]


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
