"""This module owns the report beside the verdicts: what matures, experiments, fatigue, texts, the record."""

from collections.abc import Sequence
from itertools import groupby

from analytics.report.amounts import UNKNOWN, change, count, each, money, percent
from analytics.report.bars import Scale, Span, bar, scale
from analytics.report.judged import creative, scope
from analytics.report.markup import Content, Html, joined, table, tag
from analytics.report.reading import Read, Row

METRICS = {
    "ctr": "clicks per impression", "cvr": "conversions per click", "epc": "revenue per click",
    "epc_capped": "revenue per click", "net_per_click": "net per click", "profit_per_click": "profit per click",
}  # fmt: skip
_PER_CLICK = ("net_per_click", "profit_per_click", "epc", "epc_capped")
_MATURING = (
    "Conversions and money of these clicks are not all here yet. No verdict uses them. What to expect is learned from"
    " days gone by, with its 95 % range."
)
_DECLARED = (
    "Declared in the settings, with their intended split: here a difference is the doing of the ad. Whoever declares"
    " after having looked has no such protection. Everything else on this page is observational."
)
_FALLEN = "Fallen against their own baseline, weekday and season taken out; at most one in ten of them by chance."
_JUDGED = "Of what was said before, how much still held in the days after. Days that are maturing do not count."
_WORDS = (
    "Within campaigns, observed and not an experiment. A family of near-duplicate texts counts once, and all that was"
    " looked at is corrected for."
)


def maturing(found: Read) -> Html:
    """Days whose conversions and money are still coming in: what has come, and apart from it what is to be expected."""
    rows = found.others.get("maturity_daily", [])
    if not rows:
        return Html("")
    heads = (("Day of the click", "day"), ("Conversions so far", "n"), ("To expect", "n"),
             (f"Revenue so far, {found.currency}", "n"), ("To expect", "n"))  # fmt: skip
    body: list[list[Content]] = [
        [row["day"].isoformat(), count(row["conversions"]), _ranged(row, "conversions_projected", whole=True),
         money(row["revenue"]), _ranged(row, "revenue_projected")] for row in rows
    ]  # fmt: skip
    return _section(
        "Days that are still maturing", _MATURING, table("Maturing days", "By the day of the click", heads, body)
    )


def experiments(found: Read) -> Html:
    """Every declared experiment with its decision and its arms."""
    rows = found.others.get("experiments", [])
    if not rows:
        return Html("")
    told: list[Content] = []
    for name, arms in groupby(rows, key=lambda row: str(row["experiment"])):
        told += _experiment(name, list(arms))
    return _section("Experiments", _DECLARED, *told)


def _experiment(name: str, arms: Sequence[Row]) -> list[Content]:
    first = arms[0]
    over = scale([_span(row, "lift") for row in arms], 0.0)
    heads = (("Arm", "wide"), ("Share, intended", "n"), ("Share, actual", "n"), (_metric(first).capitalize(), "n"),
             ("Difference to the control", "bars"))  # fmt: skip
    body = [_arm(row, over, first["metric"]) for row in arms]
    return [tag("h3", f"{name}: {first['decision'] or first['status']}"), tag("p", first["reason"]),
            table(f"Arms of {name}", "At every look, all pairs together, at 95 %.", heads, body)]  # fmt: skip


def _arm(row: Row, over: Scale, metric: str) -> list[Content]:
    def told(value: float | None) -> str:
        return each(value) if metric in _PER_CLICK else percent(value, 2)

    control = tag("span", "control", class_="scope") if row["is_control"] else None
    figures = f"{told(row['lift'])} ({told(row['lift_low'])} to {told(row['lift_high'])})"
    lift = UNKNOWN if row["lift"] is None else _drawn(_span(row, "lift"), over, 0.0, figures)
    return [joined([tag("span", row["arm"], class_="text"), control]), percent(row["share_intended"], 1),
            percent(row["share_actual"], 1), told(row["value"]), lift]  # fmt: skip


def fatigue(found: Read) -> Html:
    """Creatives that fell against their own baseline, first those that no longer pay."""
    if "creative_fatigue" not in found.others:
        return Html("")
    rows = found.others["creative_fatigue"]
    if not rows:
        return _section("Fatigue", "No creative has surely fallen against its own baseline.")
    over = scale([_span(row, "decline") for row in rows], 0.0)
    heads = (("Creative and scope", "wide"), ("What fell", ""), ("Since", "day"), ("Decline, 95 %", "bars"), ("So", ""))
    return _section(
        "Fatigue",
        _FALLEN,
        table("Faded creatives", "First those to replace.", heads, [_fallen(row, over) for row in rows]),
    )


def _fallen(row: Row, over: Scale) -> list[Content]:
    around = f"{row['since_low'].isoformat()} to {row['since_high'].isoformat()}"
    figures = _shares(row, "decline")
    so = {
        None: "No cost is known: judge by the decline.", True: "Decayed, still pays: keep it, prepare the next.",
        False: "Replace now.",
    }  # fmt: skip
    return [joined([creative(row), tag("span", scope(row), class_="scope")]), _metric(row),
            joined([row["since"].isoformat(), tag("span", around, class_="scope")]),
            _drawn(_span(row, "decline"), over, None, figures), so[row["still_meets_target"]]]  # fmt: skip


def texts(found: Read) -> Html:
    """What in the texts goes with a better or a worse rate, and what that rests on."""
    if "text_lift" not in found.others:
        return Html("")
    rows, fits = found.others["text_lift"], found.others.get("text_lift_fits", [])
    notes = [
        tag("p", f"{METRICS.get(row['metric'], 'texts').capitalize()}: {row['note']}", class_="soft") for row in fits
    ]
    if not rows:
        nothing = "No word or form of the texts surely goes with a better or a worse rate."
        return _section("What in the text", nothing, *notes)
    over = scale([_span(row, "lift") for row in rows], 1.0)
    heads = (("Texts with", ""), ("Rate", ""), ("Difference, 95 %", "bars"), ("Families with", "n"), ("Without", "n"),
             ("Campaigns", "n"))  # fmt: skip
    body = [_word(row, over) for row in rows]
    return _section(
        "What in the text", _WORDS, table("Words and forms", "The broken line is no difference.", heads, body), *notes
    )


def _word(row: Row, over: Scale) -> list[Content]:
    figures = f"{change(row['lift'])} ({change(row['lift_low'])} to {change(row['lift_high'])})"
    kind = tag("span", row["feature_kind"].replace("_", " "), class_="scope")
    return [joined([tag("span", row["feature"], class_="text"), kind]), _metric(row),
            _drawn(_span(row, "lift"), over, 1.0, figures),
            *(count(row[name]) for name in ("families_with", "families_without", "campaigns"))]  # fmt: skip


def track_record(found: Read) -> Html:
    """Of what was said before, how much held in the days after, beside what its certainties promised."""
    rows = [row for row in found.others.get("verdict_track_record", []) if row["window_days"] == found.window]
    judged = [row for row in rows if row["held_share"] is not None]
    if not rows:
        return Html("")
    if not judged:
        return _section("Track record", rows[0]["sentence"])
    over = Scale(0.0, 1.0)
    heads = (("What was said", "wide"), ("Held, 95 %", "bars"), ("Promised", "n"), ("Of", "n"), ("Days after", "n"))
    body = [_held(row, over) for row in judged]
    return _section("Track record", _JUDGED, table("What held", "The broken line is what was promised.", heads, body))


def _held(row: Row, over: Scale) -> list[Content]:
    figures = " ".join(
        [percent(row["held_share"]), f"({percent(row['held_share_low'])} to {percent(row['held_share_high'])})"]
    )
    said = joined([tag("span", f"{row['what']}: {row['claim'].replace('_', ' ')}", class_="text"),
                   tag("span", row["sentence"], class_="why")])  # fmt: skip
    drawn = _drawn(_span(row, "held_share"), over, row["expected_share"], figures)
    promised, judged, after = row["expected_share"], row["judged"], row["judged_after_days"]
    return [said, drawn, percent(promised), count(judged), count(after)]


def plain(title: str, means: str, rows: Sequence[Row] | None, heads: Sequence[tuple[str, str, str]]) -> Html:
    """A table of a mart as it stands; `heads` are (column, words, class). Nothing where there are no rows."""
    if not rows:
        return Html("")
    body = [[_plain(row[name]) for name, _, _ in heads] for row in rows]
    return _section(title, means, table(f"{title}, each", title, [(words, kind) for _, words, kind in heads], body))


def _section(title: str, means: str, *content: Content) -> Html:
    return tag("section", tag("h2", title), tag("p", means, class_="soft"), *content)


def _drawn(span: Span, over: Scale, mark: float | None, figures: str) -> Html:
    return joined([bar(span, over, mark, figures), tag("span", figures, class_="figures")])


def _metric(row: Row) -> str:
    """The rate in words; of what was not tested at all, the texts."""
    return METRICS.get(row["metric"], row["metric"] or "texts")


def _shares(row: Row, name: str) -> str:
    value, low, high = (percent(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return f"{value} ({low} to {high})"


def _span(row: Row, name: str) -> Span:
    return Span(row[name], row[f"{name}_low"], row[f"{name}_high"])


def _ranged(row: Row, name: str, whole: bool = False) -> str:
    if row[name] is None:
        return UNKNOWN
    value, low, high = (
        count(row[f"{name}{end}"]) if whole else money(row[f"{name}{end}"], row[f"{name}_high"])
        for end in ("", "_low", "_high")
    )
    return f"{value} ({low} to {high})"


def _plain(value: object) -> str:
    return UNKNOWN if value is None else f"{value:,.4g}" if isinstance(value, float) else str(value)
