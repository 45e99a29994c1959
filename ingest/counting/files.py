"""This module owns the files that processes count in, and their adding up for `/metrics`.

Each worker and part has files of its own name (prometheus-client's multiprocess mode): one that starts again goes on
counting in them, and two never write the same. They hold what only grows; what goes up and down, such as an age, is
looked at when it is asked for, so that no value of a process that ended lies about now.
"""

import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import IO, NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ingest.holding import HeldError, hold

FOLDER = Path("run/metrics")  # in the data folder
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# The client maps its files into memory; a page that a full disk cannot give kills the process (SIGBUS), just when
# we want to answer 503. So a worker's files get their blocks before it counts: enough for some 100 senders.
FILE_BYTES = 1 << 20
_FILE_KINDS = ("counter", "histogram")
_OF_INGEST = re.compile(r"[a-z]+_(w\d+|relay)\.db")
Own = IO[str]  # the lock that says whose the files are


class Measured(NamedTuple):
    """One value as it is at the moment of reading."""

    name: str
    about: str
    value: float
    labels: Mapping[str, str] = {}


def clean(folder: Path) -> None:
    """Make the folder of the counts, without any of ingest's own: the supervisor does before it starts workers."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in folder.iterdir():
        if _OF_INGEST.fullmatch(path.name):
            with suppress(OSError):  # it stays where nothing can be removed
                path.unlink()


def reserve(folder: Path, worker: str) -> None:
    """Take a worker's files from the disk, before it starts. Raises OSError where there is no room."""
    for path in _files_of(folder, worker):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, FILE_BYTES)
        except OSError:
            path.unlink()  # an empty one could not be read
            raise
        finally:
            os.close(handle)


def own_files(folder: Path, part: str) -> Own | None:
    """The files of a part, for this process alone as long as it lives; None where they are not to be had."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = hold(folder / f"{part}.lock")
    except (OSError, HeldError):
        return None
    try:
        for path in _files_of(folder, part):
            if path.exists() and not _is_sound(path):  # a power cut tore it: what was counted is lost, and no more
                path.unlink()
        reserve(folder, part)
    except OSError:
        lock.close()
        return None
    return lock


class Gauges(Collector):
    """What is measured at the moment of reading; values of one name follow each other."""

    def __init__(self, read: Callable[[], Iterable[Measured]]) -> None:
        """`read` is called for each scrape."""
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges as they are now."""
        for name, values in groupby(self._read(), key=lambda each: each.name):
            found = list(values)
            labels = list(found[0].labels)
            family = GaugeMetricFamily(name, found[0].about, labels=labels)
            for each in found:
                family.add_metric([each.labels[label] for label in labels], each.value)
            yield family


class _Counted(Collector):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        files = [str(path) for path in sorted(self._folder.glob("*.db"))]
        try:
            return list(MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call]
        except Exception:  # a file that a power cut tore, or that is just being made: the others count all the same
            sound = [name for name in files if _is_sound(Path(name))]
            return list(MultiProcessCollector.merge(sound))  # type: ignore[no-untyped-call]


def exposition(folder: Path, gauges: Gauges, own: Collector | None = None) -> bytes:
    """Everything that processes counted, what this one counted itself, and the gauges, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(gauges)
    if own is not None:
        registry.register(own)
    registry.register(_Counted(folder))
    return generate_latest(registry)


def _files_of(folder: Path, name: str) -> list[Path]:
    return [folder / f"{kind}_{name}.db" for kind in _FILE_KINDS]


def _is_sound(path: Path) -> bool:
    """Whether a file of counts can be read to its end, and holds what counts can be."""
    try:
        with path.open("rb") as file:
            used = int.from_bytes(file.read(4), sys.byteorder, signed=True)
        found = MultiProcessCollector.merge([str(path)])  # type: ignore[no-untyped-call]
        values = [sample.value for metric in found for sample in metric.samples]
        return 0 <= used <= path.stat().st_size and all(0 <= value < math.inf for value in values)
    except Exception:  # whatever the client's reader meets in garbage
        return False
