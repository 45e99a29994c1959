"""This module owns what the texts say differently: words that only one has, and what is known of such words."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.text_lift.features import features
from dashboard import numbers
from dashboard.look import Look
from dashboard.pages.compare.picks import Pick, picked
from dashboard.panels.panel import Column, Rows, Words
from dashboard.reading import frame

WORDS_MAX = 500  # of each text are compared; what is longer is a transcript
_TOKEN = re.compile(r"\S+\s*")
_LIFT = "select metric, feature_kind, feature, lift, lift_low, lift_high, q_value, holds, note from text_lift"
_KINDS = {"word": "word", "phrase": "two words", "number": "number", "question": "form", "exclamation": "form",
          "call_to_action": "call to action", "length": "length"}  # fmt: skip
LIFT_COLUMNS = (
    Column("feature", "What the text has", width=180, wrap=True),
    Column("kind", "Kind", width=110),
    Column("who", "Who has it", width=100),
    Column("metric", "Rate", width=70),
    Column(
        "lift", "Lift", "times", width=80, tip="Rate of texts with it over that of texts without; 1 is no difference"
    ),
    Column("limits", "95 % interval", width=120),
    Column("holds", "Holds", width=150),
    Column("note", "In words", width=420, wrap=True),
)


def wording(look: Look) -> Words:
    """Each text beside the first: the words only A has struck out, those only the other has underlined."""
    picks = picked(look)
    if len(picks) < 2:
        return Words([html.P("Choose two creatives or more.", className="quiet")])
    key = html.P(
        [html.Del("only in A", className="gone"), "  ", html.Ins("only in the other", className="came"),
         "  the rest stands in both"],
        className="quiet diff-key",
    )  # fmt: skip
    return Words([key, *(_pair(picks[0], other) for other in picks[1:])])


def lifts(look: Look) -> Rows:
    """Of what some of the texts have and others do not: the lift that `text_lift` knows, whether it holds or not."""
    picks = picked(look)
    if len(picks) < 2:
        return Rows(LIFT_COLUMNS, [], empty="Choose two creatives or more.")
    having = {pick: features(pick.text) for pick in picks}
    apart = _apart(list(having.values()))
    known = frame(look.real, _LIFT)
    rows = [_lift(row, having) for row in known.to_dict("records") if (row["feature_kind"], row["feature"]) in apart]
    rows.sort(key=lambda row: (row["holds"] != "holds", str(row["metric"]), str(row["feature"])))
    tested = known[["feature_kind", "feature"]].drop_duplicates()
    return Rows(
        LIFT_COLUMNS, rows,
        note=f"Of {len(apart):,} words, phrases and forms that not all of these texts have, {_tested(rows)} could be"
        f" tested ({len(tested):,} of all texts could). Within campaigns; observed, not an experiment.",
        empty="Nothing that tells these texts apart could be tested: that takes eight families of texts with it and"
        " eight without, in two campaigns.",
    )  # fmt: skip


def _apart(each: Sequence[set[tuple[str, str]]]) -> set[tuple[str, str]]:
    """What some have and not all."""
    every: set[tuple[str, str]] = set().union(*each)
    return {one for one in every if not all(one in has for has in each)}


def differences(first: str, second: str) -> list[tuple[str, str]]:
    """(`both`, `gone` or `came`; text) in reading order; words are compared without case."""
    a, b = (_TOKEN.findall(text)[:WORDS_MAX] for text in (first, second))
    keys = [[_key(token) for token in tokens] for tokens in (a, b)]
    parts: list[tuple[str, str]] = []
    for what, a1, a2, b1, b2 in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if what == "equal":
            parts.append(("both", "".join(b[b1:b2])))
            continue
        if a2 > a1:
            parts.append(("gone", "".join(a[a1:a2])))
        if b2 > b1:
            parts.append(("came", "".join(b[b1:b2])))
    return parts


def _key(token: str) -> str:
    return re.sub(r"^\W+|\W+$", "", token).casefold() or token.strip()


def _pair(first: Pick, other: Pick) -> Component:
    parts = differences(first.text, other.text)
    made: list[Component | str] = []
    for what, text in parts:
        made += [text if what == "both" else _marked(what, text.rstrip()), "" if what == "both" else " "]
    cut = max(len(_TOKEN.findall(pick.text)) for pick in (first, other)) > WORDS_MAX
    more = html.P(f"The first {WORDS_MAX} words of each.", className="quiet") if cut else None
    return html.Div(
        [html.H3(f"{first.letter} → {other.letter}"), html.P(made, className="diff", dir="auto"), more],
        className="diffs",
    )


def _marked(what: str, text: str) -> Component:
    made: Component = html.Del(text, className="gone") if what == "gone" else html.Ins(text, className="came")
    return made


def _lift(row: Mapping[Any, Any], having: dict[Pick, set[tuple[str, str]]]) -> dict[str, object]:
    feature = (str(row["feature_kind"]), str(row["feature"]))
    low, high = row["lift_low"], row["lift_high"]
    words = numbers.interval(float(low), float(high), "times", "") if numbers.known(low) else ""
    return {
        "id": f"{row['metric']} {feature}", "feature": feature[1], "kind": _KINDS.get(feature[0], feature[0]),
        "who": ", ".join(pick.letter for pick, has in having.items() if feature in has),
        "metric": str(row["metric"]).upper(), "lift": row["lift"], "limits": words,
        "holds": "holds" if row["holds"] else "could be chance", "note": str(row["note"]),
    }  # fmt: skip


def _tested(rows: Sequence[dict[str, object]]) -> str:
    count = len({(row["kind"], row["feature"]) for row in rows})
    return f"{count:,}" if count else "none"
