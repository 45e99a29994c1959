"""This module owns the small simulated worlds that several analytics tests look at, each built once per session."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import pytest
from dashboard_worlds import publish_into, versions
from journeys import Played, play

from ingest.world import world_for

__all__ = ["publish_into", "versions"]  # fixtures
NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Played]:
    """`played("shop")`: twelve days of that world, in a tenth of its size, posted by all its senders and built."""

    @cache
    def once(kind: str) -> Played:
        return play(world_for(kind, NOW, days=12, scale=0.1), NOW, tmp_path_factory.mktemp(kind))

    return once
