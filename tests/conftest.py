"""This module owns the fixtures that all test folders share: a running ingest, and a journal without HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from journaling import Desk
from running import Ingest

SENDERS = {"shop": {}, "lenient": {"strict": False}}


@pytest.fixture(scope="session")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """One ingest for all tests that look at answers only: a strict sender `shop`, and one that is `lenient`."""
    with Ingest(tmp_path_factory.mktemp("ingest"), SENDERS) as running:
        yield running


@pytest.fixture
def fresh_ingest(tmp_path: Path) -> Iterator[Ingest]:
    """An ingest of this test's own, with an empty record: the same two senders."""
    with Ingest(tmp_path, SENDERS) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A journal and a record of this test's own, without HTTP."""
    with Desk(tmp_path) as own:
        yield own
