"""This module owns the package's face: the contract as an OpenAPI document, made from the tables and the senders."""

from ingest.openapi.document import document

__all__ = ["document"]
