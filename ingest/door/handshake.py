"""This module owns what is asked of an address before anything is posted to it: OPTIONS, HEAD, challenges."""

import hmac

from ingest.bodies import cloudevents
from ingest.bodies.query import read_query
from ingest.door import answers
from ingest.door.answers import Answer
from ingest.door.request import Request
from ingest.rejection import DeliveryRefusedError
from ingest.senders.origin import Origin


def greeted(origin: Origin, request: Request) -> Answer | None:
    """The answer to OPTIONS and HEAD, which say that the address exists and store nothing; None for the others."""
    if request.method not in ("OPTIONS", "HEAD"):
        return None
    found = Answer(204 if request.method == "OPTIONS" else 200)
    found.headers["Allow"] = ", ".join((*origin.profile.methods, "OPTIONS", "HEAD"))
    if origin.profile.handshake == "cloudevents" and request.method == "OPTIONS":
        found.headers.update(cloudevents.allowed(request.headers))
    return found


def challenged(origin: Origin, request: Request) -> Answer | None:
    """The answer to a GET that asks us to prove that the address is ours; None where it is none.

    Raises DeliveryRefusedError where its token is not the sender's `verify_token`.
    """
    challenge = origin.profile.challenge
    if challenge is None or request.method != "GET":
        return None
    try:
        query, _ = read_query(request.query)
    except ValueError as error:
        raise DeliveryRefusedError("bad_request", str(error)) from None
    if any(query.get(name) != wanted for name, wanted in challenge.when.items()):
        raise DeliveryRefusedError("signature_missing")
    if challenge.token is not None:
        expected, given = origin.verify_token or "", query.get(challenge.token, "")
        same = hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))
        if not expected or not same:
            raise DeliveryRefusedError("signature_wrong")
    text = query.get(challenge.answer, "").encode("utf-8", "surrogateescape")[:4096]
    found = answers.as_text(text)
    found.headers["X-Content-Type-Options"] = "nosniff"
    return found
