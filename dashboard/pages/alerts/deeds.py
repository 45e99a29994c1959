"""This module owns what an editor's deed on the alerts comes to: what is said of it, and its line in the audit trail.

The trail never holds an address or a secret: either may let somebody in.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dashboard.config import Settings
from dashboard.people import audit
from dashboard.people.refusal import Refused
from dashboard.people.store import StoreError
from dashboard.people.visitor import Visitor
from dashboard.state import State

log = logging.getLogger("whichad.dashboard")
UNKNOWN = "There is no such button on this page. Reload it, and press again."


class Said(NamedTuple):
    """The sentence of a deed that was done, and the secret to show this once ('' where there is none)."""

    words: str
    secret: str = ""


# Both raise Refused, ConfigError or StoreError where it was not done. A row's button names its deed and its row;
# a form has the view of the page, for the filters, and its fields by name.
RowDeed = Callable[[Settings, Visitor, str, str], Said]
FormDeed = Callable[[Settings, Visitor, State, Mapping[str, Any]], Said]


def note(settings: Settings, who: Visitor, action: str, subject: str, before: object, after: object) -> None:
    """Write a deed that is done into the trail. Where that fails the deed stays done, and the log says it."""
    try:
        audit.record(settings.data_dir, int(time.time()), who.name, action, subject, before, after)
    except StoreError as error:
        log.error("%s of %s is done, but the trail could not be written: %s", action, subject, error)


def line(value: object, missing: str) -> str:
    """What was typed into a field of one line. Raises Refused with the sentence for none."""
    text = value.strip() if isinstance(value, str) else ""
    if not text or not text.isprintable():
        raise Refused(missing)
    return text
