"""This package owns the page Compare: two to six creatives side by side, or two periods."""

from dashboard.pages.compare.best import best, scopes
from dashboard.pages.compare.choosing import choices, head, register
from dashboard.pages.compare.gap import gap
from dashboard.pages.compare.growing import over_time
from dashboard.pages.compare.overlap import overlap
from dashboard.pages.compare.sides import sides
from dashboard.pages.compare.wording import lifts, wording
from dashboard.pages.page import Page
from dashboard.panels.panel import Panel

PANELS = (
    Panel("compare-choose", "Choose creatives", "grid", "facts_daily", choices, height=380, pickable=True,
          row_height=52, about="Tick two to six, with the mouse or with Space. Enter on a row does the same."),
    Panel("compare-sides", "Side by side", "grid", "facts_daily", sides, height=580, row_height=38),
    Panel("compare-gap", "Why the difference", "figure", "facts_daily", gap, height=400,
          about="What each step adds to the gap, or takes away: the parts add up to it, to the last millionth."),
    Panel("compare-best", "Which is best, where they ran side by side", "figure", "click_cohorts", best, height=300,
          wide=False),
    Panel("compare-time", "How the difference came about", "figure", "click_cohorts", over_time, height=300,
          wide=False, timeline=True),
    Panel("compare-scopes", "Which is best in each campaign they share", "grid", "verdicts", scopes, height=300,
          row_height=52),
    Panel("compare-overlap", "What they have in common", "grid", "paths", overlap, height=230, row_height=52),
    Panel("compare-words", "What the texts say differently", "words", "creatives", wording),
    Panel("compare-lifts", "What is known of those words", "grid", "text_lift", lifts, height=300, row_height=52),
)  # fmt: skip
PAGE = Page(
    path="/compare", title="Compare", panels=PANELS, head=head, key="v", register=register,
    lead="Two to six creatives, or two periods: why they differ, how sure that is, and whether they may be compared.",
)  # fmt: skip
