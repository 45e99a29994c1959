"""This module owns query strings and form bodies: decoded once, leniently, nothing lost.

Bytes that are no UTF-8 become half surrogates, which the readers of fields treat by their own rules (a text shows
U+FFFD, an id is refused by name); a `%` that begins no pair stays as it is.
"""

import re
from urllib.parse import unquote_to_bytes

PARAMETERS_MAX = 2000
_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def read_query(text: str | bytes) -> tuple[dict[str, str], list[str]]:
    """The parameters, each with its first value that is not blank, and what was odd about them.

    Raises ValueError for more than 2000 parameters.
    """
    raw = text if isinstance(text, bytes) else text.encode("latin-1", "replace")
    pairs = raw.split(b"&")
    if len(pairs) > PARAMETERS_MAX:
        raise ValueError(f"{len(pairs)} parameters")
    found: dict[str, str] = {}
    odd: list[str] = []
    for pair in pairs:
        if not pair:
            continue
        name, _, value = (_decoded(part) for part in _halves(pair))
        if name in found and found[name].strip():
            if value.strip() and value != found[name]:
                odd.append(f"{name[:40]}: given twice; the first value counts")
            continue
        found[name] = value
    if _BROKEN.search(raw):
        odd.append("the query holds a % that begins no escape; it was kept as it is")
    return found, odd


def _halves(pair: bytes) -> tuple[bytes, bytes, bytes]:
    return pair.partition(b"=")


def _decoded(part: bytes) -> str:
    return unquote_to_bytes(part.replace(b"+", b" ")).decode("utf-8", "surrogateescape")
