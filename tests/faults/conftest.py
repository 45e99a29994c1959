"""This module owns where the faults happen: on a disk, while the other tests write into memory (tests/conftest.py)."""

import copy
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tmp_path_factory(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[pytest.TempPathFactory]:
    """Pytest's own, with its folders on the disk of the system's temporary files."""
    base = Path(tempfile.mkdtemp(prefix="faults-"))
    here = copy.copy(tmp_path_factory)
    here._basetemp = base
    yield here
    if not request.session.testsfailed:
        shutil.rmtree(base, ignore_errors=True)
