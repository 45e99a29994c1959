"""This package owns the page Overview: which creatives earn, which need work, how sure that is, what changed."""

from dashboard.pages.overview import certainty, changed, experiments, leaderboard, record, todo, totals, trend
from dashboard.pages.page import Page

PAGE = Page(
    path="/",
    title="Overview",
    key="o",
    controls=("metric", "by"),
    head=totals.head,
    register=experiments.register,
    panels=(
        trend.PANEL,
        changed.PANEL,
        todo.PANEL,
        leaderboard.PANEL,
        certainty.PANEL,
        record.PANEL,
        experiments.PANEL,
    ),
    choices={"metric": trend.choices},
)
