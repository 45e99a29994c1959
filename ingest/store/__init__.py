"""The store owns the record: it drains journal segments into DuckDB, exactly once, and keeps what texts mean."""

from ingest.store.drain import Drained, drain
from ingest.store.record import Record, RecordError, read_record

__all__ = ["Drained", "Record", "RecordError", "drain", "read_record"]
