"""This package owns the page Overview: which creatives earn, which need work, how sure that is, what changed."""

from dashboard.pages.overview import (
    certainty,
    changes_panel,
    experiments,
    leaderboard,
    todo,
    totals,
    track_record,
    trend,
)
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
        changes_panel.PANEL,
        todo.PANEL,
        leaderboard.PANEL,
        certainty.PANEL,
        track_record.PANEL,
        experiments.PANEL,
    ),
    choices={"metric": trend.choices},
)
