"""This module owns the promises of `rac/1`: the worked cases, our own table, and what must hold for any string."""

import html
import json
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.creative import ad_identity, explain, identify, variant_id

SPEC = Path(__file__).resolve().parents[2] / ".." / "shared" / "spec" / "rac_cases.jsonl"

PLAIN = "Discover How 5G Internet Transforms Your Digital Experience."


def spec_cases() -> list[dict]:
    if not SPEC.is_file():
        return []
    return [json.loads(line) for line in SPEC.read_text(encoding="utf-8").splitlines() if line]


@pytest.mark.skipif(not SPEC.is_file(), reason="the worked cases are not beside this checkout")
def test_every_worked_case_has_its_status_text_key_and_flags():
    for case in spec_cases():
        expect, found = case["expect"], identify(case["value"])
        assert (found.status, found.text, found.key) == (expect["status"], expect["text"], expect["key"]), case["id"]
        assert sorted(found.flags) == sorted(expect["flags"]), case["id"]


def test_a_plain_text_is_its_own_text_with_a_stable_id():
    creative = identify(PLAIN)
    assert (creative.status, creative.text, creative.flags) == ("ok", PLAIN, ())
    assert creative.key == PLAIN.lower()
    assert creative.creative_id == "rac1_320352a1aa69bfda9c1af715dafa66ed"


@pytest.mark.parametrize(
    "variant",
    [
        PLAIN.upper(),
        f"  {PLAIN}\r\n",
        PLAIN.replace(" ", "\u00a0"),
        PLAIN.replace(" ", "\u3000 \u2009"),
        PLAIN.replace("v", "\u200bv\u00ad\ufeff"),
        f"\u202a{PLAIN}\u202c",
        quote(PLAIN),
        quote(quote(quote(PLAIN))),
        PLAIN.replace(" ", "+"),
        PLAIN.replace(" ", "&nbsp;"),
        html.escape(html.escape(f'"{PLAIN}"')),
        f"“{PLAIN}”",
        f"'« {PLAIN} »'",
        "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" for c in PLAIN),
        PLAIN.replace("D", "𝐃"),
    ],
)
def test_what_reads_the_same_has_the_same_id(variant: str):
    assert identify(variant).creative_id == identify(PLAIN).creative_id


@pytest.mark.parametrize(
    "other", ["Don't miss out!", "Don't miss out", "❤ Don't miss out", "Don't miss 2 out", "Dont miss out"]
)
def test_punctuation_digits_and_emoji_make_another_creative(other: str):
    assert identify(other).creative_id != identify("Don't miss out?").creative_id


OK, PARTIAL, MACRO, PLACEHOLDER, MISSING = "ok", "partial_macro", "unresolved_macro", "placeholder", "missing"
CASES = [
    # percent
    ("Caf%C3%A9+und+Kuchen+heute", OK, "Café und Kuchen heute", "residual_percent residual_plus"),
    ("Save%20100%25", OK, "Save 100%", "residual_percent"),
    ("Save 50%", OK, "Save 50%", ""),
    ("50%de descuento", OK, "50%de descuento", ""),
    ("Caf%E9 au lait", OK, "Caf%E9 au lait", ""),
    ("Don%E2%80%99t%20miss%20it%E2%80", OK, "Don’t miss it", "residual_percent truncated_escape"),
    ("Don%E2%8", OK, "Don", "residual_percent truncated_escape"),
    ("Must%20See%", OK, "Must See", "residual_percent truncated_escape"),
    ("Deal%2", OK, "Deal%2", ""),
    ("%00%20", MISSING, "", "residual_percent"),
    # plus
    ("C%2B%2B+jobs+in+Berlin", OK, "C++ jobs in Berlin", "residual_percent residual_plus"),
    ("SUVs,+vans,+and+trucks!", OK, "SUVs, vans, and trucks!", "residual_plus"),
    ("Loans+%26+Credit+now", OK, "Loans & Credit now", "residual_percent residual_plus"),
    ("Disney+", OK, "Disney+", ""),
    ("A+B", OK, "A+B", ""),
    # entities
    ("AT&T &copy 2025 &notit; &amp", OK, "AT&T &copy 2025 &notit; &amp", ""),
    ("Tom &amp;amp; Jerry&#x2019;s", OK, "Tom & Jerry’s", "html_entity"),
    ("&lt;b&gt;Sale&lt;/b&gt; now", OK, "<b>Sale</b> now", "html_entity"),
    ("&#55357; now", OK, "\ufffd now", "html_entity"),
    # characters
    ("Cre\u0301dit", OK, "Crédit", ""),
    ("\ud83c\udf0d trips", OK, "🌍 trips", ""),
    ("\udf0d\ud83c", OK, "\ufffd\ufffd", "bad_surrogate"),
    ("Trip to 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!", OK,
     "Trip to 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!", ""),
    ("Hidden\U000e0041\U000e0042\0\x1f text", OK, "Hidden text", ""),
    ("\u200b\u00a0\ufe0f\u200d", MISSING, "", ""),
    # quotes
    ('"A" or "B"', OK, '"A" or "B"', ""),
    ("'It's here'", OK, "It's here", ""),
    ('""Deal" of the "day""', OK, '"Deal" of the "day"', ""),
    ('"Half open', OK, '"Half open', ""),
    ('""', MISSING, "", ""),
    # macros and what only resembles one
    ("{{campaign.name}} - {{ad.name}}", MACRO, "{{campaign.name}} - {{ad.name}}", ""),
    ("%7B%7Bad.name%7D%7D", MACRO, "{{ad.name}}", "residual_percent"),
    ("{title} | Learn More", MACRO, "{title} | Learn More", ""),
    ("${(creative_name)!}", MACRO, "${(creative_name)!}", ""),
    ("${AD_NAME}", MACRO, "${AD_NAME}", ""),
    ("_CID_NAME_", MACRO, "_CID_NAME_", ""),
    ("#s2#", MACRO, "#s2#", ""),
    ("@nativeheadline@", MACRO, "@nativeheadline@", ""),
    ("[TITLE]", MACRO, "[TITLE]", ""),
    ("%adtitle%", MACRO, "%adtitle%", ""),
    ("Used SUVs in [USER_CITY]", PARTIAL, "Used SUVs in [USER_CITY]", ""),
    ("Get {KeyWord:Used SUVs} today", PARTIAL, "Get {KeyWord:Used SUVs} today", ""),
    ("Deals %%PATTERN:city%% now", PARTIAL, "Deals %%PATTERN:city%% now", ""),
    ("Deals __CITY__ now...", PARTIAL, "Deals __CITY__ now...", "ellipsis"),
    ("[SALE] Used SUVs", OK, "[SALE] Used SUVs", ""),
    ("pick a {b c} or {1}", OK, "pick a {b c} or {1}", ""),
    ("50%OFF% today, mail me@home.de", OK, "50%OFF% today, mail me@home.de", ""),
    ("#sale #now# @me", OK, "#sale #now# @me", ""),
    ("US__SUV__V3", OK, "US__SUV__V3", "looks_like_ad_name"),
    ("US_SUV_v3_1080x1080_2025-01", OK, "US_SUV_v3_1080x1080_2025-01", "looks_like_ad_name"),
    ("US | SUV | 1080x1080", OK, "US | SUV | 1080x1080", "looks_like_ad_name"),
    ("Leads Ad – Copy 2", OK, "Leads Ad – Copy 2", "looks_like_ad_name"),
    ("Get your free copy - 4x4 trucks_", OK, "Get your free copy - 4x4 trucks_", ""),
    # placeholders
    ("REPLACE", PLACEHOLDER, "REPLACE", ""),
    ("Replace your windows", OK, "Replace your windows", ""),
    ("OPTIONAL", PLACEHOLDER, "OPTIONAL", ""),
    ("N/A", PLACEHOLDER, "N/A", ""),
    ("learn%20more", PLACEHOLDER, "learn more", "residual_percent"),
    ("&lt;title&gt;", PLACEHOLDER, "<title>", "html_entity"),
    ("[object Object]", PLACEHOLDER, "[object Object]", ""),
    ("api_test", PLACEHOLDER, "api_test", ""),
    ("Learn more about SUVs", OK, "Learn more about SUVs", ""),
]  # fmt: skip


@pytest.mark.parametrize(("value", "status", "text", "flags"), CASES, ids=range(len(CASES)))
def test_our_own_cases(value: str, status: str, text: str, flags: str):
    found = identify(value)
    assert (found.status, found.text, " ".join(found.flags)) == (status, text, flags)
    assert (found.key is None) == (found.creative_id is None) == (status not in {OK, PARTIAL})


@pytest.mark.parametrize("value", [None, "", " ", "\u3000", "' '"])
def test_no_text_is_missing(value: str | None):
    found = identify(value)
    assert (found.status, found.text, found.key, found.creative_id) == (MISSING, "", None, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Don`t", "DON`T"),
        ("Don´t miss", "don't miss"),
        ("5′ 10″ “tall”", "5' 10\" \"TALL\""),
        ("Used Cars – 2025", "used cars - 2025"),
        ("Used Cars — 2025", "used cars − 2025"),
        ("Must see…", "must see..."),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("İstanbul", "i̇stanbul"),
        ("ﬁnance", "FINANCE"),
        ("❤️ love", "❤ love"),
        ("ᾳ\u0301", "ᾼ\u0301"),
    ],
)  # fmt: skip
def test_the_key_ignores_case_width_and_typography(one: str, other: str):
    assert identify(one).key == identify(other).key


@pytest.mark.parametrize("levels", [1, 2, 15, 16, 17, 20, 40])
@pytest.mark.parametrize("encode", [quote, html.escape], ids=["percent", "html"])
def test_a_text_encoded_many_times_is_still_read_and_flagged_from_sixteen_on(encode, levels: int):
    value = text = "Tom & “Jerry” + C++: 100%"
    for _ in range(levels):
        value = encode(value)
    found = identify(value)
    assert found.text == text
    assert ("over_encoded" in found.flags) == (levels >= 16)


HOSTILE = {  # pieces in their order, and how often each is repeated
    "nested percents": (("%", 1), ("25", 20_000), ("41", 1)),
    "flat percents": (("%25", 20_000),),
    "nested ampersands": (("&", 1), ("amp;", 16_000), ("lt;", 1)),
    "both in turns": (("&#37;26", 1), ("#37;26", 10_000)),
    "mixed escapes": (("é+&amp;%41", 6_000),),
    "quotes": (('"', 30_000), ("a", 1), ('"', 30_000)),
    "curly quotes": (('“"', 15_000), ("a", 1), ('"”', 15_000)),
    "combining marks": (("a", 1), ("\u0301\u0316", 16_000)),
    "astral marks": (("a", 1), ("\U0001d165\U0001d16d\u0316", 10_000)),
    "expanding characters": (("\ufdfa", 21_000),),
    "half surrogates": (("\ud83c", 65_536),),
    "braces": (("{a:b(", 13_000),),
    "underscores": ((" __A_", 13_000),),
    "at signs": (("@a", 32_000),),
    "spaces and zero widths": ((" \u200b", 32_000),),
    "an endless entity": (("&#", 1), ("0", 65_000)),
}
GROWTH_MAX = 10  # four times the nesting takes four times as long; where each level reads the rest again, sixteen


def nested(name: str, share: int) -> str:
    """Some 64 KiB, or that share of them."""
    return "".join(piece * max(times // share, 1) for piece, times in HOSTILE[name])


def spent(value: str) -> float:
    """Seconds of the processor that this thread takes for a text: those of others are not counted."""
    before = time.thread_time()
    identify(value)
    return time.thread_time() - before


@pytest.mark.parametrize("name", HOSTILE)
def test_up_to_64_kib_of_nesting_cost_in_proportion_to_their_length_and_settle(name: str):
    whole, quarter = nested(name, 1), nested(name, 4)
    assert any(spent(whole) < GROWTH_MAX * spent(quarter) for _ in range(5))
    found = identify(whole)
    again = identify(found.text)
    assert (again.text, again.key) == (found.text, found.key)


def test_explain_names_each_step_that_changed_the_text():
    assert explain("Plain") == []
    assert explain("Tom%20&amp; “Jerry”\u00a0") == [
        ("percent", "Tom &amp; “Jerry”\u00a0"),
        ("entities", "Tom & “Jerry”\u00a0"),
        ("clean", "Tom & “Jerry”"),
    ]


def test_an_ad_identity_tells_every_tuple_from_every_other():
    tuples = [("facebook", "9", "1"), ("facebook", "91", ""), (None, "9", "1"), ("", "9", "1"), ("null", "9", "1")]
    tuples += [("facebook", None, "1"), ('facebook","9', "1", ""), ("facebook", "9", "\ud83c")]
    identities = {ad_identity(*each) for each in tuples}
    assert len(identities) == len(tuples)
    assert ad_identity("facebook", "9", "1") == "ad1_4ec34e9db9f806b90e97ddf042ccb7bc"


def test_a_variant_is_the_raw_text_itself():
    assert variant_id("a b") == "c8687a08aa5d6ed2044328fa6a697ab8"
    assert len({variant_id(value) for value in ("a b", "a+b", "A b", "a b ", "\ud83c", "\ufffd")}) == 6


FRAGMENTS = st.sampled_from(
    [
        "%", "%2", "%25", "%20", "%41", "%E2%80%99", "%E2%80", "%C3", "%ED%A0", "25", "2B", "%2B", "+", "+a",
        "&", "&amp;", "amp;", "&lt;", "&#37;", "#37;", "&#38;", "&#x26;", "&quot;", "&nbsp;", "&#xD83C;", ";",
        '"', "'", "“", "”", "’", "«", "»", "＂", "{{", "}}", "{", "}", "{{ad.name}}", "{title}", "__CID__", "_",
        "[A_B]", "%%X%%", "%AB_C%", "...", "…", "REPLACE", "null", "–", "word", "two words",
        "a", "B", "é", "e\u0301", "ß", "ı", "İ", "ς", "ﬁ", "Ａ", "\u0345", "\u0344", "\u212a", "\u037e", "\u0958",
        " ", "\n", "\u00a0", "\u2000", "\u200b", "\u200d", "\ufe0f", "\u202e", "\0", "\u00ad", "¨", "´", "\ufdfa",
        "\ud83c", "\udf0d", "🌍", "🏴", "\U000e0067", "\U000e007f",
        # What compatibility folding makes of them acts in no earlier step: the key is folded from the text alone.
        "％", "％25", "＆", "＆amp;", "＋", "；", "２５", "＃", "｛", "｝", "＿", "﹪", "﹠", "﹢", "⁺", "․", "‥", "＜",
        "［",
        # Marks and letters that fold, compose or vanish in several steps.
        "ª", "Ǆ", "ẞ", "ŉ", "ǰ", "ΐ", "\u1fb3", "\uff9e", "\u1100", "\u1161", "\u11a8", "\u0f73", "\u0f71\u0f72",
        "\u2126", "\u00b5", "\u017f", "ﬅ", "〝", "〞", "‹", "›", "\u115f", "\u3164", "\uffa0", "\u2800", "\u180e",
        "\u2028", "\x85", "\x1c", "\ufffe", "\uffff", "\U0001d165", "\ufb1d",
        # Entities and escapes that stand for signs that act themselves.
        "&percnt;", "&plus;", "&NotEqualTilde;", "&zwj;", "&zwnj;", "&#8203;", "&bsol;", "%26", "%26amp;", "%22", "%27",
        "%e2%80%9c", "%F0%9F", "%F0%9F%8C%8D", "%C2%A0", "%EF%BB%BF", "%00", "%u00e9", "%%", "%2525",
    ]
)  # fmt: skip
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
VALUES = st.one_of(ANY_TEXT, st.lists(st.one_of(FRAGMENTS, FRAGMENTS, ANY_TEXT), max_size=14).map("".join))


@st.composite
def encoded(draw: st.DrawFn) -> str:
    """A value that some chain of senders encoded, each up to 20 times."""
    value = draw(VALUES).encode("utf-8", "replace").decode()
    encoders = st.sampled_from([quote, html.escape, '"{}"'.format, "“{}”".format, lambda v: v.replace(" ", "+")])
    for encode, times in draw(st.lists(st.tuples(encoders, st.integers(1, 20)), max_size=4)):
        for _ in range(times):
            value = encode(value)
    return value


SEVERAL = [*range(0x3400), *range(0xA000, 0xD800, 7), *range(0xD800, 0xE000, 64), *range(0xF900, 0x10000),
           *range(0x10000, 0x110000, 1009), *range(0x1D100, 0x1D800), *range(0xE0000, 0xE0200)]  # fmt: skip


@pytest.mark.parametrize("around", ["{}", "a{}b", "{0}x{0}", "%25{}", "&amp;{};"])
def test_no_character_anywhere_in_unicode_is_read_twice(around: str):
    for point in SEVERAL:
        first = identify(around.format(chr(point)))
        again = identify(first.text)
        assert (again.text, again.key, again.status) == (first.text, first.key, first.status), hex(point)


@settings(max_examples=500, deadline=None)
@given(st.one_of(VALUES, encoded()))
def test_identifying_a_text_again_changes_neither_text_nor_key(value: str):
    first = identify(value)
    again = identify(first.text)
    assert (again.text, again.key, again.status) == (first.text, first.key, first.status)
    first.text.encode("utf-8")
    assert not set(first.flags) - {
        "residual_percent", "residual_plus", "html_entity", "bad_surrogate", "truncated_escape", "over_encoded",
        "ellipsis", "looks_like_ad_name",
    }  # fmt: skip


WORDS = st.text(st.characters(codec="latin-1", categories=["L", "Nd", "Zs", "Po"]), min_size=1, max_size=30)


@settings(max_examples=400, deadline=None)
@given(WORDS.filter(lambda text: not set(text) & set("%&@#\"'")))
def test_case_and_width_never_make_another_key(text: str):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    key = identify(text).key
    assert identify(wide).key == key
    assert identify(text.swapcase()).key == key
    assert identify(wide.upper().lower()).key == key


def test_a_text_in_which_something_was_replaced_is_flagged():
    assert identify("Quiet \ufffd SUVs").flags == ("bad_surrogate",)
    assert identify("Quiet SUVs").flags == ()
