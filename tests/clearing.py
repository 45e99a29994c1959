"""This module owns the folders of fixtures that a module shares: they go with the module, not at the end of the run.

pytest clears a test's own folder once it passed, and `tmp_path_factory.mktemp` only when all is over: a whole run kept
2.3 GB of worlds that nobody would look at again. After a failure they stay, to be looked at.
"""

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest


class Clearing:
    """A pytest plugin."""

    def __init__(self) -> None:
        self._made: dict[Any, set[Path]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: pytest.FixtureRequest) -> Generator[None, Any, Any]:
        """Note the folders that appear while a module's fixture is made."""
        if fixturedef.scope != "module":
            return (yield)
        base = request.getfixturevalue("tmp_path_factory").getbasetemp()
        before = set(base.iterdir())
        try:
            return (yield)
        finally:
            self._made[fixturedef] = set(base.iterdir()) - before

    def pytest_fixture_post_finalizer(self, fixturedef: Any, request: pytest.FixtureRequest) -> None:
        """Clear them once it is taken down, its servers with it."""
        for folder in self._made.pop(fixturedef, ()):
            if not request.session.testsfailed and folder.is_dir() and not folder.is_symlink():
                shutil.rmtree(folder, ignore_errors=True)
