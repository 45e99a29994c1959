"""This module owns the identity of an ad text, `rac/1`: raw value → text, status, key, creative id.

Pure functions of a string. Steps 2 to 5 of `rac/1` are `ingest.identity.settling`, repeated until nothing changes, so
that `text(text(x)) == text(x)`; the key is folded from the text alone, so that `key(text(x)) == key(x)`.
"""

import hashlib
import json
import unicodedata
from dataclasses import dataclass

from ingest.identity import macros
from ingest.identity.settling import SPACE, settle


@dataclass(frozen=True, slots=True)
class Creative:
    """What an ad text is. `key` and `creative_id` are None unless `status` is `ok` or `partial_macro`."""

    status: str  # ok | partial_macro | unresolved_macro | placeholder | missing
    text: str  # as shown
    key: str | None  # as compared
    creative_id: str | None
    flags: tuple[str, ...]  # sorted


def identify(value: str | None) -> Creative:
    """The identity of one raw ad text, already decoded once by its transport. Any string; never raises.

    Flags of what it went through: `residual_percent, residual_plus, html_entity, bad_surrogate,
    truncated_escape, over_encoded`; of what it looks like: `ellipsis, looks_like_ad_name`.
    """
    text, flags, _ = settle(value or "")
    if value and "\ufffd" in value:  # put there for half a surrogate pair, NUL, or bytes that are no UTF-8
        flags.add("bad_surrogate")
    key = _fold(text)
    if not key.strip(" \u200d"):  # a joiner alone shows nothing
        return Creative("missing", "", None, None, tuple(sorted(flags)))
    status = macros.macro_status(text) or ("placeholder" if macros.is_placeholder(key) else "ok")
    if status not in {"ok", "partial_macro"}:
        return Creative(status, text, None, None, tuple(sorted(flags)))
    if key.endswith("..."):
        flags.add("ellipsis")
    if macros.looks_like_ad_name(key):
        flags.add("looks_like_ad_name")
    return Creative(status, text, key, "rac1_" + _hash(f"rac1\0{key}".encode()), tuple(sorted(flags)))


def explain(value: str) -> list[tuple[str, str]]:
    """The steps that changed a raw text, in order, each with the text after it."""
    return settle(value)[2]


def ad_identity(network: str | None, account_id: str | None, ad_id: str) -> str:
    """`ad1_` + 32 hex digits of an ad without a text; hashed as JSON, so None, "" and "null" differ."""
    return "ad1_" + _hash(f"ad1\0{json.dumps([network, account_id, ad_id])}".encode())


def variant_id(value: str) -> str:
    """32 hex digits of a raw text exactly as it came, lone surrogates included."""
    return _hash(value.encode("utf-8", "surrogatepass"))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


_FOLDED: dict[int, str | None] = {ord(mark): "'" for mark in "‘’‚‛′´ʹʻʼ‹›"}
_FOLDED |= {ord(mark): '"' for mark in "“”„‟″«»〝〞"}
_FOLDED |= dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-")
# Variation selectors and blank fillers show nothing by themselves.
_FOLDED |= dict.fromkeys([*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
_FOLDED |= dict.fromkeys([0x115F, 0x1160])


def _fold(text: str) -> str:
    """The key: quotes and dashes to ASCII, then compatibility caseless matching (Unicode 3.13, D146).

    Decomposed and folded until nothing changes, then composed: texts that differ only by case, width or
    composition meet (and an ellipsis becomes three dots on the way).
    """
    if text.isascii():
        return text.lower()
    key, before = text, ""
    while key != before:
        before = key
        key = unicodedata.normalize("NFKD", key.translate(_FOLDED)).casefold()
    return SPACE.sub(" ", unicodedata.normalize("NFKC", key)).strip(" ")
