"""This module owns what holds the shipped profiles and their pages true."""

from pathlib import Path

import pytest
from running import PAGE, ROOT

from ingest import profile_pages
from ingest.auth import new_secret, sign, verifier
from ingest.config import ConfigError
from ingest.profile import names, profile, read_profile
from ingest.senders.send_test import filled

PAGES = ROOT / "docs" / "profiles"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_pages_are_made_from_the_profiles(tmp_path: Path):
    profile_pages.write(tmp_path)
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir()}
    assert made == kept, "write them again: whichad ingest senders pages docs/profiles"


@pytest.mark.parametrize("name", names())
def test_every_profile_stands_in_the_readme_and_says_what_proves_it(name: str):
    found = profile(name)
    assert f"{name} " in README or f"{name}`" in README
    assert found.confirmed or found.unconfirmed
    assert found.kind == "generic" or found.revenue is not None, "say what its money means"
    assert len(found.setup.strip()) > 20


@pytest.mark.parametrize("name", names())
def test_every_sample_is_signed_as_its_platform_signs_and_verified(name: str):
    found = profile(name)
    held = PAGE if found.auth.scheme == "origin" else new_secret(found.auth)
    request = filled(found.sample, 1_795_000_000)
    signed = sign(found.auth, held, request, "msg_1", 1_795_000_000)
    proven = verifier(found.auth, [held]).verify(signed, 1_795_000_010)
    assert proven.body == request.body and held not in proven.query + proven.suffix


BROKEN = {
    "no such field": ('id = "i"', 'idd = "i"', "there is no field 'idd'"),
    "no such type": ('type = "conversion"', 'type = "sale"', "there is no type 'sale'"),
    "no items": ("[[items]]", "[[itmes]]", "itmes"),
    "a path that is none": ('id = "i"', 'id = "a[[b"', "id"),
    "two origins": ('id = "i"', 'id = {from = "i", join = ["a"]}', "exactly one of"),
    "no toml": ("title", "title title", "cannot be read, for it is not valid TOML"),
    "no such unit": ('id = "i"', 'id = {from = "i", unit = "m"}', "'m' is none of s, ms, us, ns"),
    "no such option": ('id = "i"', 'id = {option = "money"}', "there is no option 'money'"),
    "no type": ('type = "conversion"', "", "say what `type` of item this is"),
    "a text that is none": ('title = "T"', "title = 3", "title: a text in quotes is expected, not 3"),
    "a key that is missing": ('about = "A."', "", "about: is missing"),
    "a condition that is no path": (
        'type = "conversion"',
        'type = "conversion"\nwhen = {"a..b" = "x"}',
        "'a..b' is no path",
    ),
    "something never shown that is no path": ('setup = "None."', 'setup = "None."\nredact = ["a[["]', "redact 1"),
    "a method that is none": ('methods = ["GET"]', 'methods = ["PUT"]', "methods"),
}
GOOD = """
title = "T"
about = "A."
kind = "tracker"
unconfirmed = ["all"]
methods = ["GET"]
steps = []
setup = "None."
[auth]
scheme = "none"
[[items]]
type = "conversion"
[items.fields]
id = "i"
[sample]
query = "i=1"
"""


def test_a_profile_is_read_from_a_text():
    assert read_profile("t", GOOD).title == "T"


@pytest.mark.parametrize("case", BROKEN)
def test_a_profile_with_a_mistake_is_refused_by_its_name(case: str):
    before, after, said = BROKEN[case]
    assert before in GOOD
    with pytest.raises(ConfigError, match="'t'") as refused:
        read_profile("t", GOOD.replace(before, after))
    assert said in str(refused.value)


NEAR = {
    'type = "conversion"': (
        'type = "conversioon"',
        "items 1, type: there is no type 'conversioon' (did you mean 'conversion'?)",
    ),
    'kind = "tracker"': ('kind = "trackr"', "kind: 'trackr' is none of generic, feed, tracker"),
    'about = "A."': ('abuot = "A."', "abuot: there is no such key (did you mean 'about'?)"),
    'scheme = "none"': ('schema = "none"', "auth.schema: there is no such key (did you mean 'scheme'?)"),
    'id = "i"': (
        'click_idd = "i"',
        "items 1, fields.click_idd: there is no field 'click_idd' in the canonical payload",
    ),
    'query = "i=1"': ('qeury = "i=1"', "sample.qeury: there is no such key (did you mean 'query'?)"),
}


def test_all_mistakes_are_said_at_once_each_with_its_place_and_what_was_meant():
    text = GOOD
    for before, (after, _) in NEAR.items():
        text = text.replace(before, after)
    with pytest.raises(ConfigError) as refused:
        read_profile("t", text, "profiles/t.toml")
    words = str(refused.value)
    assert words.startswith("The profile 't' (profiles/t.toml) has ")
    assert [said for _, said in NEAR.values() if said not in words] == []
    assert "pydantic" not in words and "Value error" not in words


def test_a_profile_of_one_s_own_need_not_say_what_confirmed_it():
    assert not read_profile("t", GOOD.replace('unconfirmed = ["all"]', "")).unconfirmed


def test_a_file_that_is_no_text_is_an_error_in_words(tmp_path: Path):
    (tmp_path / "mine.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(ConfigError, match=r"mine\.toml\) is not UTF-8 text"):
        profile("mine", tmp_path)


@pytest.mark.parametrize("name", names())
def test_a_page_has_the_whole_address_no_empty_cell_and_one_thing_not_confirmed_a_line(name: str):
    text, found = (PAGES / f"{name}.md").read_text(encoding="utf-8"), profile(name)
    address = f"/webhooks/<name>{'/<secret>' if found.auth.path else ''}"
    wanted = '/t.js" data-sender="<name>"' if found.auth.scheme == "origin" else address
    assert wanted in text and "address below" not in text
    assert "``" not in text.replace("```", "") and "| |\n|---" in text
    assert all(f"\n- {each}\n" in text for each in found.unconfirmed)
    assert ("| `repeats` |" in text) == (found.kind == "tracker" or found.repeats != "replace")
