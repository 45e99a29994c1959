"""This module owns the package's face: a platform's records become canonical payload objects, as its profile says."""

from ingest.mapping.mapper import Mapped, Mapper
from ingest.mapping.scope import Record

__all__ = ["Mapped", "Mapper", "Record"]
