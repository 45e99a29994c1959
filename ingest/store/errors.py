"""This module owns the error of the record: what a command says of it."""


class RecordError(Exception):
    """The record cannot be opened now; the message says why and what to do."""
