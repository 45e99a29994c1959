"""This module owns the cut: which models Spark makes, which go on in DuckDB, and what is handed over in between.

Spark makes what has a row per event, click, goal or touch, and whatever reads one of those: at its end stand sums. All
else, and every step in Python (identities, fits, verdicts), is made of sums by DuckDB, as in any build. Only the fits
look at rows: through the Parquet, a few columns of them.
"""

from functools import cache

from analytics.incremental.ways import way
from analytics.plan import MODELS, header, sql
from analytics.version.marts import MARTS

# As many rows as events, clicks, goals or touches.
HEAVY = (
    "record.interactions", "events", "network_clicks", "stitches", "stitched", "click_texts", "texted", "laddered",
    "click_spine", "identified", "money_events", "transactions", "goals_told", "goal_money", "settlement_shares",
    "goals", "goal_touches", "path_touches", "credits", "touch_credits", "headline_credits", "credit_touches",
    "uncredited", "orphans", "click_costs", "click_outcomes", "goals_placed", "told",
)  # fmt: skip


@cache
def on_spark(model: str) -> bool:
    """Whether Spark makes a model of the plan."""
    if model.endswith("()") or MARTS.get(model) == "view":
        return False
    return model in HEAVY or bool(set(header(sql("models", model)).reads) & set(HEAVY))


@cache
def is_view(model: str) -> bool:
    """Whether a model is kept nowhere and read through."""
    return not model.endswith("()") and way(model).word == "view"


@cache
def handed() -> frozenset[str]:
    """What DuckDB makes, or has, and Spark reads: models, tables of settings, and tables of the record (`record.x`)."""
    made = {model for model in MODELS if on_spark(model)}
    reads = {table for model in made for table in header(sql("models", model)).reads}
    return frozenset(reads - made - {"record.interactions"})
