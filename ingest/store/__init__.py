"""The store owns the record: it drains journal segments into DuckDB, exactly once, and keeps what texts mean."""

from ingest.store.drain import Drained, drain
from ingest.store.errors import RecordError
from ingest.store.record import Record, read_record

__all__ = ["Drained", "Record", "RecordError", "drain", "read_record"]
