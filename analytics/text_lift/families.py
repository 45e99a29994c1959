"""This module owns near-duplicates: texts that differ by digits, punctuation, case or about one word in four.

A text is its set of words, any number standing for every other. Two texts are near where they share at least NEAR of
the words they have together (Jaccard). A family is one text, the first in the order given, and all texts near *it*
that are in no family yet: joined by chains instead, a template with three blanks would make one family of everything.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analytics.text_lift.tokens import folded, is_number, tokens

Ints = npt.NDArray[np.int64]
NEAR = 0.6  # eight words of which two are others: 6 of 10
ROWS = 256  # texts that are held against all others at once: a few MB


def families(texts: Sequence[str]) -> Ints:
    """The family of each text, numbered from 0 in the order in which they first appear."""
    sets = [frozenset("#" if is_number(word) else word for word in tokens(folded(text))) for text in texts]
    numbers: dict[frozenset[str], int] = {}
    same = np.array([numbers.setdefault(each, len(numbers)) for each in sets], dtype=np.int64)
    leader = _led(list(numbers))
    return np.unique(leader[same], return_inverse=True)[1].astype(np.int64)


def _led(sets: Sequence[frozenset[str]]) -> Ints:
    """For each set of words the first one that it is near to and that leads a family; itself where it leads one."""
    from scipy.sparse import csr_array

    numbers: dict[str, int] = {}
    columns = [numbers.setdefault(word, len(numbers)) for each in sets for word in sorted(each)]
    sizes = np.array([len(each) for each in sets], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    words = csr_array((np.ones(len(columns), dtype=np.int32), columns, starts), shape=(len(sets), len(numbers)))
    texts = words.T.tocsr()
    leader = np.full(len(sets), -1, dtype=np.int64)
    for begin in range(0, len(sets), ROWS):
        if (leader[begin : begin + ROWS] >= 0).all():
            continue
        shared = (words[begin : begin + ROWS] @ texts).tocsr()
        for row, first in enumerate(range(begin, min(begin + ROWS, len(sets)))):
            if leader[first] >= 0:
                continue
            others, count = (
                part[shared.indptr[row] : shared.indptr[row + 1]] for part in (shared.indices, shared.data)
            )
            near = others[count >= NEAR * (sizes[first] + sizes[others] - count)]
            leader[near[leader[near] < 0]] = first
            leader[first] = first  # also a text without any word
    return leader
