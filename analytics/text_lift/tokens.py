"""This module owns how a creative's text becomes words, in every script that puts something between them.

Chinese and Japanese put nothing between words: there every two characters that stand together are a word, as search
engines do. Thai, Lao, Khmer and Burmese are left as their writers spaced them.
"""

import re
import unicodedata
from functools import cache

TOKENS_MAX = 200  # of a text; whatever comes later is read by nobody, and not by us
WORD_MAX = 40  # characters; a longer one is no word, and is not shown
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Where marks are: what lies between is ideographs, unassigned or private, and asking all takes a tenth of a second.
MARKED = (range(0x20000), range(0xE0000, 0xE1000))
_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")


def folded(text: str) -> str:
    """The text as it is compared: compatibility forms and case are no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def tokens(text: str) -> list[str]:
    """The words of a folded text in order, at most TOKENS_MAX."""
    found: list[str] = []
    for match in _word().finditer(text):
        for run in _RUN.findall(match[0]):
            found += _pairs(run) if is_unspaced(run) else [run]
        if len(found) >= TOKENS_MAX:
            break
    return found[:TOKENS_MAX]


def is_unspaced(token: str) -> bool:
    """Whether it is a piece of a script without spaces, not a word."""
    return _IS_UNSPACED.match(token) is not None


def is_number(token: str) -> bool:
    """Whether it is digits and nothing else."""
    return token.isdecimal()


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(max(len(run) - 1, 1))]


@cache
def _word() -> re.Pattern[str]:
    """Letters and digits with their marks, without which Hindi falls to pieces; an apostrophe may be within."""
    marks = [code for codes in MARKED for code in codes if unicodedata.category(chr(code)).startswith("M")]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    of_marks = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    return re.compile(rf"[^\W_](?:[^\W_]|[{of_marks}]|['’](?=[^\W_]))*")
