"""This module owns how an error becomes a sentence for the reader, and the one toast that shows it."""

import logging
import re

import duckdb
from dash import set_props

from dashboard.people.store import StoreError
from dashboard.published import NothingPublished
from ingest.terminal.called import as_called

log = logging.getLogger("whichad.dashboard")
TOASTS = "toasts"
_REBUILD = "It was made by another version of whichad: build it again with `whichad analytics build`."


def sentence(error: BaseException) -> str:
    """What happened and what to do, without a traceback."""
    if isinstance(error, NothingPublished):
        return "Nothing is published yet. The page shows it as soon as it is."
    if isinstance(error, StoreError):
        return as_called(str(error))
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return f"The published file lacks something this page reads ({_name(error)}). {as_called(_REBUILD)}"
    if isinstance(error, duckdb.IOException):
        return "The published file could not be opened just now. The page tries again by itself."
    if isinstance(error, duckdb.Error):
        return "The published file could not be read. The reason is in the dashboard's log."
    return "This part of the page could not be drawn. The reason is in the dashboard's log."


def toast(error: Exception) -> None:
    """The app's `on_error`: the log gets the traceback, the reader one toast (repeats replace each other)."""
    log.error("callback failed: %s", error, exc_info=error)
    words = sentence(error)
    note = {"action": "show", "id": "error", "title": "Something went wrong", "message": words, "color": "red"}
    set_props(TOASTS, {"sendNotifications": [{**note, "autoClose": 10000}]})


def _name(error: duckdb.Error) -> str:
    found = re.search(r'(?:Table with name|Referenced column|column) "?(\w+)"?', str(error))
    return found[1] if found else "a table or column"
