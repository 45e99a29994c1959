"""This module owns how the supervisor hands the settings in force to its children: through a pipe, at their start.

So a process that starts again serves what all others serve, whatever the files hold meanwhile: half a table, a secret
file that is gone. Secrets are resolved already, and nothing of it touches the disk.
"""

import pickle
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO

from ingest.config import ConfigError, IngestSettings
from ingest.senders.origin import Origin, mapper


@dataclass(frozen=True, slots=True)
class Handed:
    """The settings in force, and the senders made of them."""

    settings: IngestSettings
    senders: Mapping[str, Origin] | None  # None: nobody read them yet


def hand(pipe: IO[bytes], settings: IngestSettings, senders: Mapping[str, Origin]) -> None:
    """Write the settings in force into a child's stdin, without waiting for the child to read them."""
    bare = {name: replace(origin, mapper=None) for name, origin in senders.items()}  # functions cannot be written
    content = pickle.dumps((settings, bare))
    threading.Thread(target=_write, args=(pipe, content), name="handing", daemon=True).start()


def taken(pipe: IO[bytes]) -> Handed:
    """What `hand` wrote. Raises ConfigError where nothing was handed."""
    content = pipe.read()
    if not content:
        raise ConfigError("No settings were handed to this process: whichad ingest serve starts it.")
    settings, bare = pickle.loads(content)  # noqa: S301 (our own parent wrote it, into our own pipe)
    senders = {name: replace(each, mapper=mapper(name, each.sender, each.profile)) for name, each in bare.items()}
    return Handed(settings, senders)


def _write(pipe: IO[bytes], content: bytes) -> None:
    with suppress(OSError), pipe:  # a child that ended at once is started again, with settings of its own
        pipe.write(content)
