"""This module owns a published version as the report reads it, with something in every section, and hostile texts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from analytics.report.reading import Read, Row

HOSTILE = (
    '<a href="https://evil.example/x">Win</a><img src=x onerror=alert(1)></style><script>alert(2)</script> & "q" \'s\''
)
TODAY = date(2026, 11, 23)
ABOUT = {
    "as_of": datetime(2026, 11, 23, 15, 30), "newest_event": datetime(2026, 11, 23, 15, 29), "version": "20261123",  # noqa: DTZ001
    "timezone": "America/Los_Angeles", "currency": "USD", "kind": "shop", "objective": "roas", "target": 2.0,
    "maturity_days": 7, "headline_rule": "last_paid",
}  # fmt: skip
REASONS = {
    "winner": ("scale", "ROAS 4.81, target 2.00; over 99 % likely to meet the target", (1.2, 0.7, 1.9)),
    "average": ("keep", "ROAS 2.14, target 2.00; in line with the rest of the campaign", (0.1, -0.2, 0.5)),
    "needs_work": ("fix", "ROAS 1.10, target 2.00; 12 % likely to meet the target", (-0.4, -0.9, 0.05)),
    "cut": ("cut", "ROAS 0.31, target 2.00; under 1 % likely to meet the target", (-0.9, -1.4, -0.6)),
    "too_early": ("wait", "43 mature clicks; 200 are needed", (None, None, None)),
}  # fmt: skip


def judged(text: str, verdict: str, cost: str = "100", **other: Any) -> Row:
    """One creative in a scope, with its verdict."""
    action, reason, (value, low, high) = REASONS[verdict]
    money = {"cost": Decimal(cost), "revenue": Decimal(cost) * 3, "profit": Decimal(cost) * 2}
    return {
        "creative_id": f"rac1_{text}", "creative_text": text, "network": "facebook", "campaign_id": "238401",
        "country": "US", "verdict": verdict, "action": action, "reason": reason, "comparison": "observational",
        "clicks": 1_234, "net_per_click": value, "net_per_click_low": low, "net_per_click_high": high, **money, **other,
    }  # fmt: skip


def believable() -> Read:
    """Something in every section."""
    rows = [
        judged("Run through mud, not around it. Try them for 30 days", "winner", "1426.20"),
        judged(HOSTILE, "average", "900", campaign_id=HOSTILE, network=HOSTILE, reason=f"because {HOSTILE}"),
        *(judged(f"Sleep deeper, variant {n}", "average", "80") for n in range(14)),
        judged("Camp coffee that does not taste like camp", "needs_work"), judged("A desk that stands", "cut"),
        judged("New today", "too_early", "5"), judged("خصم على الأحذية", "too_early", "4"),
    ]  # fmt: skip
    totals = {"clicks": 26_330, "ad_clicks": 0, "conversions": 528, "cost": Decimal("23064.5"),
              "revenue": Decimal(56600), "cost_nobodys": Decimal("337.83"), "revenue_nobodys": Decimal(0)}  # fmt: skip
    others = {
        "maturity_daily": _maturing(), "experiments": _experiment(), "creative_fatigue": _fatigue(),
        "text_lift": _texts(), "text_lift_fits": [{"metric": "ctr", "note": "Of 15 features tested 2 hold."}],
        "thresholds": [{"name": "promising", "value": 0.8, "what": "P(meets target)", "version": 2, "since": TODAY}],
        "verdict_track_record": _record(),
    }  # fmt: skip
    return Read(ABOUT, 28, TODAY - timedelta(days=27), TODAY, totals, rows, others)


def _maturing() -> list[Row]:
    expected = {"conversions_projected": 23, "conversions_projected_low": 18, "conversions_projected_high": 44,
                "revenue_projected": 2078, "revenue_projected_low": 84.5, "revenue_projected_high": 3571}  # fmt: skip
    return [{"day": TODAY - timedelta(days=age), "conversions": 18, "revenue": Decimal("1608.10"), **expected}
            for age in (2, 1)]  # fmt: skip


def _experiment() -> list[Row]:
    shared = {"experiment": "hats", "status": "running", "decision": "keep running", "metric": "cvr",
              "share_intended": 0.5,
              "reason": "12 % to 31 % more is possible; about 4,000 more clicks would settle it"}  # fmt: skip
    return [
        {**shared, "arm": "Sun hats", "is_control": True, "share_actual": 0.4987, "value": 0.031, "lift": None,
         "lift_low": None, "lift_high": None},
        {**shared, "arm": HOSTILE, "is_control": False, "share_actual": 0.5013, "value": 0.036, "lift": 0.005,
         "lift_low": -0.002, "lift_high": 0.012},
    ]  # fmt: skip


def _fatigue() -> list[Row]:
    since, low, high = (TODAY - timedelta(days=age) for age in (9, 12, 7))
    where = {"network": "tiktok", "campaign_id": "77", "country": None, "metric": "ctr"}
    shared = {**where, "since": since, "since_low": low, "since_high": high}
    return [
        {**shared, "creative_id": "rac1_a", "creative_text": HOSTILE, "decline": 0.42, "decline_low": 0.2,
         "decline_high": 0.55, "still_meets_target": False},
        {**shared, "creative_id": "rac1_b", "creative_text": None, "decline": 0.18, "decline_low": 0.11,
         "decline_high": 0.3, "still_meets_target": True},
    ]  # fmt: skip


def _texts() -> list[Row]:
    return [{"metric": "ctr", "feature_kind": kind, "feature": feature, "lift": lift, "lift_low": lift - 0.1,
             "lift_high": lift + 0.1, "families_with": 31, "families_without": 122, "campaigns": 6}
            for kind, feature, lift in (("word", "<b>free</b>", 1.24), ("question", "a mark", 0.89))]  # fmt: skip


def _record() -> list[Row]:
    return [{"window_days": 28, "judged_after_days": 14, "claim": "beats_scope", "what": "winner", "judged": 41,
             "held": 38, "held_share": 0.93, "held_share_low": 0.81, "held_share_high": 0.97, "expected_share": 0.95,
             "sentence": "Of 41 creatives called winner, 38 still beat their scope in the 14 days after."}]  # fmt: skip
