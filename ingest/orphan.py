"""This module owns the end of a child whose parent is gone: it stops as on SIGTERM and frees its ports."""

import os
import signal
import threading
import time
from typing import Annotated

import typer

from ingest import logs

CHECK_SECONDS = 1.0
# Only what `whichad up` and `ingest serve` start watches its parent: a service started by hand outlives its shell.
SupervisedOption = Annotated[int, typer.Option("--supervised", hidden=True, help="The pid of who started it.")]


def stop_with_parent(name: str, parent: int) -> None:
    """Send this process SIGTERM once its parent, told by its pid, has ended: also where it has by now."""
    threading.Thread(target=_watch, args=(name, parent), daemon=True).start()


def _watch(name: str, parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(CHECK_SECONDS)
    logs.say(name, "the parent process is gone; stopping")
    os.kill(os.getpid(), signal.SIGTERM)
