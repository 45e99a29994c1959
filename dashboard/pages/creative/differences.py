"""This module owns how a raw text differs from the text it counts as: pieces to be shown, and words that say why.

Raw texts are hostile input: the pieces are plain strings, and what is invisible in them is given a visible sign.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

CHARACTERS_MAX, TOKENS_MAX = 1200, 400  # compared and shown; a text may have 64 KiB
_KEPT = 60  # characters of an unchanged stretch that are shown on either side of a change
_TOKENS = re.compile(r"%[0-9A-Fa-f]{2}|&#?\w+;|\w+|\s|[^\w\s]")
_SIGNS = {"\n": "⏎", "\r": "␍", "\t": "⇥", " ": "␣", "\u00a0": "⍽"}
FLAGS = {
    "residual_percent": "%-escapes were left in it",
    "residual_plus": "it came with + for spaces",
    "html_entity": "it came with HTML entities",
    "bad_surrogate": "half a character was in it",
    "truncated_escape": "it was cut off inside an escape",
    "over_encoded": "it was encoded more often than is undone",
    "ellipsis": "it ends in an ellipsis",
    "looks_like_ad_name": "it looks like an ad's name, not like its text",
}


@dataclass(frozen=True)
class Piece:
    """A stretch of a raw text: `same`, `changed` (the raw text alone has it), `missing` (the other alone)."""

    kind: str
    text: str


def pieces(raw: str, text: str) -> list[Piece]:
    """The raw text cut where it differs from `text`; long unchanged stretches are shortened."""
    have, want = _tokens(raw), _tokens(text)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, have, want, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(have[a:b])))
            continue
        if b > a:
            found.append(Piece("changed", visible("".join(have[a:b]))))
        if d > c and (tag == "insert" or not _only_form(have[a:b], want[c:d])):
            found.append(Piece("missing", visible("".join(want[c:d]))))
    if len(raw) > CHARACTERS_MAX or len(text) > CHARACTERS_MAX:
        found.append(Piece("same", f" … ({len(raw):,} characters)"))
    found = _joined(found)
    return [_shortened(piece, first=at == 0, last=at == len(found) - 1) for at, piece in enumerate(found)]


def words(raw: str, text: str, own: str, flags: str | None, truncated: bool) -> str:
    """What is different, in a sentence: `own` is the raw text after its normalisation, `text` the creative's."""
    if raw == text:
        return "Exactly as shown"
    said = [FLAGS.get(flag, flag) for flag in (flags or "").split()]
    if own != text and own.casefold() == text.casefold():
        said.append("it is in capitals" if own.upper() == own else "it has other capitals")
    if truncated:
        said.append(f"it is cut off: {len(own):,} of {len(text):,} characters")
    spaces = " ".join(raw.split())
    if spaces != raw:
        said.append("it has other white space")
    hidden = sorted(
        {f"U+{ord(sign):04X}" for sign in raw if unicodedata.category(sign) in ("Cf", "Cc") and sign not in "\n\r\t"}
    )
    if hidden:
        said.append(f"it has invisible characters ({', '.join(hidden[:5])})")
    if not said:
        said.append("it is written with other signs")
    sentence = "; ".join(said)
    return sentence[:1].upper() + sentence[1:]


def visible(text: str) -> str:
    """White space and invisible characters as signs that can be seen."""
    return "".join(_sign(sign) for sign in text)


def _tokens(text: str) -> list[str]:
    return _TOKENS.findall(text[:CHARACTERS_MAX])[:TOKENS_MAX]


def _only_form(have: Sequence[str], want: Sequence[str]) -> bool:
    """Whether the pieces say the same in another form (capitals, an encoding): then nothing is missing."""
    coded = all(token.startswith(("%", "&", "+")) or token.isspace() for token in have)
    return coded or "".join(have).casefold() == "".join(want).casefold()


def _joined(found: Sequence[Piece]) -> list[Piece]:
    """Changed words with only a sign or space between them as one stretch: a text in capitals is one change."""
    made: list[Piece] = []
    for piece in found:
        if piece.kind == "changed" and _continues(made):
            between = made.pop().text
            made[-1] = Piece("changed", made[-1].text + between + piece.text)
        else:
            made.append(piece)
    return made


def _continues(made: Sequence[Piece]) -> bool:
    if len(made) < 2 or (made[-2].kind, made[-1].kind) != ("changed", "same"):
        return False
    between = made[-1].text
    return len(between) <= 2 and not between.isalnum() and made[-2].text[:1].isalpha()


def _sign(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    hidden = unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs")
    return f"⟨U+{ord(sign):04X}⟩" if hidden else sign


def _shortened(piece: Piece, first: bool, last: bool) -> Piece:
    if piece.kind != "same" or len(piece.text) <= 2 * _KEPT:
        return piece
    head = "" if first else piece.text[:_KEPT]
    tail = "" if last else piece.text[-_KEPT:]
    if first and last:
        head = piece.text[: 2 * _KEPT]
    return Piece("same", f"{head}…{tail}")
