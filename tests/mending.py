"""This module owns a sender whose profile is wrong at first and mended later, and the replay of what was kept of it."""

from pathlib import Path
from typing import Any

from journaling import Desk

from ingest.config import IngestSettings, Sender
from ingest.door.passage import Passage
from ingest.door.request import Request
from ingest.quarantine.replay import Result, Wanted, chosen, replay

_HEAD = """
title = "Own"
about = "A platform of the test's own."
kind = "tracker"
unconfirmed = ["everything"]
methods = ["GET"]
steps = ["conversion"]
setup = "None."
[auth]
scheme = "token"
path = true
[sample]
query = "e=sale&i=1"
"""


class Own:
    """A desk whose sender has a profile of its own; what stands in capitals in its `items` is written by `write`."""

    def __init__(self, folder: Path, items: str, **words: str) -> None:
        """`words` are those that are written first."""
        self.settings = IngestSettings(
            base_dir=folder,
            data_dir=folder / "data",
            senders={"own": Sender(profile="own", secrets=("unused-but-long-enough",))},
        )
        self._file, self._items = folder / "profiles" / "own.toml", items
        self._file.parent.mkdir()
        self.write(**words)
        self.desk = Desk(folder, profile="own", base_dir=folder)

    def write(self, **words: str) -> None:
        """Write the profile, each name in capitals replaced by its word."""
        text = self._items
        for name, word in words.items():
            text = text.replace(name.upper(), word)
        self._file.write_text(_HEAD + text, encoding="utf-8")

    def get(self, query: str) -> Passage:
        """Take one postback."""
        return self.desk.put(Request("GET", b"", {}, query), sender="own")

    def replay(self, **wanted: Any) -> Result:
        """Read again, by the profile as it is now, what `Wanted` says."""
        ids = chosen(self.settings.journal_dir, Wanted(**wanted))
        return replay(self.settings, ids, dry_run=False, told=lambda _n: None)
