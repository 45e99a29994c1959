"""This module owns posting the canary: a thread of the process that keeps the workers, once in `every_seconds`.

What became of the last one stands in `run/canary.json`. What the loop had a quarter of an hour to look at is deleted.
"""

import http.client
import itertools
import json
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from ingest.canary.perch import FOLDER
from ingest.canary.sender import NAME, canary_request, canary_secret
from ingest.config import IngestSettings
from ingest.counting.tally import tally

SAID = Path("run/canary.json")  # in the data folder
ANSWER_SECONDS_MAX = 10.0
KEPT_SECONDS = 900.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (where one listens is not where one asks)


class Poster:
    """Posts canaries to our own door until it is stopped."""

    def __init__(self, settings: IngestSettings, listener: socket.socket) -> None:
        """`listener` is the door's socket, which says where to post."""
        self._data_dir, self._every_seconds = settings.data_dir, settings.canary.every_seconds
        host, self._port = listener.getsockname()[:2]
        self._host = _EVERYWHERE.get(host, host)
        self._stopping, self._numbers = threading.Event(), itertools.count(1)

    def start(self) -> None:
        """Post from now on; the first one comes after `every_seconds`."""
        if self._every_seconds:
            threading.Thread(target=self._run, name="canary", daemon=True).start()

    def stop(self) -> None:
        """Post no more."""
        self._stopping.set()

    def post(self) -> None:
        """Post one, count what became of it, and say so."""
        at, began = time.time(), time.perf_counter()
        try:
            problem = self._asked()
        except (OSError, http.client.HTTPException) as error:
            problem = f"no answer ({str(error) or type(error).__name__})"
        seconds = time.perf_counter() - began
        tally().canary(seconds, answered=not problem)
        self._say({"at": at, "ok": not problem, "seconds": round(seconds, 6), "problem": problem})

    def _run(self) -> None:
        while not self._stopping.wait(self._every_seconds):
            with suppress(OSError):  # a full disk: the door says so to everybody
                self.post()
                self._tidy()

    def _asked(self) -> str:
        """Why a canary was not answered with 200; empty where it was."""
        request = canary_request(canary_secret(self._data_dir), next(self._numbers))
        connection = http.client.HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS_MAX)
        try:
            connection.request("POST", f"/webhooks/{NAME}", request.body, dict(request.headers))
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status == http.client.OK:
            return ""
        with suppress(ValueError, KeyError, TypeError):
            return f"it was answered with {answer.status} ({json.loads(body)['title']})"
        return f"it was answered with {answer.status}"

    def _say(self, said: dict[str, object]) -> None:
        path = self._data_dir / SAID
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps(said), encoding="utf-8")
        aside.replace(path)

    def _tidy(self) -> None:
        """A worker seals after a minute, so nothing that old is open; of one that was killed a WAL stays beside it."""
        for path in (self._data_dir / FOLDER).glob("*.sqlite*"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                    path.unlink()
