"""This module owns taking a token out of a request: from a raw query, byte for byte, and from a path.

The query is the body of a GET postback and is kept verbatim, so nothing but the token's own parameters may change:
not the order, not the encodings, not the empty parameters.
"""

from collections.abc import Collection
from urllib.parse import quote, unquote_to_bytes

from ingest.auth.proof import AuthError

PARAMETERS_MAX = 2000  # a query of 256 KiB may hold 130,000; nobody unknown makes us decode them all


def decoded(text: str) -> bytes:
    """Percent-decoded bytes of any text, half surrogate pairs included. `+` stays: tokens hold no space."""
    return unquote_to_bytes(text.encode("utf-8", "surrogatepass"))


def without_parameters(query: str, names: Collection[bytes]) -> tuple[list[bytes], str]:
    """(the decoded values of the parameters called `names`, the raw query without them).

    Names are compared decoded, so that an encoded one hides no token. Raises AuthError for too many parameters.
    """
    if not names:
        return [], query
    values, kept = [], []
    pieces = query.split("&", PARAMETERS_MAX)
    if len(pieces) > PARAMETERS_MAX:
        raise AuthError("signature_wrong")
    for piece in pieces:
        name, _, value = piece.partition("=")
        if decoded(name) in names:
            values.append(decoded(value))
        else:
            kept.append(piece)
    return values, "&".join(kept)


def with_parameter(query: str, name: str, value: str) -> str:
    """The raw query with one more parameter at its end."""
    parameter = f"{quote(name, safe='')}={quote(value, safe='')}"
    return f"{query}&{parameter}" if query else parameter


def without_last_segment(suffix: str) -> tuple[str, str]:
    """(the last segment of a path, the path before it)."""
    before, _, last = suffix.rpartition("/")
    return last, before


def with_segment(suffix: str, segment: str) -> str:
    """The path with one more segment at its end."""
    segment = quote(segment, safe="")
    return f"{suffix}/{segment}" if suffix else segment
