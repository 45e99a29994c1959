"""This module owns readings that must stay: many bodies, hostile ones among them, and a digest of what each becomes.

What is stored depends on them: `key_hash` and `content_hash` decide what is a repeat of what came before. A reading is
all that the door makes of a body: its rows as the journal packs them, results and warnings, or the refusal.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from journaling import NOW, Desk

from ingest.door.keeping import pack
from ingest.door.passage import Passage
from ingest.door.request import Request
from ingest.payload import CREATIVE_ALIASES, READERS, SPECIAL_FIELDS
from ingest.profile import names, profile
from ingest.rejection import DeliveryRefusedError
from ingest.senders.send_test import TEST_HEADER, filled

CREATIVE = "Quiet SUVs of 2026"
NUMBER = re.compile(r"\d{16}")  # which `filled` draws by lot
TIME = '"2026-11-23T08:00:00Z"'
# An item of each shape, as JSON text by field.
SHAPES: dict[str, dict[str, str]] = {
    "click": {"type": '"click"', "id": '"e-1"', "occurred_at": TIME, "ad_id": '"1202"', "click_id": '"c-9"',
              "visitor_id": '"v-7"', "country": '"us"', "device": '"Mobile"', "network": '"fb"', "revenue": '"0.10"',
              "referrerAdCreative": f'"{CREATIVE}"'},
    "revenue": {"type": '"revenue"', "id": '"e-1"', "occurred_at": TIME, "click_id": '"c-9"', "revenue": '"0.42"'},
    "report": {"type": '"report"', "day": '"2026-11-22"', "level": '"ad"', "ad_id": '"1202"', "cost": '"12.5"',
               "clicks": "31"},
    "settlement": {"type": '"settlement"', "day": '"2026-11-22"', "revenue": '"9.5"', "offer_id": '"140"'},
    "ad": {"type": '"ad"', "ad_id": '"1202"', "network": '"meta"', "referrerAdCreative": f'"{CREATIVE}"'},
}  # fmt: skip
# What a field may hold, as JSON text.
VALUES = (
    "null", '""', '" "', "0", "-0", "1", "-1", "7", "true", "false", "1.0", "0.5", "-2.50", "1e3", "1E-7", "3.00",
    "0.30000000000000004", "0.0000005", "999999999.9999999", "1000000000", "18446744073709551615",
    "9223372036854775808", "18446744073709551616", "1234567890123456789012345678901234567890",
    "12345678901234567890.5", "1763884800", "1763884800123", "1763884800.25", '"1763884800"', '"1"', '" 7 "', '"007"',
    '"-1"', '"1e3"', '"1_000"', '"0.10"', '"+.5"', '"NaN"', '"\u0663"', '"\u00b2"', '"abc"', '"ABC-1"', '" padded "',
    '"\\u00a0x\\u00a0"', '"a\\u0000b"', '"\\ud83c"', '"\\ud83d\\ude9a"', '"\U0001f69a"', '"\\u2028"', '"e\u0301"',
    '"{{ad.id}}"', '"%7B%7Bad.id%7D%7D"', '"__CID__"', '"x{{ad.id}}"', '"{title} | Learn More"', '"%25%37%42"',
    '"[ORDER_ID]"', '"#s2#"', '"REPLACE_ME"', '"your_click_id"', '"<click id>"', '"undefined"', '"NULL"',
    '"(not set)"', '"0000"', '"-"', '"guest"', '"test"', '"anonymous"', '"\'null\'"', '"unknown1"',
    '"{00000000-0000-0000-0000-000000000001}"', '"2026-11-23"', '"2026-11-23T09:00:00+02:00"', '"2026-11-23 07:00"',
    '"1999-12-31T00:00:00Z"', '"2026-11-24T00:00:00Z"', '"2026-11-23T08:00:00.123456Z"', '"eur"', '"XXX"',
    '"E\u00dcR"', '"final"', '"adjusted"', '"granted"', '"denied"', '"review"', '"campaign"', "[]", "[1]", "{}",
    '{"fbclid": "IwAR0"}', '{"fbclid": "undefined", "gclid": "g-1"}', '{"fbclid": 7, "x": null}', '{"fbclid": [1]}',
    '{"b": 1.10, "a": {"z": [1e2]}}', '{"ip": "10.0.0.1"}', '{"big": 18446744073709551616}', '{"half": "\\ud83c"}',
    f'"{"x" * 512}"', f'"{"x" * 513}"', '"' + "\u00e4" * 300 + '"', f'"{"x" * 70_000}"',
    f'{{"long": "{"x" * 17_000}"}}', '"curl/8"', '"AdsBot-Google"',
)  # fmt: skip
BODIES = (
    b"", b" ", b"{}", b"[]", b"7", b"1.5", b"1e999", b'"x"', b"null", b"[1, 2.5]", b"[NaN]", b'{"a": Infinity}',
    b'{"a": -Infinity}', b'{"a": 1, "a": 1}', b'{"a": 1, "\\u0061": 2}', b'{"a" : 1,"b":{"c" :1, "c":2}}',
    b'[{"a":1},{"a":"\\":"}]', b'{"a":1,"b":"\\":","b":2}', b'{"a": 1,}', b"{a: 1}", b'{"a": 01}', b'{"a": 1.}',
    b'{"a": .5}', b'{"a": +1}', b'{"a": 1e}', b'{"a": "\t"}', b'{"a": "\x7f"}', b'{"a": "\\x"}',
    b'{"a": "\\ud800\\ud800"}', b'{"\\ud800": 1}', b'{"\\ud800": 1, "\\ud800": 2}', b'\xef\xbb\xbf{"a": 1}',
    b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', b'{"a": 1}\0', b'{"a": 1} x', b'\x0b{"a": 1}', b'{"a": 1}{"b": 2}',
    b"[" * 64 + b"]" * 64, b"[" * 65 + b"]" * 65, b"[" * 1100 + b"]" * 1100, b"[" * 200_000,
    b'{"a":' * 64 + b"1" + b"}" * 64, b'{"a":' * 63 + b"[]" + b"}" * 63, b'{"a":' * 64 + b"[]" + b"}" * 64,
    b'{"a": 12345678901234567890123456789012345678901}', b'{"a": 1234567890123456789012345678901234567890}',
    b'{"a": 1e41}', b'{"a": 1e40}', b'{"a": 1e-99999999999999999999}',
    b'{"a": 0.12345678901234567890123456789012345678901}', b"[" + b"1," * 1000 + b"1]", b"[{}" + b",{}" * 999 + b"]",
    b'{"a" \n:\t1, "b":[{"c":1},{"c"\r:2}]}', b'\n\r\t {"type": "click"} \n', b'{"": 1, "": 2}',
    b'{"a": {"": ":"}, "\\"": "\\":"}',
)  # fmt: skip


def readings(folder: Path) -> Iterator[tuple[str, str]]:
    """Every reading by its name, as a digest. They are the same on every day and machine."""
    for of_profile, asked in groupby(requests(), key=lambda each: each[1]):
        with Desk(folder / of_profile, profile=of_profile) as desk:
            origin = desk.passage(Request("GET", b"")).origin
            for name, _, request in asked:
                text = reading(desk, Passage(origin, request, int(NOW.timestamp() * 1_000_000)))
                yield name, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def requests() -> Iterator[tuple[str, str, Request]]:
    """(name, profile, request): samples of all profiles, every value in every field, and whole bodies."""
    for name in names():
        sample = filled(profile(name).sample, NOW.timestamp())
        request = replace(
            sample, body=_fixed(sample.body.decode()).encode(), query=_fixed(sample.query),
            headers={key: _fixed(value) for key, value in sample.headers.items()},
        )  # fmt: skip
        yield f"sample/{name}", name, request
        live = {key: value for key, value in request.headers.items() if key != TEST_HEADER}
        yield f"live/{name}", name, replace(request, headers=live)
    for shape, base in SHAPES.items():
        for field in (
            *READERS,
            *sorted(SPECIAL_FIELDS),
            *CREATIVE_ALIASES,
            "user_agent",
            "visitor_ip",
            "clik_id",
            "own",
        ):
            items = ",".join(_object(base | {field: value}) for value in VALUES)
            yield f"{shape}/{field}", "standard", _json(f"[{items}]".encode())
    for nth, body in enumerate(BODIES):
        yield f"body/{nth}", "standard", _json(body)
        yield f"lines/{nth}", "standard", _json(body, "application/x-ndjson")


def reading(desk: Desk, passage: Passage) -> str:
    """What the door makes of a passage, as one text."""
    refused = ""
    try:
        desk._door.decode(passage)
        desk._door.parse(passage)
    except DeliveryRefusedError as error:
        refused = error.refusal.code
    if passage.undecodable is not None:
        # Python's versions say in other words what is wrong with JSON.
        return json.dumps([passage.undecodable.refusal.code, refused])
    packed = pack(passage.accepted, passage.quarantined, passage.ignored)
    return json.dumps([packed, passage.results, passage.warnings, refused])


def _fixed(text: str) -> str:
    return NUMBER.sub("1" * 16, text)


def _object(fields: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


def _json(body: bytes, kind: str = "application/json") -> Request:
    return Request("POST", body, {"content-type": kind, "webhook-id": "msg_1"})
