"""This module owns the promises of derived aliases: which texts are one creative, and when we rather say nothing."""

import time

import pytest

from ingest.identity.alias import AD_TEXTS_MAX, Alias, Text, derive

HEADLINE = "quiet suvs of 2026"
CUT = "quiet suvs of 2026: the new electric mode"
LONGER = "quiet suvs of 2026: the new electric models nobody"
FULL = "quiet suvs of 2026: the new electric models nobody told you about. see prices near you. learn more"
FORK = "quiet suvs of 2026: the new electric models compared by people who drive them every day"


def seen(key: str, senders: str = "", ads: str = "") -> Text:
    """A text with one-word senders and ads, its key as its id: `seen(CUT, "tonic", "a1 a2")`."""
    return Text(key, key, frozenset(senders.split()), frozenset(("facebook", "9", ad) for ad in ads.split()))


def pairs(*texts: Text) -> dict[str, str]:
    return {alias.creative_id: alias.canonical_id for alias in derive(texts)}


def test_a_cut_text_is_the_one_longer_text_it_begins():
    assert derive([seen(CUT, "tonic"), seen(FULL, "tonic")]) == [
        Alias(
            CUT,
            FULL,
            "truncated",
            f"Its 41 characters begin a text of {len(FULL)} characters, and no longer text that shares a sender or an"
            " ad with it goes on otherwise.",
        )
    ]


def test_a_headline_is_the_one_full_text_of_its_ad_that_contains_it():
    body = f"big sale: {FULL}"
    assert derive([seen(HEADLINE, "tracker", "a1"), seen(body, "page", "a1")]) == [
        Alias(
            HEADLINE,
            body,
            "headline",
            f"Its 18 characters stand in a text of {len(body)} characters seen with the same ad, and in no other full"
            " text of its ads.",
        )
    ]


@pytest.mark.parametrize(
    ("why", "texts", "expect"),
    [
        ("nothing at all", [], {}),
        ("another sender, no ad", [seen(CUT, "tonic"), seen(FULL, "page")], {}),
        ("another sender, the same ad", [seen(CUT, "tonic", "a1"), seen(FULL, "page", "a1")], {CUT: FULL}),
        ("the ellipsis of a cut", [seen(CUT + "...", "s"), seen(FULL, "s")], {CUT + "...": FULL}),
        ("a character broken by a cut", [seen(CUT + "\ufffd", "s"), seen(FULL, "s")], {CUT + "\ufffd": FULL}),
        ("39 characters", [seen(CUT[:39], "s"), seen(FULL, "s")], {}),
        ("40 characters", [seen(CUT[:40], "s"), seen(FULL, "s")], {CUT[:40]: FULL}),
        ("a chain", [seen(CUT, "", "a1"), seen(LONGER, "", "a1"), seen(FULL, "", "a1")], {CUT: FULL, LONGER: FULL}),
        (
            "a chain over two ads",
            [seen(CUT, "", "a1"), seen(LONGER, "", "a1 a2"), seen(FULL, "", "a2")],
            {CUT: FULL, LONGER: FULL},
        ),
        (
            "a chain over two senders",
            [seen(CUT, "one"), seen(LONGER + "\ufffd", "one two"), seen(FULL, "two")],
            {CUT: FULL, LONGER + "\ufffd": FULL},
        ),
        ("a fork", [seen(CUT, "s"), seen(FULL, "s"), seen(FORK, "s")], {}),
        ("a fork on an ad", [seen(CUT, "", "a1"), seen(FULL, "", "a1"), seen(FORK, "", "a1")], {}),
        ("a fork over sender and ad", [seen(CUT, "s", "a1"), seen(FULL, "s"), seen(FORK, "page", "a1")], {}),
        ("a fork elsewhere", [seen(CUT, "s"), seen(FULL, "s"), seen(FORK, "page")], {CUT: FULL}),
        (
            "a fork after a chain",
            [seen(key, "", "a1") for key in (CUT, CUT + "ls", FULL, FORK, FULL[:60])],
            {FULL[:60]: FULL},
        ),
        ("only the ellipsis more", [seen(CUT, "s"), seen(CUT + "...", "s")], {}),
        (
            "a chain that ends with and without an ellipsis",
            [seen(CUT, "s"), seen(LONGER, "s"), seen(LONGER + "...", "s")],
            {CUT: LONGER},
        ),
    ],
)
def test_truncated(why: str, texts: list[Text], expect: dict[str, str]):
    assert pairs(*texts) == expect


@pytest.mark.parametrize(
    ("why", "short", "expect"),
    [
        ("ends inside a word", CUT, {CUT: FULL}),
        ("ends with a word", CUT + "ls", {}),
        ("ends before a full stop", FULL[: FULL.index(". see")], {}),
        ("ends with a full stop", FULL[: FULL.index(" see")], {}),
        ("ends with a word and an ellipsis: copywriters type them", CUT + "ls...", {}),
        ("ends with a word and a broken character", CUT + "ls\ufffd", {CUT + "ls\ufffd": FULL}),
    ],
)
def test_where_only_a_sender_is_shared_a_cut_text_must_show_that_it_was_cut(why: str, short: str, expect: dict):
    assert pairs(seen(short, "s"), seen(FULL, "s")) == expect


@pytest.mark.parametrize(("chars", "is_cut"), [(99, False), (100, True), (128, True), (255, True), (256, True)])
def test_a_text_of_a_usual_limit_was_cut_there(chars: int, is_cut: bool):
    short = ("all words end here " * 20)[:chars].rstrip().ljust(chars, "!")
    assert pairs(seen(short, "s"), seen(f"{short} and go on", "s")) == ({short: f"{short} and go on"} if is_cut else {})


def test_a_script_without_spaces_shows_no_cut_by_ending_anywhere():
    full = "静かな電気自動車の新型を見る。" * 5
    assert pairs(seen(full[:44], "s"), seen(full, "s")) == {}
    assert pairs(seen(full[:44], "s", "a1"), seen(full, "s", "a1")) == {full[:44]: full}


def test_a_longer_test_of_a_headline_at_the_same_sender_says_nothing_against_the_full_text_of_its_ad():
    whole_words = CUT + "ls"
    assert pairs(seen(whole_words, "s", "a1"), seen(FULL, "", "a1"), seen(FORK, "s")) == {whole_words: FULL}


@pytest.mark.parametrize(
    ("why", "texts", "expect"),
    [
        ("the same ad", [seen(HEADLINE, "t", "a1"), seen(FULL, "p", "a1")], {HEADLINE: FULL}),
        ("only the same sender", [seen(HEADLINE, "t"), seen(FULL, "t")], {}),
        ("another ad", [seen(HEADLINE, "t", "a1"), seen(FULL, "p", "a2")], {}),
        ("two full texts on the ad", [seen(HEADLINE, "", "a1"), seen(FULL, "", "a1"), seen(FORK, "", "a1")], {}),
        ("two on two ads", [seen(HEADLINE, "", "a1 a2"), seen(FULL, "", "a1"), seen(FORK, "", "a2")], {}),
        ("the same on two ads", [seen(HEADLINE, "", "a1 a2"), seen(FULL, "", "a1 a2")], {HEADLINE: FULL}),
        ("an ad without a full text", [seen(HEADLINE, "", "a1 a2"), seen(FULL, "", "a1")], {HEADLINE: FULL}),
        (
            "a full text that lacks it",
            [seen(HEADLINE, "", "a1"), seen(FULL, "", "a1"), seen("x" * 99, "", "a1")],
            {HEADLINE: FULL},
        ),
        (
            "a full text and its cut version",
            [seen(HEADLINE, "", "a1"), seen(FULL, "", "a1"), seen(LONGER, "", "a1")],
            {HEADLINE: FULL, LONGER: FULL},
        ),
        ("less than twice as long", [seen(HEADLINE, "", "a1"), seen(HEADLINE * 2 + "!", "", "a1")], {}),
        ("inside a word", [seen("used suvs in b", "", "a1"), seen("used suvs in berlin and in bonn", "", "a1")], {}),
        (
            "inside a word, but cut",
            [seen("used suvs in b...", "", "a1"), seen("used suvs in berlin and in bonn", "", "a1")],
            {"used suvs in b...": "used suvs in berlin and in bonn"},
        ),
        (
            "after the start of a word",
            [seen("art deco vans", "", "a1"), seen("smart deco vans for sale", "", "a1")],
            {},
        ),
        (
            "a script without spaces",
            [
                seen("静かな電気自動車の新型", "", "a1"),
                seen("今だけ静かな電気自動車の新型を見る。詳しくはこちら", "", "a1"),
            ],
            {"静かな電気自動車の新型": "今だけ静かな電気自動車の新型を見る。詳しくはこちら"},
        ),
        ("nine characters", [seen("used suvs", "", "a1"), seen("the best used suvs of the year", "", "a1")], {}),
        (
            "a headline of a headline",
            [
                seen("quiet suvs", "", "a1"),
                seen(HEADLINE + " - a list", "", "a1"),
                seen(f"{HEADLINE} - a list. {FULL}", "", "a1"),
            ],
            {
                "quiet suvs": f"{HEADLINE} - a list. {FULL}",
                HEADLINE + " - a list": f"{HEADLINE} - a list. {FULL}",
            },
        ),
    ],
)
def test_headline(why: str, texts: list[Text], expect: dict[str, str]):
    assert pairs(*texts) == expect


def test_a_cut_headline_ends_at_the_full_text_and_says_that_it_went_over_another():
    headline, full = CUT + "ls are here", f"news. {CUT}ls are here. find out what they cost near you. compare offers"
    cut, whole = derive([seen(CUT, "t"), seen(headline, "t", "a1"), seen(full, "p", "a1")])
    assert (cut.creative_id, cut.canonical_id, cut.kind) == (CUT, full, "truncated")
    assert cut.reason.endswith("goes on otherwise. That text is an alias itself.")
    assert (whole.creative_id, whole.canonical_id, whole.kind) == (headline, full, "headline")


def test_an_ad_with_hundreds_of_texts_says_nothing_about_headlines():
    texts = [seen(HEADLINE, "", "a1"), seen(FULL, "", "a1")]
    others = [seen(f"offer {n}", "", "a1") for n in range(AD_TEXTS_MAX - 2)]
    assert pairs(*texts, *others) == {HEADLINE: FULL}
    assert pairs(*texts, *others, seen("one more", "", "a1")) == {}


def test_two_hundred_thousand_memberships_take_seconds_not_hours():
    stem = "the same forty characters begin all of these: "
    texts = [seen(f"{stem}{n:06d}" * (1 + n % 3), "s", f"a{n % 5000}") for n in range(50_000)]
    texts += [seen(stem + "x" * n, "", "chain") for n in range(3000)]
    started = time.perf_counter()
    found = pairs(*texts)
    assert time.perf_counter() - started < 10  # measured: about 1 s
    assert found[stem] == stem + "x" * 2999
