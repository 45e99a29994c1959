"""This module owns which tables are published, and which of them come of the history or the archive, not of a model."""

# What is published, in the order of the data dictionary; `view` stays a view over a published table.
MARTS = {
    "creatives": "table",
    "creative_scorecard": "table",
    "verdicts": "table",
    "thresholds": "table",
    "creative_daily": "view",
    "ad_daily": "view",
    "facts_daily": "table",
    "creative_hourly": "table",
    "creative_variants": "table",
    "variant_daily": "table",
    "creative_term_daily": "table",
    "creative_aliases": "table",
    "click_cohorts": "table",
    "funnel_daily": "table",
    "creative_credit": "table",
    "dimension_credit": "table",
    "credit_touches": "table",
    "attribution_ledger": "table",
    "creative_rules": "table",
    "creative_removal_effects": "table",
    "creative_fatigue": "table",
    "paths": "table",
    "fits": "table",
    "experiments": "table",
    "maturity_curves": "table",
    "maturity_daily": "table",
    "text_lift": "table",
    "text_lift_fits": "table",
    "orphans": "table",
    "journeys": "table",
    "lags": "table",
    "money_ledger": "table",
    "settlement_cells": "table",
    "reconciliation": "table",
    "data_quality": "table",
    "sender_activity": "table",
    "rac_health": "table",
    "rac_compliance": "table",
    "next_fixes": "table",
    "metrics": "table",
    "attribution_rules": "table",
    "freshness": "table",
    "closed_days": "table",
    "closings": "table",
    "restatements": "table",
    "verdict_history": "table",
    "verdict_track_record": "table",
}
# What every version has besides: the record's rows in the archive, as views, and how far these go.
ARCHIVED = {"interactions": "view", "statements": "view", "archive_reach": "table"}
PUBLISHED = MARTS | ARCHIVED
# The schema of views by name and column over all of them. It is promised: a column stays, with its type and meaning;
# new ones are added. What breaks that is a `v2` beside it (tests/fixtures/contract-v1.json holds what was promised).
CONTRACT = "v1"
# Made by the loop of data/history.duckdb, after the build: in a build alone they are empty.
HISTORY = ("closed_days", "closings", "restatements", "verdict_history", "verdict_track_record")
