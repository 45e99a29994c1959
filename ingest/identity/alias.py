"""This module owns the derived aliases of ad texts: which text is another one cut off, or its headline.

A pure function of the set of texts, so it can be derived anew at any time and never rewrites history. An alias
points from a shorter stem to a longer one, so there are no cycles; every alias names the final canonical text.

* `truncated`: a stem of at least 40 characters that begins exactly one longer text among those that share a
  sender or an ad with it; where it is only a sender, the text must also show that it was cut, for advertisers do
  test a headline against a longer one (66 such pairs among 12,351 real headlines).
  Texts that begin one another count as one, the longest. A fork (two longer texts, of
  which neither begins the other) gives no alias.
* `headline`: a text of at least 10 characters that stands, at word boundaries, in a text at least twice as long
  seen with the same ad, if after resolving what is known of the longer ones exactly one such text is left, over
  all ads the headline was seen with. An ad without a full text says nothing against it; an ad with another full
  text that contains it does. Ads with more than 200 texts are catalogues or unresolved ids, and say nothing.

A stem is a key without the ellipsis (or broken last character) that a cut leaves behind.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TRUNCATED_CHARS_MIN = 40
HEADLINE_CHARS_MIN = 10  # below it, "used suv" and its like stand in a long text by chance
AD_TEXTS_MAX = 200
CUT_LENGTHS = frozenset({100, 128, 255, 256})  # where public code and databases cut
_LAST = "\U0010ffff"
_UNSPACED = "\u0e00"  # from Thai on many scripts write words without spaces: no boundary can be asked for

Ad = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Text:
    """One text identity and where it was seen; an ad is (network, account_id, ad_id)."""

    creative_id: str
    key: str
    senders: frozenset[str]
    ads: frozenset[Ad]


@dataclass(frozen=True, slots=True)
class Alias:
    """`creative_id` is the same creative as `canonical_id`, which is nobody's alias."""

    creative_id: str
    canonical_id: str
    kind: str  # truncated | headline
    reason: str  # a sentence


@dataclass(frozen=True, slots=True)
class _Stem:
    stem: str
    text: Text

    @property
    def order(self) -> tuple[str, str]:
        return self.stem, self.text.key


def derive(texts: Iterable[Text]) -> list[Alias]:
    """The aliases among these texts, by creative id; independent of the order and repetition of the texts.

    O(m log m) for m memberships of texts in senders and ads, plus the substring tests within each ad.
    """
    stems = sorted((_Stem(_stem(text.key), text) for text in _merged(texts)), key=lambda each: each.order)
    truncated = _truncated(stems)
    steps = truncated | _headlines(stems, truncated)
    lengths = {each.text.creative_id: len(each.stem) for each in stems}
    aliases = []
    for creative_id, step in sorted(steps.items()):
        kind = "truncated" if creative_id in truncated else "headline"
        reason = _REASONS[kind].format(short=lengths[creative_id], long=lengths[step])
        if step in steps:
            reason += " That text is an alias itself."
        aliases.append(Alias(creative_id, _resolve(step, steps), kind, reason))
    return aliases


_REASONS = {
    "truncated": "Its {short} characters begin a text of {long} characters, and no longer text"
    " that shares a sender or an ad with it goes on otherwise.",
    "headline": "Its {short} characters stand in a text of {long} characters seen with the same ad,"
    " and in no other full text of its ads.",
}


def _merged(texts: Iterable[Text]) -> Iterator[Text]:
    seen: dict[str, Text] = {}
    for text in texts:
        known = seen.get(text.creative_id, text)
        senders, ads = known.senders | text.senders, known.ads | text.ads
        seen[text.creative_id] = Text(text.creative_id, text.key, senders, ads)
    return iter(seen.values())


def _stem(key: str) -> str:
    stem = key.rstrip("\ufffd")
    return stem.rstrip(". ") if stem.endswith("...") else stem


def _resolve(creative_id: str, targets: dict[str, str]) -> str:
    while creative_id in targets:
        creative_id = targets[creative_id]
    return creative_id


def _truncated(stems: list[_Stem]) -> dict[str, str]:
    """For each cut text the longest text that it begins, where its longer texts are one chain."""
    groups: dict[tuple[str, str | Ad], list[_Stem]] = defaultdict(list)
    for each in stems:  # in order, so each group is sorted too
        for sender in each.text.senders:
            groups["sender", sender].append(each)
        for ad in each.text.ads:
            groups["ad", ad].append(each)
    tops: dict[str, list[_Stem | None]] = defaultdict(list)
    for (kind, _), members in groups.items():
        for short, top in _tops(members):
            if kind == "ad" or top is None or _looks_cut(short, top.stem):
                tops[short.text.creative_id].append(top)
    targets = {}
    for creative_id, found in tops.items():
        ends = [top for top in found if top is not None]
        longest = max(ends, key=lambda top: (len(top.stem), -len(top.text.key), top.text.key), default=None)
        # A chain in each group is one chain altogether exactly if the longest end continues all the others.
        if longest and len(ends) == len(found) and all(longest.stem.startswith(top.stem) for top in ends):
            targets[creative_id] = longest.text.creative_id
    return targets


def _looks_cut(short: _Stem, longer: str) -> bool:
    """Whether a text shows that it was cut: it ends inside a word or character, or at a usual limit with words left.

    An ellipsis alone does not: copywriters type them.
    """
    rest = longer[len(short.stem) :]
    if short.text.key.endswith("\ufffd") or _one_word(short.stem[-1], rest[:1]):
        return True
    return len(short.text.key) in CUT_LENGTHS and any(character.isalnum() for character in rest)


def _tops(members: list[_Stem]) -> Iterator[tuple[_Stem, _Stem | None]]:
    """Within one group, sorted: each text that begins longer ones, with their longest, or None at a fork.

    The texts that a stem begins follow it directly. They are a chain if the next longer stem has the same end
    of its own run, and is a chain itself.
    """
    stems = [each.stem for each in members]
    top: list[_Stem | None] = [None] * len(members)
    ends = [0] * len(members)
    for index in range(len(members) - 1, -1, -1):
        each = members[index]
        ends[index] = bisect_left(stems, each.stem + _LAST, lo=index)
        after = bisect_left(stems, each.stem + "\0", lo=index)  # past those with this very stem
        if after >= ends[index]:
            top[index] = each
        elif ends[after] == ends[index]:
            top[index] = top[after]
        if after < ends[index] and len(each.stem) >= TRUNCATED_CHARS_MIN:
            yield each, top[index]


def _headlines(stems: list[_Stem], targets: dict[str, str]) -> dict[str, str]:
    """For each text that `targets` lacks, the one full text on its ads that contains it; longest texts first."""
    by_ad: dict[Ad, list[_Stem]] = defaultdict(list)
    longest_first = sorted(stems, key=lambda each: -len(each.stem))
    for each in longest_first:
        for ad in each.text.ads:
            by_ad[ad].append(each)
    known = dict(targets)
    for each in longest_first:
        if each.text.creative_id in targets or len(each.stem) < HEADLINE_CHARS_MIN:
            continue
        fulls = {
            _resolve(full.text.creative_id, known)
            for ad in each.text.ads
            if len(by_ad[ad]) <= AD_TEXTS_MAX
            for full in by_ad[ad]
            if len(full.stem) >= 2 * len(each.stem) and _stands_in(each, full.stem)
        }
        if len(fulls) == 1:
            known[each.text.creative_id] = fulls.pop()
    return {short: full for short, full in known.items() if short not in targets}


def _stands_in(short: _Stem, full: str) -> bool:
    """Whether the full text contains the short one as whole words; a cut one may end inside a word."""
    is_cut = short.stem != short.text.key
    at = full.find(short.stem)
    while at >= 0:
        end = at + len(short.stem)
        starts_inside = _one_word(full[at - 1 : at], short.stem[0])
        ends_inside = not is_cut and _one_word(short.stem[-1], full[end : end + 1])
        if not starts_inside and not ends_inside:
            return True
        at = full.find(short.stem, end)
    return False


def _one_word(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and max(left, right) < _UNSPACED
