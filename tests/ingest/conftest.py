"""This module owns the fixtures that only tests of ingest share: a house with one person among others."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from forgetting import House, built


@pytest.fixture(scope="session")
def built_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house to be copied."""
    return built(tmp_path_factory.mktemp("house"))


@pytest.fixture
def house(built_house: Path, tmp_path: Path) -> Iterator[House]:
    """A house of one's own."""
    shutil.copytree(built_house, tmp_path, dirs_exist_ok=True, symlinks=True)
    made = House(tmp_path)
    yield made
    made.desk.journal.close()
