"""This module owns the words of the pages: measures, steps, verdicts, and which of them each kind of marketer sees."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A number of the page: `top` over `bottom` (columns of a frame; no bottom is a plain sum).

    `unit` is one of money, share, times, count; `better` says which way is good: up, down or none.
    """

    key: str
    title: str
    top: str
    bottom: str | None
    unit: str
    better: str
    formula: str


MEASURES = {
    measure.key: measure
    for measure in (
        Measure("spend", "Spend", "cost", None, "money", "none", "what the ads cost"),
        Measure("revenue", "Revenue", "revenue", None, "money", "up", "revenue net of refunds"),
        Measure("profit", "Profit", "profit", None, "money", "up", "revenue − spend"),
        Measure("profit_per_click", "Profit per click", "profit", "clicks", "money", "up", "profit / clicks"),
        Measure("epc", "EPC", "revenue", "clicks", "money", "up", "earnings per click: revenue / clicks"),
        Measure("cpc", "CPC", "cost", "reported_clicks", "money", "down", "spend / reported clicks"),
        Measure("ctr", "CTR", "reported_clicks", "reported_impressions", "share", "up", "clicks / impressions"),
        Measure("lp_rate", "LP rate", "landing_views", "clicks", "share", "up", "landing views / clicks"),
        Measure("ctr1", "CTR1", "search_clicks", "landing_views", "share", "up", "searches / landing views"),
        Measure("serp_rate", "SERP rate", "results_views", "search_clicks", "share", "up", "results / searches"),
        Measure("ctr2", "CTR2", "ad_clicks", "results_views", "share", "up", "ad clicks / results views"),
        Measure("rpc", "RPC", "revenue", "ad_clicks", "money", "up", "revenue / ad clicks"),
        Measure("roas", "ROAS", "revenue", "cost", "times", "up", "revenue / spend"),
        Measure("cpa", "CPA", "cost", "goals", "money", "down", "spend / orders (leads where none)"),
        Measure("cvr", "CVR", "goals", "clicks", "share", "up", "orders (leads where none) / clicks"),
        Measure("orders", "Orders", "orders", None, "count", "up", "conversions of the kind purchase"),
        Measure("leads", "Leads", "leads", None, "count", "up", "conversions of the kind lead"),
        Measure("clicks", "Clicks", "clicks", None, "count", "up", "observed clicks"),
        Measure("conversions", "Conversions", "conversions", None, "count", "up", "credited conversions"),
    )
}


@dataclass(frozen=True)
class Kind:
    """What one kind of marketer decides by, in the order it is shown: cards, funnel columns, trend choices."""

    cards: tuple[str, ...]
    columns: tuple[str, ...]
    trends: tuple[str, ...]


_KINDS = {
    "arbitrage": Kind(
        cards=("profit_per_click", "epc", "cpc", "ctr1", "ctr2", "rpc"),
        columns=("ctr", "lp_rate", "ctr1", "serp_rate", "ctr2", "rpc", "epc", "cpc"),
        trends=("profit", "revenue", "spend", "epc", "clicks"),
    ),
    "shop": Kind(
        cards=("roas", "cpa", "orders", "leads", "cvr", "clicks"),
        columns=("ctr", "lp_rate", "cvr", "conversions", "cpa", "roas", "cpc"),
        trends=("profit", "revenue", "spend", "roas", "clicks"),
    ),
}
MONEY_CARDS = ("profit", "revenue", "spend")


def kind_words(kind: str) -> Kind:
    """The words of an install's kind (`freshness.kind`)."""
    return _KINDS.get(kind, _KINDS["shop"])


# The funnel's steps by their names in the marts; and the way from one to the next, where it has a name of its own.
STEPS = {
    "click": "Clicks",
    "landing_view": "Landing views",
    "search_click": "Searches",
    "results_view": "Results views",
    "ad_click": "Ad clicks",
    "conversion": "Conversions",
}
STEP_RATES = {
    ("click", "landing_view"): "LP rate",
    ("landing_view", "search_click"): "CTR1",
    ("search_click", "results_view"): "SERP rate",
    ("results_view", "ad_click"): "CTR2",
}
# Best first. The mark is a shape, so that no verdict depends on its colour.
VERDICTS = {
    "winner": ("Winner", "▲"),
    "promising": ("Promising", "△"),
    "average": ("Average", "□"),
    "fatigued": ("Fatigued", "◐"),
    "needs_work": ("Needs work", "◇"),
    "cut": ("Cut", "▼"),
    "unattributable": ("Unattributable", "?"),
    "too_early": ("Too early", "○"),
}
ACTIONS = {
    "scale": "Scale: raise its budget in steps",
    "keep": "Keep",
    "fix": "Fix",
    "cut": "Cut",
    "wait": "Wait",
}
IDENTITIES = {"text": "", "ad_text": "text from the ad catalogue", "ad": "no text known: named by its ad"}
STATUSES = {
    "partial_macro": "contains an unresolved macro",
    "unresolved_macro": "unresolved macro",
    "placeholder": "placeholder",
    "missing": "no text",
}
