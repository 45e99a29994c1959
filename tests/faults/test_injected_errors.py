"""This module owns the promise that an error of the disk is answered truthfully: 503 or a report, and nothing is lost.

The n-th write, sync, open or rename of a running worker, of the loader and of publishing fails, for each n. Here a
sample of them; all of them in the long form: python tests/faults/power.py --help
"""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import tracing
from injecting import FAULTS
from provoking import Door, Loader
from tracing import SKIP_REASON, works

pytestmark = pytest.mark.skipif(not works(), reason=SKIP_REASON)
SAMPLE = {
    "fdatasync": (1, 2, 3, 6), "fsync": (1, 2), "pwrite64": (1, 2, 4, 9, 16), "openat": (1, 3, 5), "rename": (1,),
}  # fmt: skip


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A running server whose segments are short, so that all its calls come by soon."""
    with Door(tmp_path_factory.mktemp("door")) as own:
        yield own


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    """A loader that works on demand."""
    with Loader(tmp_path_factory.mktemp("loader")) as own:
        yield own


@pytest.mark.parametrize("call", SAMPLE)
def test_an_error_of_the_disk_is_a_503_and_never_a_200_and_then_the_worker_goes_on(door: Door, call: str):
    hits = [door.provoke(call, FAULTS[call][0], nth) for nth in SAMPLE[call]]
    assert any(hits), "no error was injected, so the test proves nothing"


def test_all_that_was_acknowledged_between_the_errors_is_there_once(door: Door):
    door.provoke("fdatasync", "EIO", 1)
    door.settle()


@pytest.mark.parametrize("call", ["fdatasync", "pwrite64", "write"])
def test_a_load_that_an_error_breaks_is_reported_and_mended_by_the_next(loader: Loader, call: str):
    hits = [loader.provoke("load", call, FAULTS[call][0], nth) for nth in (1, 3)]
    assert any(hits)


@pytest.mark.parametrize(("call", "nth"), [("fdatasync", 2), ("pwrite64", 5), ("rename", 2), ("fsync", 1)])
def test_a_publication_that_an_error_breaks_leaves_the_version_before_it(loader: Loader, call: str, nth: int):
    assert loader.provoke("publish", call, FAULTS[call][0], nth)


STUBBORN = (
    "import signal, sys, time; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.stderr.write('up\\n'); time.sleep(99)"
)


def test_a_tracer_that_does_not_let_go_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tracing, "LET_GO_SECONDS", 0.2)
    tracer = subprocess.Popen([sys.executable, "-c", STUBBORN], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None and tracer.stderr.readline() == "up\n"
    tracing.let_go(tracer, [])
    assert tracer.returncode == -9
