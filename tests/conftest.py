"""This module owns the fixtures that all test folders share: a running ingest, and a journal without HTTP."""

import faulthandler
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from budget import Budget, place
from clearing import Clearing
from hypothesis import settings
from journaling import Desk
from newborn import copy_from_now_on
from ondemand import WHOLE
from prewritten import begin as compile_once
from running import Ingest

from ingest.journal import Journal

SUITE_SECONDS_MAX = 2400
SENDERS = {"shop": {}, "lenient": {"strict": False}}


# Hundreds of processes are started here. Each would compile the code anew where images forbid to keep what was
# compiled, and NumPy's threads spin beside it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Thousands of small databases are written, each with its fsyncs: in memory that takes a third less time. What is
# promised of a disk is proven in tests/faults, which stays on one. A run of four workers holds 2.3 GB at most.
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 12 << 30
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN and os.access(MEMORY, os.W_OK):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two more than there are cores: much of the time a test waits for a server that it started."""
    return (os.cpu_count() or 1) + 2


def pytest_configure(config: pytest.Config) -> None:
    """Report what each folder's tests cost; a suite that hangs says where, and ends."""
    if os.environ.get("CI"):  # long forms take longer, and somebody who debugs may take his time
        faulthandler.dump_traceback_later(SUITE_SECONDS_MAX, exit=True)
    settings.register_profile("suite", max_examples=100 if WHOLE else 50)  # of properties that do not say how many
    settings.load_profile("suite")
    copy_from_now_on()
    compile_once(config)
    config.pluginmanager.register(Budget())
    config.pluginmanager.register(Clearing())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long begin first."""
    items.sort(key=lambda item: place(item.nodeid))


def pytest_collection_finish() -> None:
    """What was imported and collected stays: looking through it again and again took some seconds in a hundred."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


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


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Journal]]:
    """Makes journals in one folder, and closes them afterwards."""
    made: list[Journal] = []

    def new(
        worker: str = "w1", rows_max: int = 1000, seconds_max: float = 3600, free_bytes_min: int = 0, **more: float
    ) -> Journal:
        made.append(Journal(tmp_path, worker, rows_max, seconds_max, free_bytes_min, **more))
        return made[-1]

    yield new
    for journal in made:
        if journal._thread.is_alive():
            journal.close()
