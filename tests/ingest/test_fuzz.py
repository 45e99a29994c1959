"""This module owns the promise that nothing a sender writes breaks the parser: it is an item, or a reason by name."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hostile import HEADERS, changed_json, changed_query, every_change
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journaling import NOW, Desk
from running import PAGE

from ingest.config import IngestSettings, Sender
from ingest.delivery import Door, Limits, Passage
from ingest.door import answers
from ingest.door.answers import answer
from ingest.door.envelope import unpacked
from ingest.door.keeping import pack
from ingest.door.request import Request
from ingest.door.validating import report
from ingest.profile import names, profile
from ingest.rejection import REASONS, REFUSALS, DeliveryRefusedError
from ingest.senders.origin import Origin, origin
from ingest.senders.send_test import TEST_HEADER, filled

UNIX = NOW.timestamp()
SECRET = "whsec_dGVzdHMtb3duLXRoaXMtc2VjcmV0LTMyLWJ5dGVzISE="
CODES = {*REASONS, *REFUSALS}
# Every operation that the language of profiles has, on what a sender can write: an own profile may use any of them.
EVERYTHING = """
title = "Everything"
about = "Every operation."
kind = "generic"
confirmed = "nothing"
methods = ["GET", "POST"]
steps = ["conversion"]
setup = "none"
repeats = "add"
auth = {scheme = "token", query = ["token"]}
read = {any_type = true}

[[items]]
when = {"payout" = "<0"}
type = "refund"
rest = true
base = "text"
fields = {id = {digest = ["id", "text.a"]}, occurred_at = {from = "at", unit = "ms"}, revenue = {sum = ["payout", "list", "text.list"], minus = ["less"]}}

[[items]]
when = {"text.kind or kind" = "*"}
type = "conversion"
each = "text.list"
fields = {id = {join = ["^.id", "id"]}, occurred_at = "^.at"}

[[items]]
type = "conversion"
rest = true
base = "text"
fields = {id = {from = ["id", "$received"], split = "-", part = -1, prefix = "p", lower = true}, occurred_at = {from = ["at", "$received"], sent_at = "sent", unit = "s"}, revenue = {from = "payout", minor_of = "currency", digits = {ISK = 2}}, updated_at = {from = "when", format = "%d/%m/%Y %H:%M"}, count = ["count", "text.x"], currency = "currency", landing_page = "url?rac", term = {from = "term", map = {a = "b"}, other = "$same"}, click_id = {first = [{from = "url", url_param = ["c", "d"]}, {from = "text.click"}]}}
properties = {x = "text.x", y = "list[]", z = "list[][a=1|2].b", w = "list[0].q"}
click_ids = {g = "url?gclid"}

[sample]
headers = {"content-type" = "application/json"}
body = '''
{"id": "a-@N@", "at": "@UNIX@", "payout": "1.5", "currency": "USD", "text": "{\\"x\\": 1, \\"kind\\": \\"\\"}", "list": [1],
 "less": "0", "kind": "", "count": 1, "url": "https://x.example/?rac=A&c=1", "term": "a", "when": "23/11/2026 08:00",
 "sent": "@ISO@"}
'''
"""  # noqa: E501 (an inline table of TOML is one line)
PROFILES = [*names(), "everything"]


class Fuzzed:
    """A sender's door without its lock: what goes through is journalled, and loaded in the end."""

    def __init__(self, desk: Desk, known: Origin) -> None:
        self.known, self.door, self.keys = known, Door(desk.journal, b"a key", Limits(1 << 20, 1000)), set()

    def look(self, request: Request) -> Passage | None:
        """Decode, map, parse; None where it is refused. Each outcome is one that is documented, and can be written."""
        passage = Passage(self.known, request, int(UNIX * 1_000_000))
        try:
            self.door.decode(passage)
            self.door.parse(passage)
        except DeliveryRefusedError as error:
            assert error.refusal.status in {400, 413, 415}
            assert json.loads(answers.refused(error).body)["code"] == error.refusal.code
            return None
        assert {each.code for each in passage.quarantined} <= CODES
        for row in pack(passage.accepted, passage.quarantined, passage.ignored), answers.as_json(report(passage), 200):
            json.loads(row if isinstance(row, str) else row.body)
        return passage

    def put(self, request: Request) -> None:
        """Look, then journal; what is kept can be read again, and the answer can be written."""
        passage = self.look(request)
        if passage is None:
            return
        with suppress(DeliveryRefusedError):  # a strict sender's, kept for diagnosis
            self.door.journal(passage)
        assert passage.delivery is not None and unpacked(passage.delivery).method == request.method
        json.loads(answers.as_json(answer(passage), 200).body)
        self.keys |= {item.key_hash for item in passage.accepted}


def requests_of(name: str, folder: Path) -> st.SearchStrategy[Request]:
    """A profile's own sample with a few changes; also by the other method, where it takes two."""
    found = profile(name, folder)
    sample = filled(found.sample, UNIX)
    plain = {key: value for key, value in sample.headers.items() if key != TEST_HEADER}
    changes = st.dictionaries(
        st.sampled_from([*plain, *found.keep_headers, "content-type", "content-encoding", "webhook-id", "ce-id"]),
        st.sampled_from(HEADERS), max_size=1,
    )  # fmt: skip
    headers = st.one_of(st.just(plain), st.just(plain), changes.map(plain.__or__))
    if sample.method == "GET":
        query = changed_query(sample.query)
        asked = st.builds(lambda query, headers: Request("GET", b"", headers, query), query, headers)
        form = {"content-type": "application/x-www-form-urlencoded"}
        posted = st.builds(lambda query: Request("POST", query.encode("latin-1", "replace"), form), query)
        return st.one_of(asked, posted) if "POST" in found.methods else asked
    body = changed_json(json.loads(sample.body))
    return st.builds(lambda body, headers: Request("POST", body, headers, suffix=sample.suffix), body, headers)


def fuzz(folder: Path, name: str, requests: st.SearchStrategy[Request], examples: int) -> None:
    """Put many requests through a profile, then load them: every accepted item is in the record, by its key."""
    profiles = folder / "profiles"
    profiles.mkdir()
    (profiles / "everything.toml").write_text(EVERYTHING, encoding="utf-8")
    is_page = profile(name, profiles).auth.scheme == "origin"
    sender = Sender(profile=name, **({"origins": (PAGE,)} if is_page else {"secrets": (SECRET,)}))
    with Desk(folder) as desk:
        fuzzed = Fuzzed(desk, origin("shop", sender, IngestSettings(base_dir=folder)))
        checked: Callable[[], None] = settings(
            max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
        )(given(requests)(fuzzed.put))
        checked()
        desk.seal()
        desk.load()
        assert {key for (key,) in desk.query("select key_hash from seen where kept")} == fuzzed.keys


def own(name: str, folder: Path) -> st.SearchStrategy[Request]:
    """`requests_of`, for a profile that may be our own."""
    aside = folder / "aside"
    aside.mkdir()
    (aside / "everything.toml").write_text(EVERYTHING, encoding="utf-8")
    return requests_of(name, aside)


ANY = st.builds(
    lambda method, body, kind, encoding, query: Request(
        method, body, {"content-type": kind, "content-encoding": encoding}, query
    ),
    st.sampled_from(["GET", "POST"]),
    st.one_of(st.binary(max_size=200), st.sampled_from([b"[", b"{", b'{"a":', b"\xef\xbb\xbf{}", b"\x1f\x8b\x08"])),
    st.sampled_from(HEADERS), st.sampled_from(["", "gzip", "deflate", "identity", "br", "x" * 10_000]),
    st.text(st.characters(max_codepoint=255), max_size=60),
)  # fmt: skip


@pytest.mark.parametrize("name", PROFILES)
def test_a_changed_sample_is_an_item_or_a_reason_by_name_and_loads(name: str, tmp_path: Path):
    fuzz(tmp_path, name, own(name, tmp_path), 150 if name == "everything" else 40)


@pytest.mark.parametrize("name", ["standard", "cloudevents", "voluum", "meta", "everything"])
def test_any_bytes_are_an_item_or_a_reason_by_name(name: str, tmp_path: Path):
    fuzz(tmp_path, name, ANY, 60)


def test_each_hostile_value_in_each_place_is_an_item_or_a_reason_by_name(tmp_path: Path):
    own("everything", tmp_path)
    (tmp_path / "aside").rename(tmp_path / "profiles")
    known = origin("shop", Sender(profile="everything", secrets=(SECRET,)), IngestSettings(base_dir=tmp_path))
    sample = filled(known.profile.sample, UNIX)
    with Desk(tmp_path) as desk:
        fuzzed = Fuzzed(desk, known)
        for body in every_change(json.loads(sample.body)):
            fuzzed.look(Request("POST", body, sample.headers))


@pytest.mark.long
@pytest.mark.parametrize("name", PROFILES)
def test_many_more_requests_are_items_or_reasons_by_name(name: str, tmp_path: Path):
    fuzz(tmp_path, name, st.one_of(own(name, tmp_path), ANY), 3000)
