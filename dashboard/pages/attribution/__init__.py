"""This package owns the page Attribution: who earned it under every rule, and every cent accounted for."""

from dashboard.pages.attribution.asked import (
    kind_choices,
    kind_in_use,
    rule_choices,
    rule_in_use,
    window_choices,
    window_in_use,
)
from dashboard.pages.attribution.certainty import sure
from dashboard.pages.attribution.credit import days, rules, slope
from dashboard.pages.attribution.dimensions import dimensions
from dashboard.pages.attribution.journeys import lags, lengths, removal
from dashboard.pages.attribution.ledger import every_rule, ledger
from dashboard.pages.page import Page
from dashboard.panels.panel import Panel

PANELS = (
    Panel("attribution-slope", "Who changes place under another rule", "figure", "creative_credit", slope, height=470,
          wide=False),
    Panel("attribution-days", "Day of conversion, day of click", "figure", "creative_credit", days, height=470,
          wide=False),
    Panel("attribution-rules", "All rules side by side", "grid", "creative_credit", rules, height=460, row_height=52,
          sorted_by_url=True, whole=lambda look: rules(look, None),
          about="Credit of these days per creative. Rows whose place changes are bold."),
    Panel("attribution-ledger", "The ledger, to the cent", "words", "attribution_ledger", ledger),
    Panel("attribution-sure", "How sure, and does the rule matter?", "grid", "creative_rules", sure, height=400,
          row_height=52, whole=lambda look: sure(look, None),
          about="A creative whose profit keeps its sign under every rule does not depend on how one"
          " attributes."),
    Panel("attribution-removal", "Removal effects (not credit)", "grid", "creative_removal_effects", removal,
          height=380, row_height=52, whole=lambda look: removal(look, None),
          about="What a Markov chain of all journeys would lose if every walk through a creative ended there."),
    Panel("attribution-lags", "How long conversions take", "figure", "lags", lags, height=300, wide=False),
    Panel("attribution-lengths", "How many touches come before", "figure", "journeys", lengths, height=300, wide=False),
    Panel("attribution-by", "By network, campaign, ad, sender and term", "grid", "dimension_credit", dimensions,
          height=400),
    Panel("attribution-every", "The ledger of every rule", "grid", "attribution_ledger", every_rule, height=400),
)  # fmt: skip
PAGE = Page(
    path="/attribution", title="Attribution", panels=PANELS, controls=("of", "rule", "window", "basis"),
    lead="Who earned each conversion, under every rule; and every one of them accounted for, credited or not.", key="a",
    choices={"of": kind_choices, "rule": rule_choices, "window": window_choices},
    in_use={"of": kind_in_use, "rule": rule_in_use, "window": window_in_use},
)  # fmt: skip
