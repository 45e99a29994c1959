"""This module owns headings: how the columns of an export are called, and which name of a profile each stands for.

A platform's CSV calls a column "Amount spent (USD)" that its API calls `spend`; a profile's `read.columns` says so, and
its rules know one name only. Capitals, spaces and punctuation make no difference; `{currency}` in a heading is kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_APART = re.compile(r"[\W_]+")
_KEPT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Match:
    """What a heading stands for: the lower the rank, the better; `kept` is what stood in its braces."""

    name: str
    rank: int
    kept: Mapping[str, str] = field(default_factory=dict)


def normal(heading: str) -> str:
    """A heading without what makes no difference: `Ad ID`, `ad_id` and `ad id` are one."""
    return _APART.sub(" ", heading.casefold()).strip()


class Headings:
    """The headings of a profile, by name; the first of a name's headings is the best."""

    def __init__(self, columns: Mapping[str, tuple[str, ...]]) -> None:
        """`columns`: name → headings, as `read.columns` has them."""
        self._exact: dict[str, Match] = {}
        self._patterns: list[tuple[re.Pattern[str], Match]] = []
        self._found: dict[str, Match | None] = {}
        for name, headings in columns.items():
            for rank, heading in enumerate((name, *headings)):
                if _KEPT.search(heading):
                    parts = _KEPT.split(heading)
                    text = "".join(rf"(?P<{p}>[^()]+?)" if i % 2 else re.escape(p) for i, p in enumerate(parts))
                    self._patterns.append((re.compile(text, re.IGNORECASE), Match(name, rank)))
                else:
                    self._exact.setdefault(normal(heading), Match(name, rank))
        self.names = frozenset(columns)

    def match(self, heading: str) -> Match | None:
        """What a heading stands for, None where the profile does not know it."""
        if heading not in self._found:
            if len(self._found) > 10_000:  # keys of a body are anybody's
                self._found.clear()
            self._found[heading] = self._looked_up(heading)
        return self._found[heading]

    def _looked_up(self, heading: str) -> Match | None:
        if heading in self.names:
            return Match(heading, -1)
        if exact := self._exact.get(normal(heading)):
            return exact
        for pattern, match in self._patterns:
            if fits := pattern.fullmatch(heading.strip()):
                return Match(match.name, match.rank, {key: text.strip() for key, text in fits.groupdict().items()})
        return None

    def renamed(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row under the profile's names. Of two headings of one name the better is it; the other stays as it is."""
        # No column of a table holds a tree: that is a part of an answer, whatever it is called.
        cells = {key: value for key, value in row.items() if not isinstance(value, dict | list)}
        matches = {key: match for key in cells if (match := self.match(key))}
        best: dict[str, str] = {}
        for key, match in matches.items():
            if match.name not in best or match.rank < matches[best[match.name]].rank:
                best[match.name] = key
        made = {matches[key].name if best.get(_name(matches, key)) == key else key: value for key, value in row.items()}
        for key in best.values():
            for name, text in matches[key].kept.items():
                made.setdefault(name, text)
        return made


def _name(matches: Mapping[str, Match], key: str) -> str:
    return matches[key].name if key in matches else ""
