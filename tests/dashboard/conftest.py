"""This module owns the small world whose numbers the dashboard's tests work out by hand."""

from datetime import date
from pathlib import Path

import pytest
from dashboard_marts import HOSTILE, Fact, World, publish
from dashboard_worlds import publish_into, real_arbitrage, real_empty, real_shop, versions

from dashboard.config import Settings

__all__ = ["publish_into", "real_arbitrage", "real_empty", "real_shop", "versions"]  # fixtures
A, B = "rac1_" + "a" * 32, "rac1_" + "b" * 32
FACTS = (
    Fact(date(2026, 11, 23), A, clicks=100, reported_clicks=110, reported_impressions=5000, landing_views=80,
         search_clicks=40, results_views=36, ad_clicks=18, revenue=30, cost=10),
    Fact(date(2026, 11, 22), A, clicks=100, reported_clicks=90, reported_impressions=5000, landing_views=90,
         search_clicks=30, results_views=24, ad_clicks=6, revenue=10, cost=10),
    Fact(date(2026, 11, 23), A, "tiktok", "9917", clicks=50, reported_clicks=50, ad_clicks=2, revenue=5, cost=10),
    Fact(date(2026, 11, 23), B, country="CA", clicks=20, reported_clicks=20, revenue=0, cost=4),
    Fact(date(2026, 11, 23), None, "taboola", "77", revenue=1, cost=3),
    Fact(date(2026, 11, 16), A, clicks=100, reported_clicks=100, revenue=20, cost=10),
    Fact(date(2026, 11, 10), B, clicks=10, reported_clicks=10, revenue=0, cost=2),
)  # fmt: skip
TEXTS = {A: "Quiet SUVs of 2026", B: HOSTILE}


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real path of a published file small enough to add up by hand."""
    return publish(tmp_path_factory.mktemp("by_hand"), World(FACTS, TEXTS, clicks_min=40), "v1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose data directory is empty."""
    return Settings(kind="arbitrage", data_dir=tmp_path, senders={"site": {"secrets": ["whsec_x"]}})
