"""This module owns what holds the shipped profiles and their pages true."""

from pathlib import Path

import pytest
from running import ROOT

from ingest import profile_pages
from ingest.auth import new_secret, sign, verifier
from ingest.config import ConfigError
from ingest.profile import names, profile, read_profile
from ingest.send_test import filled

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
    secret = new_secret(found.auth) if found.auth.scheme != "none" else ""
    request = filled(found.sample, 1_795_000_000)
    signed = sign(found.auth, secret, request, "msg_1", 1_795_000_000)
    proven = verifier(found.auth, [secret] if secret else []).verify(signed, 1_795_000_010)
    assert proven.body == request.body and (not secret or secret not in proven.query + proven.suffix)


BROKEN = {
    "no such field": ('id = "i"', 'idd = "i"', "there is no field 'idd'"),
    "no such type": ('type = "conversion"', 'type = "sale"', "there is no type 'sale'"),
    "no items": ("[[items]]", "[[itmes]]", "itmes"),
    "a path that is none": ('id = "i"', 'id = "a[[b"', "id"),
    "two origins": ('id = "i"', 'id = {from = "i", join = ["a"]}', "exactly one of"),
    "no toml": ("title", "title title", "cannot be read"),
    "a method that is none": ('methods = ["GET"]', 'methods = ["PUT"]', "methods"),
    "nothing confirmed": ('unconfirmed = ["all"]', "", "unconfirmed"),
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
