"""This module owns the list of models in build order, and what their four-line headers say."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from analytics.ruling.splicing import spliced

# In build order. A name ending in () is built in Python from the tables above it; all others are models/<name>.sql.
MODELS = (
    "texts",
    "events",
    "click_ids_asked",
    "network_clicks",
    "stitches",
    "stitched",
    "reports_now",
    "ads_told",
    "ad_mentions",
    "ads_known",
    "campaign_accounts",
    "reports_counted",
    "click_texts",
    "texted",
    "ad_text_days",
    "ad_identities()",
    "ad_day_texts",
    "experiment_creatives",
    "laddered",
    "click_spine",
    "identified",
    "creative_days",
    "text_days",
    "steps_reported",
    "money_events",
    "transactions",
    "settlements_now",
    "settlement_senders",
    "goals_told",
    "goal_money",
    "settlement_beneath()",
    "settlement_own",
    "settlement_shares",
    "goals",
    "settlement_cells",
    "main_kind",
    "goal_touches",
    "credit_scopes",
    "path_touches",
    "fit_paths()",
    "paths()",
    "markov_weights()",
    "shapley_weights()",
    "creative_removal_effects()",
    "fits()",
    "credits",
    "touch_credits",
    "headline_credits",
    "credit_touches",
    "creative_credit",
    "dimension_credit",
    "uncredited",
    "attribution_ledger",
    "orphans",
    "lags",
    "journeys",
    "report_parts",
    "click_costs",
    "report_shares",
    "click_outcomes",
    "caps()",
    "outcome_days",
    "facts_daily",
    "creative_hourly",
    "variant_daily",
    "creative_term_daily",
    "creative_rules()",
    "experiments()",
    "maturity_curves()",
    "maturity_daily()",
    "whole_campaigns",
    "evidence_days()",
    "creative_fatigue()",
    "freshness",
    "creative_daily",
    "ad_daily",
    "click_cohorts",
    "funnel_daily",
    "money_entries",
    "money_ledger",
    "creatives",
    "creative_variants",
    "creative_aliases",
    "text_lift()",
    "text_lift_fits()",
    "rac_compliance",
    "text_flags",
    "rac_health",
    "goals_placed",
    "told",
    "platform_days",
    "feed_days",
    "reconciliation_entries",
    "reconciliation",
    "quality_events",
    "quality_entries",
    "data_quality",
    "sender_activity",
    "thresholds()",
    "verdicts()",
    "scorecard_sums",
    "creative_scorecard()",
    "metrics()",
    "attribution_rules()",
    "closed_days()",
    "closings()",
    "restatements()",
    "verdict_history()",
    "verdict_track_record()",
    "next_fixes()",
)
CHECKS = (
    "transactions_stand_once", "settlements_add_up", "credit_sums_to_one", "attribution_balances",
    "credit_equals_ledger", "orphans_equal_the_ledger", "lags_equal_the_ledger", "money_balances",
    "facts_hold_all_money", "hours_add_up", "variants_add_up", "reconciliation_balances",
    "reconciliation_observes_the_facts", "health_holds_all_money", "quality_equals_the_ledger", "received_adds_up",
    "sessions_never_increase", "creatives_are_known", "scorecard_is_finite", "verdicts_hold_their_promises",
    "fit_adds_up", "projections_stay_apart",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """The comment lines that open an SQL file."""

    what: str
    grain: tuple[str, ...]
    reads: tuple[str, ...]
    promise: str


@cache
def sql(folder: str, name: str) -> str:
    """The text of `models/<name>.sql` or `checks/<name>.sql`, with the attribution rules in their places."""
    return spliced(files("analytics").joinpath(folder, f"{name}.sql").read_text(encoding="utf-8"))


def header(text: str) -> Header:
    """Read the header of an SQL file. Raises ValueError where a line is missing."""
    said = {}
    for line in text.splitlines():
        if not line.startswith("-- "):
            break
        word, _, rest = line.removeprefix("-- ").partition(": ")
        said[word] = rest.strip()
    if "what" not in said or "reads" not in said:
        raise ValueError("a model opens with: -- what, -- grain, -- reads, -- promise")
    grain = said.get("grain", "").partition("(")[2].rpartition(")")[0]
    return Header(
        said["what"],
        tuple(part.strip() for part in grain.split(",") if part.strip()),
        tuple(part.strip() for part in said["reads"].split(",")),
        said.get("promise", ""),
    )
