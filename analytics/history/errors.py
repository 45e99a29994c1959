"""This module owns the one error of the history: a sentence that says what is wrong with it, and the way back."""


class HistoryError(Exception):
    """The history cannot be read or written. Publishing goes on without it."""
