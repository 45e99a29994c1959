"""This module owns the steps of a funnel: which amounts follow each other, what each rate is called, and its words."""

from collections.abc import Iterable
from dataclasses import dataclass

from analytics.compare.reading import FIELDS, Counts

# Amount, and the step that somebody has to report for it.
_ARBITRAGE = (
    ("sessions", "landing_view"), ("search_sessions", "search_click"), ("results_sessions", "results_view"),
    ("ad_click_sessions", "ad_click"), ("ad_clicks", "ad_click"),
)  # fmt: skip
_SHOP = (("sessions", "landing_view"), ("conversions", "conversion"))
_NAMES = {
    "sessions": "lp_rate", "search_sessions": "ctr1", "results_sessions": "serp_rate", "ad_click_sessions": "ctr2",
    "ad_clicks": "ad_clicks_per_session", "conversions": "cvr", "reported_clicks": "clicks_lost",
    "reported_impressions": "ctr",
}  # fmt: skip
_MONEY = {
    ("revenue", "clicks"): "epc", ("revenue", "sessions"): "rps", ("revenue", "ad_clicks"): "rpc",
    ("revenue", "ad_click_sessions"): "rpc", ("revenue", "conversions"): "aov", ("cost", "clicks"): "cost_per_click",
    ("cost", "reported_clicks"): "cpc", ("cost", "reported_impressions"): "cost_per_impression",
}  # fmt: skip
# (where the part adds, where it takes away): why profit per click is higher, or lower.
WORDS = {
    "lp_rate": ("more clicks reach the page", "fewer clicks reach the page"),
    "ctr1": ("more visitors search", "fewer visitors search"),
    "serp_rate": ("more searches reach the results", "fewer searches reach the results"),
    "ctr2": ("more of those who see results click an ad", "fewer of those who see results click an ad"),
    "ad_clicks_per_session": ("who clicks an ad clicks more of them", "who clicks an ad clicks fewer of them"),
    "cvr": ("more visitors convert", "fewer visitors convert"),
    "aov": ("a conversion is worth more", "a conversion is worth less"),
    "rpc": ("an ad click pays more", "an ad click pays less"),
    "rps": ("a visit pays more", "a visit pays less"),
    "epc": ("a click brings more", "a click brings less"),
    "cost_per_click": ("a click costs less", "a click costs more"),
    "cpc": ("a click costs less", "a click costs more"),
    "ctr": ("more of those who see it click", "fewer of those who see it click"),
    "cost_per_impression": ("it is shown more cheaply", "it is shown at a higher price"),
    "clicks_lost": ("fewer paid clicks get lost on the way", "more paid clicks get lost on the way"),
    "volume": ("there were more clicks", "there were fewer clicks"),
    "mix": ("clicks moved to creatives that earn more", "clicks moved to creatives that earn less"),
    "new": ("new creatives earn more than the average", "new creatives earn less than the average"),
    "gone": ("creatives stopped that earned less than the average", "creatives stopped that earned more"),
    "without_clicks": ("money without any click seen changed", "money without any click seen changed"),
}


@dataclass(frozen=True, slots=True)
class Chain:
    """Amounts from the clicks to the money, and the sign of that money in the profit."""

    fields: tuple[str, ...]
    sign: int

    @property
    def names(self) -> tuple[str, ...]:
        """What the rate of each step is called."""
        return tuple(
            _MONEY.get((field, before)) or _NAMES.get(field) or f"{field}_per_{before}"
            for before, field in zip(self.fields, self.fields[1:], strict=False)
        )

    @property
    def formulas(self) -> tuple[str, ...]:
        """Which amounts the rate of each step is made of; CTR reads the usual way round."""
        pairs = zip(self.fields, self.fields[1:], strict=False)
        return tuple(
            f"{before} / {field}" if field == "reported_impressions" else f"{field} / {before}"
            for before, field in pairs
        )

    def of(self, values: Counts) -> Counts:
        """Those amounts, of the last axis of FIELDS."""
        return values[..., [FIELDS.index(field) for field in self.fields]]

    def without(self, fields: Iterable[str]) -> "Chain":
        """The chain without some of its steps."""
        left_out = set(fields)
        return Chain(tuple(field for field in self.fields if field not in left_out), self.sign)


def revenue_chain(kind: str, steps: frozenset[str], totals: dict[str, int]) -> Chain:
    """From clicks to revenue over the steps that somebody reports; ad clicks apart only where a session has several."""
    known = _ARBITRAGE if kind == "arbitrage" else _SHOP
    fields = [field for field, step in known if step in steps]
    if "ad_clicks" in fields and totals["ad_clicks"] == totals["ad_click_sessions"]:
        fields.remove("ad_clicks")
    return Chain(("clicks", *fields, "revenue"), 1)


def cost_chain(values: Counts) -> Chain:
    """From clicks to cost; over reported clicks and impressions where every paid cell of `values` has both."""
    flat = values.reshape(-1, len(FIELDS))
    clicks, impressions, cost = (
        flat[:, FIELDS.index(field)] for field in ("reported_clicks", "reported_impressions", "cost")
    )
    paid = cost > 0
    if paid.any() and (clicks[paid] > 0).all() and (impressions[paid] > 0).all():
        return Chain(("clicks", "reported_clicks", "reported_impressions", "cost"), -1)
    return Chain(("clicks", "cost"), -1)
