"""This module owns what can stop a forgetting; the message is a sentence that says what to do next."""

from ingest.store.errors import RecordError


class ForgetError(RecordError):
    """Nothing was begun, or what was begun is not ended and says so: running it again goes on."""
