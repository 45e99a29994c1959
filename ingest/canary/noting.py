"""This module owns the loop's look at canaries: which are on disk, and since when a finished cycle includes them."""

import json
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from ingest.canary.perch import FOLDER
from ingest.canary.posting import SAID
from ingest.counting import metrics
from ingest.journal import segments
from ingest.segments.segment import SegmentReader

SEEN = Path("run/canary_seen.json")  # in the data folder


class Canaries:
    """What the loop knows of canaries. One that was killed goes on where its last noted one was received."""

    def __init__(self, data_dir: Path) -> None:
        """`data_dir` holds their journal."""
        self._data_dir = data_dir
        self._looked_at, self._last = 0, last_seen(data_dir)
        self._arrived: set[int] = set()  # unix microseconds of receipt
        self._loaded: set[int] = set()

    def look(self) -> None:
        """See which are on disk, before the real journal is looked into: what came before them is there, too."""
        try:
            now = (self._data_dir / SAID).stat().st_mtime_ns
        except OSError:  # none was ever posted
            return
        if now == self._looked_at:
            return
        self._looked_at = now
        for path in segments(self._data_dir / FOLDER):
            with suppress(sqlite3.Error), SegmentReader(path) as reader:
                self._arrived |= {each.delivery.received_at for each in reader.newest(1000)}
        self._arrived = {at for at in self._arrived if at > self._last}

    def loaded(self) -> None:
        """The real journal was read to its end after `look`."""
        self._loaded |= self._arrived
        self._arrived = set()

    def visible(self) -> None:
        """A cycle that loaded them ended well: what it read is what people see."""
        if not self._loaded:
            return
        now = time.time()
        for at in sorted(self._loaded):
            metrics.canary_visible(max(0.0, now - at / 1e6))
        self._last, self._loaded = max(self._loaded), set()
        aside = (self._data_dir / SEEN).with_suffix(".new")
        said = {"received_at": self._last, "seconds": round(now - self._last / 1e6, 3)}
        with suppress(OSError):  # a full disk, which keeps nothing from being visible
            aside.write_text(json.dumps(said), encoding="utf-8")
            aside.replace(self._data_dir / SEEN)


def last_seen(data_dir: Path) -> int:
    """When the newest canary that became visible was received, in unix microseconds; 0 for none."""
    try:
        return int(json.loads((data_dir / SEEN).read_text(encoding="utf-8"))["received_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
