"""The store owns the record: it drains journal segments into DuckDB, exactly once, and keeps what texts mean."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest.store.draining import Drained, drain
    from ingest.store.errors import RecordError
    from ingest.store.record import Record, read_record

__all__ = ["Drained", "Record", "RecordError", "drain", "read_record"]
_HOMES = {
    "Drained": "draining",
    "drain": "draining",
    "RecordError": "errors",
    "Record": "record",
    "read_record": "record",
}


def __getattr__(name: str) -> Any:
    """What asks for an error's name only (the door does) need not wait for DuckDB and Arrow."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"ingest.store.{_HOMES[name]}"), name)
