"""This module owns the refusals: one table of code, HTTP status, sentence and whether trying again helps.

Errors become words here and nowhere else in `ingest`. A refusal concerns a whole delivery; a reason
concerns one item of it, which is then quarantined.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a delivery is not accepted, and what its sender is told."""

    code: str
    status: int
    sentence: str
    retryable: bool = False


REFUSALS = {
    refusal.code: refusal
    for refusal in (
        Refusal("signature_missing", 401, "The request carries no complete signature."),
        Refusal("signature_wrong", 401, "The signature does not match."),
        Refusal("timestamp_stale", 401, "The signature's timestamp is outside the accepted window."),
        Refusal("origin_unknown", 403, "No page of a listed origin sent this; see `origins` of the sender's settings."),
        Refusal("sender_unknown", 404, "No sender has this name. `whichad ingest senders` lists them."),
        Refusal("path_unknown", 404, "There is nothing here. Webhooks go to /webhooks/<sender>."),
        Refusal("method_unknown", 405, "This sender does not take this method; see the Allow header."),
        Refusal("too_slow", 408, "The request was not complete in time. Send it again.", True),
        Refusal("length_unknown", 411, "The request does not say how long it is."),
        Refusal(
            "body_too_large",
            413,
            "The body, decompressed or not, is over the limit (1 MiB by default).",
        ),
        Refusal(
            "items_too_many",
            413,
            "The batch is over the limit (1000 items by default). Send smaller ones.",
        ),
        Refusal("type_unknown", 415, "This content type or encoding is not one the sender's profile knows."),
        Refusal("rate_limited", 429, "This sender posts faster than its limit. Send it again later.", True),
        Refusal("headers_too_large", 431, "The request line or the headers are too large."),
        Refusal("bad_request", 400, "The request is not complete, valid HTTP."),
        Refusal("body_empty", 400, "The body is empty."),
        Refusal("bad_encoding", 400, "The body is not valid UTF-8, or does not decompress."),
        Refusal("bad_json", 400, "The body is not valid JSON."),
        Refusal("bad_number", 400, "JSON has no NaN, no Infinity and no number this large."),
        Refusal("duplicate_key", 400, "A key stands twice in one object."),
        Refusal("too_deep", 400, "The JSON is nested more than 64 levels deep."),
        Refusal("not_an_object", 400, "The body must be a JSON object, an array of objects, or NDJSON."),
        Refusal("bad_form", 400, "The form body cannot be read."),
        Refusal("not_an_event", 400, "This is no CloudEvent: not binary, not structured, not batched."),
        Refusal("all_invalid", 422, "Every item of the delivery is invalid; `detail` says why."),
        Refusal("journal_unavailable", 503, "The delivery could not be put on disk. Send it again.", True),
        Refusal("disk_low", 503, "The disk is nearly full. Send it again later.", True),
        Refusal("draining", 503, "This process is shutting down. Send it again.", True),
        Refusal("internal", 500, "Something broke on our side, and nothing was stored. Send it again.", True),
    )
}

REASONS = {
    "not_an_object": "An item must be a JSON object.",
    "missing_field": "A required field is missing or empty.",
    "unknown_type": "The type is not one of the contract's.",
    "unknown_event": "No rule of the profile fits: a value is missing, a macro was not filled in, or the event is new.",
    "bad_type": "The field has the wrong JSON type.",
    "bad_time": "The time cannot be read, or lies before 2000 or in the future.",
    "bad_value": "The value cannot be used.",
    "bad_text": "An id holds a character that text cannot hold (NUL or half a surrogate pair).",
    "too_long": "The field is over its limit.",
    "id_conflict": "Another item has this id and other content; one of them counts, whichever of the two came first.",
    "damaged": "What is kept of it was damaged on the disk. A replay reads its body again, if that is whole.",
}


class DeliveryRefusedError(Exception):
    """A delivery is refused; `code` is a key of REFUSALS. `detail` adds what is particular to it."""

    def __init__(self, code: str, detail: str = "", allow: str = "", retry_after_seconds: int = 5) -> None:
        super().__init__(code, detail)
        self.refusal = REFUSALS[code]
        self.detail = detail
        self.allow = allow
        self.retry_after_seconds = retry_after_seconds


class ItemRefusedError(Exception):
    """One item is quarantined; `code` is a key of REASONS, `field` names the culprit."""

    def __init__(self, code: str, field: str, detail: str = "") -> None:
        super().__init__(code, field, detail)
        self.code = code
        self.field = field
        self.detail = detail

    def words(self) -> str:
        """The sentence that the sender reads in `results`."""
        return " ".join(part for part in (REASONS[self.code], f"({self.field})", self.detail) if part)


def problem(refusal: Refusal, detail: str = "", **more: Any) -> dict[str, Any]:
    """The body of an error answer: RFC 9457 `application/problem+json` with our stable `code`."""
    return {
        "type": "about:blank",
        "title": refusal.sentence,
        "status": refusal.status,
        "code": refusal.code,
        "retryable": refusal.retryable,
        **({"detail": detail} if detail else {}),
        **more,
    }
