"""This module owns the track record in words: one sentence per row, and why one is silent."""

from analytics.track_record.epoch import day_of
from analytics.track_record.reckoning import ALL, BEATS, CLAIMED, JUDGED_MIN, MEETS, MISSES, TOO_SURE, TRAILS, Row

_DO = {
    BEATS: "beat the rest of their campaign", TRAILS: "fall behind the rest of their campaign",
    MEETS: "meet their target", MISSES: "miss their target",
}  # fmt: skip
_DID = {
    BEATS: "still beat the rest of their campaign", TRAILS: "still fell behind the rest of their campaign",
    MEETS: "still met their target", MISSES: "still missed their target",
}  # fmt: skip
_WHY_NOT = (
    ("not_mature_yet", "not mature yet"), ("stopped_running", "stopped running"),
    ("too_few_clicks", "too few clicks since"), ("scope_gone", "nothing known there any more"),
    ("other_objective", "said for another objective or currency"),
)  # fmt: skip


def sentence(row: Row, after_days: int, matures_after: int) -> str:
    """The row in words; `matures_after` is how many days an event takes to mature."""
    if row.judged < JUDGED_MIN:
        return _silent(row, after_days, matures_after)
    percents = f"{_percent(row.share)}, {_percent(row.low)[:-2]}–{_percent(row.high)}"
    did = _DID[row.claim] if row.what in CLAIMED else "did"
    would = round(row.expected * row.judged)
    end = {TOO_SURE: ": the certainties are too high", "fits": ""}.get(str(row.calibration), ": they are too low")
    return (
        f"Of {_whom(row)}, {row.held:,} {did} in the {after_days} days after ({percents});"
        f" if the certainties are right, {would:,} would{end}."
    )


def _whom(row: Row) -> str:
    if row.creatives == row.judged:
        who, about, called = f"{row.judged:,} creatives", "", "called {}"
    else:
        who, called = f"{row.judged:,} verdicts", '"{}"'
        about = f" about {row.creatives:,} creative{'s' if row.creatives > 1 else ''}"
    if row.what in CLAIMED:
        return f"{who} {called.format(row.what.replace('_', ' '))}{about}"
    return f"{who}{about} said to {_DO[row.claim]} with {_sure(row)} certainty"


def _silent(row: Row, after_days: int, matures_after: int) -> str:
    """Why nothing is said; where all are too young, when the first can be judged."""
    few = f"Only {row.judged}" if row.judged else "None"
    of = f" of {row.said:,}" if row.judged < row.said else ""
    verdicts = "verdict" if row.said == 1 else "verdicts"
    name = row.what.replace("_", " ")
    kind = f'"{name}"' if row.what in CLAIMED else f"to {_DO[row.claim]}, {_sure(row)} sure,"
    why = ", ".join(f"{count:,} {words}" for name, words in _WHY_NOT if (count := getattr(row, name)))
    why = f" ({why})" if why else ""
    when = ""
    if row.not_mature_yet == row.said:
        when = f" The first can be judged on {day_of(row.said_first + after_days + matures_after)}."
    judged = f"could be judged by the {after_days} days after{why}"
    return f"{few}{of} {verdicts} {kind} {judged}; {JUDGED_MIN} are needed.{when}"


def _sure(row: Row) -> str:
    return "more than 50 %" if row.what == ALL else row.what


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
