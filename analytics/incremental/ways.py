"""This module owns how each model follows its news: one `-- refresh:` line per model, read here and nowhere else.

rows                    rows that differ between the small builds before and after the news are replaced, by grain
sums [; column = …]     every measure moves by the difference of the two small builds; a row of zeros is no row;
                        a derived column is worked out anew from the measures
keys (a, day) of x, y   the keys that changed rows of x and y name are worked out anew, from the kept tables; `day ± 1`
                        takes the neighbours in; without `of`: the keys whose rows differ between the small builds.
                        Where one of x and y that has none of the keys changed, all are made anew
keys (a) of x; alone    of x (and of y, where it has the keys) only rows of these keys are read
whole                   made anew: it is small, or follows from what is small
global                  made anew, and where it differs everything else has to be built anew, too
fit                     left as it was built: a slow fit of closed days
kept                    made by the loop, of data/history.duckdb, after this
view                    follows by itself; what is no mart is a view in the small builds, too
"""

import re
from dataclasses import dataclass
from functools import cache

from analytics.inputs.joined import TABLES
from analytics.plan import MODELS, header, sql
from analytics.version.marts import MARTS

# Of the models that Python makes. `rows` runs in the small builds, with this grain.
PYTHON = {
    "ad_identities": "whole", "settlement_beneath": "rows", "fit_paths": "fit", "paths": "fit", "markov_weights": "fit",
    "shapley_weights": "fit", "creative_removal_effects": "fit", "fits": "fit", "caps": "fit",
    "creative_rules": "whole", "evidence_days": "fit", "thresholds": "fit", "verdicts": "fit",
    "creative_fatigue": "fit",
    "text_lift": "fit", "text_lift_fits": "fit",
    "experiments": "fit", "maturity_curves": "fit", "maturity_daily": "whole",
    "creative_scorecard": "whole", "metrics": "whole", "closed_days": "kept", "closings": "kept",
    "attribution_rules": "whole",
    "restatements": "kept", "verdict_history": "kept", "verdict_track_record": "kept", "next_fixes": "whole",
}  # fmt: skip
_GRAINS = {"settlement_beneath": ("sender", "key_hash")}
# What is known of texts and ads, worked out before anything else: where it changes, rows of old are news as well.
FIRST = (
    "texts", "ads_told", "ad_mentions", "ads_known", "campaign_accounts", "ad_text_days", "ad_identities",
    "ad_day_texts", "text_days", "rac_compliance", "text_flags",
)  # fmt: skip
WORDS = ("rows", "sums", "keys", "whole", "global", "fit", "kept", "view")
_KEYS = re.compile(r"keys \(([^)]*)\)(?: of ([^;]*)(; alone)?)?")


@dataclass(frozen=True, slots=True)
class Way:
    """How a model is refreshed. `margin` is in days; `derived` maps a column to its expression.

    `alone`: the rows of a key follow from the rows of that key in the tables `of`.
    """

    word: str
    keys: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    margin: int = 0
    derived: tuple[tuple[str, str], ...] = ()
    alone: bool = False


@cache
def way(model: str) -> Way:
    """The way of a model, by its table's name. What says nothing is made anew: always right, if not always quick."""
    name = model.removesuffix("()")
    if f"{name}()" in MODELS:
        return Way(PYTHON.get(name, "whole"))
    if MARTS.get(name) == "view":
        return Way("view")
    return read(said(sql("models", name)))


def said(text: str) -> str:
    """What the `-- refresh:` line of a model says, or ''."""
    found = re.search(r"^-- refresh: (.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def read(line: str) -> Way:
    """A `-- refresh:` line. Raises ValueError where it is none of the ways."""
    if found := _KEYS.fullmatch(line):
        parts = [part.strip() for part in found[1].split(",")]
        of = tuple(part.strip() for part in (found[2] or "").split(",") if part.strip())
        names = tuple(part.partition(" ")[0] for part in parts)
        return Way("keys", names, of, int("day ± 1" in parts), alone=bool(found[3]))
    word, _, rest = line.partition("; ")
    if not line:
        return Way("whole")
    if word not in WORDS or word == "keys" or (rest and word != "sums"):
        raise ValueError(f"{line!r} is no way to refresh a model: {', '.join(WORDS)}")
    pairs = (part.partition(" = ") for part in rest.split("; ") if part)
    return Way(word, derived=tuple((column.strip(), expression.strip()) for column, _, expression in pairs))


def grain(model: str) -> tuple[str, ...]:
    """The columns that name a row of a model."""
    return _GRAINS.get(model) or header(sql("models", model)).grain


@cache
def in_worlds() -> tuple[str, ...]:
    """The models that run in the small builds, in build order, as in MODELS."""
    return tuple(name for name in MODELS if _is_in_worlds(name) and name.removesuffix("()") not in FIRST)


@cache
def frozen() -> tuple[str, ...]:
    """What the small builds read as it was last built: settings, what concerns everybody, slow fits."""
    return (*TABLES, *(name.removesuffix("()") for name in MODELS if way(name).word in ("global", "fit")))


def _is_in_worlds(model: str) -> bool:
    found = way(model)
    return (
        found.word in ("rows", "sums")
        or (found.word == "view" and MARTS.get(model) != "view")
        or (found.word == "keys" and not found.of)
    )
