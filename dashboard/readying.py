"""This module owns what is read of a version before pages are told of it: the few answers that take its whole file.

Everything else a look asks for is of some days. These are of all of them, the same for every look, and remembered as
long as the version is; the pulse reads them, so that no page waits for them.
"""

import logging
from collections import deque
from pathlib import Path
from threading import Lock

import duckdb

from dashboard import options
from dashboard.config import Settings
from dashboard.look import look_at
from dashboard.pages.attribution.checks import credited_words
from dashboard.pages.overview.sums import reported
from dashboard.reading import VERSIONS

log = logging.getLogger("whichad.dashboard")
_one_at_a_time = Lock()
_read: deque[Path] = deque(maxlen=VERSIONS)


def ready(real: Path, settings: Settings) -> None:
    """Read it, once a version; what cannot be read is the page's to tell."""
    with _one_at_a_time:
        if real in _read:
            return
        _read.append(real)
        try:
            look = look_at(real, settings)
            reported(look)
            for name in options.FROM_FACTS:
                options.of_facts(real, name, look.state)
            credited_words(look)
        except duckdb.Error as error:
            log.warning("a version could not be read ahead: %s", error)
