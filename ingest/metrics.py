"""This module owns what ingest counts about itself: the names, the labels, and the adding up over processes.

The workers count in files of one folder (prometheus-client's multiprocess mode), the supervisor reads them for
`/metrics`. Where `start` was not called, in commands and tests, everything is counted in this process only.
Only configured senders become labels: whoever posts to made-up names must not fill our memory.
"""

import os
import shutil
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

ENVIRONMENT = "PROMETHEUS_MULTIPROC_DIR"  # which prometheus-client reads in the workers
FOLDER = Path("run/metrics")  # in the data folder
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# The client maps its files into memory; a page that a full disk cannot give kills the process (SIGBUS), just when
# we want to answer 503. So a worker's files get their blocks before it counts: enough for some 100 senders.
FILE_BYTES = 1 << 20
_FILE_KINDS = ("counter", "histogram")
_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

REGISTRY = CollectorRegistry()
_DELIVERIES = Counter(
    "whichad_deliveries", "Deliveries on disk: accepted, or kept for diagnosis", ("sender", "disposition"),
    registry=REGISTRY,
)  # fmt: skip
_ITEMS = Counter("whichad_items", "Items of those: accepted or quarantined", ("sender", "result"), registry=REGISTRY)
_QUARANTINED = Counter("whichad_quarantined", "Quarantined items by reason", ("sender", "reason"), registry=REGISTRY)
_REFUSALS = Counter("whichad_refusals", "Requests refused, by code", ("sender", "code"), registry=REGISTRY)
_ANSWER = Histogram(
    "whichad_answer_seconds", "From the whole request to its answer", ("sender",), registry=REGISTRY, buckets=_SECONDS
)
_GROUP = Histogram(
    "whichad_journal_group_size", "Deliveries that shared one commit", ("worker",), registry=REGISTRY, buckets=_ROWS
)
_COMMIT = Histogram(
    "whichad_journal_commit_seconds", "Duration of one commit, fsync included", ("worker",), registry=REGISTRY,
    buckets=_SECONDS,
)  # fmt: skip
Names = Callable[[], Container[str]]


@dataclass(slots=True)
class _Own:
    """Who counts in this process."""

    worker: str = ""
    senders: Names = tuple


_own = _Own()


def start(worker: str, senders: Names) -> None:
    """Say who counts, and which senders are labels now; a worker calls this once, before it counts anything.

    Its files carry its name, not its process id: one that starts again goes on counting in them.
    """
    _own.worker, _own.senders = worker, senders
    if values.ValueClass is not values.MutexValue:
        values.ValueClass = values.MultiProcessValue(lambda: worker)  # type: ignore[no-untyped-call]


def delivery(
    sender: str, accepted: int, quarantined: Sequence[str], seconds: float, disposition: str = "accepted"
) -> None:
    """Count a delivery that is on disk: its accepted items, a reason for each other one, what the answer took."""
    name = _label(sender)
    _counter(_DELIVERIES, name, disposition).inc()
    _answer(name).observe(seconds)
    if accepted:
        _counter(_ITEMS, name, "accepted").inc(accepted)
    if quarantined:
        _counter(_ITEMS, name, "quarantined").inc(len(quarantined))
        for reason in set(quarantined):
            _counter(_QUARANTINED, name, reason).inc(quarantined.count(reason))


def refusal(sender: str, code: str) -> None:
    """Count a refused request; `code` is a key of REFUSALS."""
    _counter(_REFUSALS, _label(sender), code).inc()


def commit(rows: int, seconds: float) -> None:
    """Note one commit of the journal."""
    _GROUP.labels(_own.worker).observe(rows)
    _COMMIT.labels(_own.worker).observe(seconds)


def _label(sender: str) -> str:
    return sender if sender in _own.senders() else ""


@cache
def _counter(counter: Counter, sender: str, what: str) -> Counter:
    return counter.labels(sender, what)  # the client's own look-up takes as long as the counting


@cache
def _answer(sender: str) -> Histogram:
    return _ANSWER.labels(sender)


def clean(folder: Path) -> None:
    """Make the folder of the counts, empty: the supervisor does before it starts workers."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # it stays where nothing can be removed


def reserve(folder: Path, worker: str) -> None:
    """Take a worker's files from the disk, before it starts. Raises OSError where there is no room."""
    for kind in _FILE_KINDS:
        path = folder / f"{kind}_{worker}.db"
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, FILE_BYTES)
        except OSError:
            path.unlink()  # an empty one could not be read
            raise
        finally:
            os.close(handle)


class Gauges(Collector):
    """What is measured at the moment of reading: (name, help, value) each."""

    def __init__(self, read: Callable[[], Iterable[tuple[str, str, float]]]) -> None:
        """`read` is called for each scrape."""
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges as they are now."""
        for name, about, value in self._read():
            yield GaugeMetricFamily(name, about, value=value)


def exposition(folder: Path, gauges: Gauges) -> bytes:
    """Everything that the workers counted and the gauges, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(gauges)
    if folder.is_dir():
        MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    return generate_latest(registry)
