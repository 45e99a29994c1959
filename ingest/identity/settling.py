"""This module owns the settling of a raw ad text: steps 2 to 5 of `rac/1`, repeated until nothing changes.

Every step is a pure function of the text that also notes in `flags` that it acted.
"""

import codecs
import html
import re
import unicodedata
from collections.abc import Callable
from html.entities import html5
from urllib.parse import unquote_to_bytes

PASSES_MAX = 16
_UNWIND_MAX = 32  # rounds more for an over-encoded value, before what could still decode is taken out

# What a settled ASCII text cannot contain. Most values have none of it and skip all steps.
_UNSETTLED = re.compile(r"[^ -~]|[%&+]|  |\A[ \"']| \Z")


def settle(value: str) -> tuple[str, set[str], list[tuple[str, str]]]:
    """The text, the flags of the steps that acted, and the trail of those steps."""
    text, flags, trail = value, set[str](), list[tuple[str, str]]()
    if not _UNSETTLED.search(value):
        return text, flags, trail
    for _ in range(PASSES_MAX):
        before = text
        for name, step in STEPS:
            after = step(text, flags)
            if after != text:
                text = after
                trail.append((name, text))
        if text == before:
            return text, flags, trail
    flags.add("over_encoded")
    text = _unwind(text, flags)
    return text, flags, [*trail, ("unwind", text)]


def _unwind(text: str, flags: set[str]) -> str:
    """Settle an over-encoded value in a bounded number of rounds, so that 64 KiB of nesting cost no minute.

    Chains such as %252525… and &amp;amp;… go at once. What still decodes after `_UNWIND_MAX` rounds was
    built to: it loses the characters that could act.
    """
    for _ in range(_UNWIND_MAX):
        before = text
        # As many passes as every % has levels left: "%25252520…100%252525" lose the same number of 25s.
        depth = min((len(chain) // 2 for chain in re.findall("%((?:25)*)", text)), default=0) - 1
        text = text.replace("%" + "25" * depth, "%")
        text = re.sub("&(?:amp;)+(?=[^;]{1,32};)", "&", text)
        for _, step in STEPS:
            text = step(text, flags)
        if text == before:
            return text
    text = re.sub("[%&]", "", text).replace("+", " ")
    while (settled := _clean(_surrogates(text, flags), flags).strip(_QUOTES)) != text:
        text = settled
    return text


def _surrogates(text: str, flags: set[str]) -> str:
    """Join halves of a pair that stand side by side; replace a lone one by U+FFFD (it has no UTF-8)."""
    if text.isascii() or not re.search("[\ud800-\udfff]", text):
        return text
    repaired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if repaired.count("\ufffd") > text.count("\ufffd"):
        flags.add("bad_surrogate")
    return repaired


def _percent(text: str, flags: set[str]) -> str:
    """Decode residual %XX if every % begins a pair and the bytes are UTF-8; drop an escape cut at the end.

    A cut is believed only beside a whole escape, or in the second byte of a character: "100%" stays.
    """
    cut = re.search(r"%[0-9A-Fa-f]?\Z", text)
    body = text[: cut.start()] if cut else text
    pairs = body.count("%")
    if not pairs or re.search("%(?![0-9A-Fa-f]{2})", body):
        return text
    # Where a real plus came as %2B, the bare ones are spaces: read them first ("C%2B%2B+jobs+in+Berlin").
    form = "%2b" in body.lower() and _is_form_encoded(body)
    encoded = unquote_to_bytes(body.replace("+", " ") if form else body)
    try:
        decoded, used = codecs.utf_8_decode(encoded, "strict", False)
    except UnicodeDecodeError:
        return text
    lost = len(encoded) - used
    if lost == pairs and lost + (cut is not None and len(cut.group()) == 2) < 2:
        return text
    flags |= {"residual_percent"} | ({"residual_plus"} if form else set())
    flags |= {"truncated_escape"} if cut or lost else set()
    return decoded


# A plus between two words; a word may carry punctuation, and "&" is a word.
_JOINT = re.compile(r"[\w&][,.;:!?'\"’”)\]%]{0,3}\+(?=['\"‘“(\[$€£#]{0,2}[\w&])")
SPACE = re.compile(r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def _is_form_encoded(text: str) -> bool:
    return "+" in text and not SPACE.search(text) and len(_JOINT.findall(text)) >= 2


def _plus(text: str, flags: set[str]) -> str:
    """Read + as a space if there is no whitespace and at least two `word+word` ("C++ jobs" stays)."""
    if not _is_form_encoded(text):
        return text
    flags.add("residual_plus")
    return text.replace("+", " ")


_ENTITY = re.compile("&(?:#[0-9]{1,8}|#[xX][0-9A-Fa-f]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")


def _entity(match: re.Match[str]) -> str:
    name = match.group()[1:]
    return html.unescape(f"&{name}") if name[0] == "#" else html5.get(name, f"&{name}")


def _entities(text: str, flags: set[str]) -> str:
    """Decode HTML entities, only those that end in a semicolon ("AT&T", "&copy 2025" stay)."""
    decoded = _ENTITY.sub(_entity, text)
    if decoded != text:
        flags.add("html_entity")
    return decoded


# Controls, zero-width, bidi. Kept: the joiner U+200D, and tag characters where they spell a flag (England's).
_INVISIBLE = re.compile(
    "(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)"
    "|[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def _clean(text: str, _flags: set[str]) -> str:
    """NFC, each Unicode space run one space, nothing invisible, no outer spaces, one pair of quotes less."""
    text = _INVISIBLE.sub(r"\1", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _shorten_marks(text))
    return _peel(SPACE.sub(" ", text).strip(" "))


def _shorten_marks(text: str) -> str:
    """Cut runs of combining marks at 30, as Unicode's Stream-Safe Text Format does (Annex 15, section 13).

    Sorting n of them takes NFC n² steps: 0.8 s for 32,000. No language needs more than a few.
    """
    classes = bytes(map(unicodedata.combining, text))
    kept, start = "", 0
    for excess in re.finditer(rb"(?<=[^\0]{30})[^\0]+", classes):
        kept, start = kept + text[start : excess.start()], excess.end()
    return kept + text[start:]


_CLOSERS = {'"': '"＂', "＂": '"＂', "'": "'", "“": "”", "„": "“”", "”": "”", "‘": "’", "‚": "‘’", "’": "’"}
_CLOSERS |= {"«": "»", "»": "«", "‹": "›", "›": "‹"}
_QUOTES = " " + "".join(_CLOSERS)


def _peel(text: str) -> str:
    """Strip one pair of quotes around the whole text ('"A" or "B"' has none, "'It's here'" has one)."""
    if len(text) < 2 or text[-1] not in _CLOSERS.get(text[0], ""):
        return text
    inner = text[1:-1].strip(" ")
    nested = inner and inner[-1] in _CLOSERS.get(inner[0], "")
    without_apostrophes = re.sub(r"(?<=\w)['’](?=\w)", "", inner)
    stands_inside = text[0] in without_apostrophes or text[-1] in without_apostrophes
    return text if stands_inside and not nested else inner


STEPS: tuple[tuple[str, Callable[[str, set[str]], str]], ...] = (
    ("surrogates", _surrogates),
    ("percent", _percent),
    ("plus", _plus),
    ("entities", _entities),
    ("clean", _clean),
)
