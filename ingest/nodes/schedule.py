"""This module owns when a loop sends and gathers: at once when there is news, and now and then without."""

import time
from datetime import datetime, timedelta

from ingest.archive.layout import Archive, ArchiveError
from ingest.config import IngestSettings
from ingest.nodes.gathering import Gathered, gather
from ingest.nodes.own import note_trouble, own
from ingest.nodes.sending import send

BEAT = timedelta(minutes=5)  # so often a node says that it lives, and up to when it has sealed all
AGAIN_SECONDS = 30.0  # after a failure: a folder that is not mounted is asked no oftener
LOOK_SECONDS = 10.0  # so often the nodes' manifests are read


class Sending:
    """A machine's turns to send its archive; does nothing where it has no name."""

    def __init__(self, settings: IngestSettings) -> None:
        """`settings` do not change while it runs."""
        self._settings, self._archive = settings, Archive(settings.data_dir)
        self._generation = -1
        self._at = datetime.min  # noqa: DTZ901 (naive UTC, as everywhere)
        self._whole_to: datetime | None = None
        self._again_at, self._trouble = 0.0, list[str]()

    def is_level(self) -> bool:
        """Whether the shared folder has all that is archived here: what it lacks must not be let go of."""
        if self._settings.nodes.node is None:
            return True
        try:
            return own(self._settings.data_dir).get("seal") == str(self._archive.generation())
        except ArchiveError:
            return False

    def turn(self, now: datetime, whole_to: datetime | None, force: bool = False, anew: bool = False) -> list[str]:
        """Send what is due; returns what is wrong, in words. `whole_to`: up to when all is sealed, if all is now."""
        if self._settings.nodes.node is None:
            return []
        self._whole_to = whole_to or self._whole_to
        generation = self._archive.generation()
        is_due = generation != self._generation or now - self._at >= BEAT
        if not force and (not is_due or time.monotonic() < self._again_at):
            return self._trouble
        try:
            send(self._settings, now, self._whole_to, anew)
            self._generation, self._at, self._trouble = generation, now, []
        except (ArchiveError, OSError) as error:
            self._again_at = time.monotonic() + AGAIN_SECONDS
            self._trouble = [f"nothing is sent to the shared folder: {_said(error)}"]
            note_trouble(self._settings.data_dir, self._trouble[0])
        return self._trouble


class Gathering:
    """The gathering machine's turns; does nothing on any other."""

    def __init__(self, settings: IngestSettings) -> None:
        """`settings` do not change while it runs."""
        self._settings, self._next_at, self._wrong = settings, 0.0, list[str]()

    def turn(self, force: bool = False) -> list[str]:
        """Gather what is new; returns what is wrong, in words. Raises OSError for our own disk."""
        if not self._settings.nodes.gather:
            return []
        if force or time.monotonic() >= self._next_at:
            done: Gathered = gather(self._settings)
            self._wrong, self._next_at = done.wrong, time.monotonic() + LOOK_SECONDS
        return self._wrong


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename}). Is it mounted, and may this user write there?"
    return str(error)
