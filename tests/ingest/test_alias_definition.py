"""This module owns the proof that aliases are what their definition says, for any set of texts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.identity.alias import Text, derive

FULL = "quiet suvs of 2026: the new electric models nobody told you about. see prices near you. learn more"
FORK = "quiet suvs of 2026: the new electric models compared by people who drive them every day"


def seen(key: str, senders: str, ads: str) -> Text:
    """A text with one-letter senders and ads, its key as its id."""
    return Text(key, key, frozenset(senders.split()), frozenset(("facebook", "9", ad) for ad in ads.split()))


KEYS = st.builds(
    lambda start, length, end: (start + FULL)[:length].strip() + end,
    st.sampled_from(["", "", "news. ", FORK]),
    st.integers(8, 120),
    st.sampled_from(["", "", "...", "\ufffd", " x", " und mehr davon"]),
).filter(str.strip)
PLACES = st.frozensets(st.sampled_from("123"), max_size=2).map(" ".join)
TEXTS = st.lists(st.builds(seen, KEYS, PLACES, PLACES), max_size=12, unique_by=lambda text: text.creative_id)


@settings(max_examples=250, deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_aliases_depend_on_the_set_alone_and_end_at_texts_that_are_no_alias(texts: list[Text], random):
    found = derive(texts)
    shuffled = [*texts, *texts[:3]]
    random.shuffle(shuffled)
    assert derive(shuffled) == found
    aliased = {alias.creative_id for alias in found}
    known = {text.creative_id for text in texts}
    assert len(aliased) == len(found)
    for alias in found:
        assert alias.canonical_id in known - aliased
        assert len(alias.creative_id.rstrip(". \ufffd")) < len(alias.canonical_id)


def plain_stem(text: Text) -> str:
    key = text.key.rstrip("\ufffd")
    return key.rstrip(". ") if key.endswith("...") else key


def plainly_shows_a_cut(text: Text, longer: str) -> bool:
    stem = plain_stem(text)
    return (
        text.key.endswith("\ufffd")
        or (len(text.key) in {100, 128, 255, 256} and any(map(str.isalnum, longer[len(stem) :])))
        or (stem[-1].isalnum() and longer[len(stem)].isalnum())
    )


def is_chain(longer: set[str]) -> bool:
    return all(max(longer, key=len).startswith(one) for one in longer)


def plainly_cut(text: Text, texts: list[Text]) -> bool:
    """The definition as one would write it down, place by place: chains only, evidence where there is no ad."""
    ends = set()
    for place in [*text.senders, *text.ads]:
        stems = {plain_stem(other) for other in texts if place in other.senders | other.ads}
        longer = {stem for stem in stems if stem.startswith(plain_stem(text)) and stem != plain_stem(text)}
        if longer and not is_chain(longer):
            return False
        if longer and (place in text.ads or plainly_shows_a_cut(text, max(longer, key=len))):
            ends.add(max(longer, key=len))
    return len(plain_stem(text)) >= 40 and bool(ends) and is_chain(ends)


@settings(max_examples=250, deadline=None)
@given(TEXTS)
def test_a_cut_text_is_found_exactly_where_the_plain_definition_finds_it(texts: list[Text]):
    expected = {text.creative_id for text in texts if plainly_cut(text, texts)}
    assert {alias.creative_id for alias in derive(texts) if alias.kind == "truncated"} == expected
