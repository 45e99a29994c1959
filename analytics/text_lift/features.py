"""This module owns what a text has: words, phrases and forms, each as a kind and a plain string."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise

from analytics.text_lift.tokens import WORD_MAX, folded, is_number, is_unspaced, tokens

Feature = tuple[str, str]
# Where the very same texts have several features, the first of these names them.
KINDS = ("number", "question", "exclamation", "call_to_action", "length", "phrase", "word")
LENGTHS = ((40, "up to 40 characters"), (90, "41 to 90 characters"), (200, "91 to 200 characters"))
LONGEST = "over 200 characters"
_QUESTION = re.compile("[?？؟՞፧⁇⁈⁉‽\u037e]")  # before folding: that makes a Greek one a semicolon
_EXCLAMATION = re.compile("[!！՜⁉⁈‼]")
_PRICE = re.compile(r"[$€£¥₹₽₩₺₴₫₱฿₪₦¢]\s?\d|\d\s?(?:[$€£¥₹₽₩₺₴₫₱฿₪₦¢]|(?:usd|eur|gbp|chf|pln|zł|kr|kč)\b)")
_PERCENT = re.compile(r"\d\s?[%٪]|[%٪]\s?\d")


def features(text: str) -> set[Feature]:
    """Every (kind, feature) of a creative's text. Case is none: it is no part of a creative's identity."""
    low = folded(text)
    words = tokens(low)
    return {*_words(words), *_phrases(words), *_forms(text, low, words)}


def _words(words: list[str]) -> Iterator[Feature]:
    for word in words:
        if 1 < len(word) <= WORD_MAX and not is_number(word):
            yield "word", word


def _phrases(words: list[str]) -> Iterator[Feature]:
    for first, second in pairwise(words):
        if len(first) + len(second) < WORD_MAX and not is_unspaced(first) and not is_unspaced(second):
            yield "phrase", f"{first} {second}"


def _forms(text: str, low: str, words: list[str]) -> Iterator[Feature]:
    if any(char.isdecimal() for char in low):
        yield "number", "any"
    if _PRICE.search(low):
        yield "number", "price"
    if _PERCENT.search(low):
        yield "number", "percent"
    if _QUESTION.search(text):
        yield "question", "question mark"
    if _EXCLAMATION.search(text):
        yield "exclamation", "exclamation mark"
    if _calls(low, words):
        yield "call_to_action", "any"
    yield "length", next((name for most, name in LENGTHS if len(text) <= most), LONGEST)


def _calls(low: str, words: list[str]) -> bool:
    """Whether a call to action is in it, as whole words; where no spaces are, as it is written."""
    spaced, unspaced = _patterns()
    line = f" {' '.join(words)} "
    return any(call in line for call in spaced) or any(call in low for call in unspaced)


@cache
def _patterns() -> tuple[list[str], list[str]]:
    told = tomllib.loads(files("analytics").joinpath("text_lift", "calls.toml").read_text(encoding="utf-8"))
    calls = [folded(call) for language in told["languages"].values() for call in language]
    spaced = [f" {' '.join(tokens(call))} " for call in calls if not is_unspaced(call)]
    return spaced, [call for call in calls if is_unspaced(call)]
