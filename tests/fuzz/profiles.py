"""This module owns what fuzzing holds about profiles: a changed sample of each platform is items, or reasons by name.

The fuzzer's bytes choose the profile, the places of its sample that are replaced, and by what: a hostile value of
`hostile.py`, or bytes of its own.
"""

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import hostile
from fuzz.pieces import Pieces
from journaling import NOW
from running import proofs

from ingest.config import IngestSettings, Sender
from ingest.delivery import Door, Limits
from ingest.door import answers
from ingest.door.keeping import kept, pack
from ingest.door.passage import Passage
from ingest.door.request import Request
from ingest.door.validating import report
from ingest.journal import Journal
from ingest.profile import shipped
from ingest.rejection import REASONS, REFUSALS, DeliveryRefusedError
from ingest.senders.origin import Origin, origin
from ingest.senders.send_test import filled

UNIX = NOW.timestamp()
CODES = {*REASONS, *REFUSALS}
VALUES = [*hostile.NUMBERS, *hostile.CONTAINERS, *map(json.dumps, hostile.TEXTS), *map(json.dumps, hostile.WRAPPED)]
NAMES = sorted(shipped())
CHANGES_MAX = 6


@cache
def sender_of(name: str) -> Origin:
    """A sender of a profile, with a secret where its platform sends one."""
    return origin("shop", Sender(profile=name, **proofs(name)), IngestSettings())


@cache
def door() -> Door:
    """A door whose journal is never written to."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Door(Journal(folder, "fuzz", 1000, 3600), b"a key", Limits(1 << 20, 100))


def changed(name: str, pieces: Pieces) -> Request:
    """The sample of a profile with some of its values replaced."""
    sample = filled(sender_of(name).profile.sample, UNIX)
    if sample.method == "GET":
        return Request("GET", b"", sample.headers, _query(sample.query, pieces))
    value = json.loads(sample.body)
    paths, marks = list(hostile._paths(value)), {}
    for number in range(1 + pieces.number(CHANGES_MAX)):
        hostile._put(value, paths[pieces.number(len(paths))], f"@@{number}@@")
        marks[json.dumps(f"@@{number}@@")] = _value(pieces)
    if isinstance(value, dict) and pieces.number(2):
        value[hostile.KEYS[pieces.number(len(hostile.KEYS))]] = "@@0@@"
    text = json.dumps(value)
    for mark, raw in marks.items():
        text = text.replace(mark, raw)
    return Request("POST", text.encode("utf-8", "surrogateescape"), sample.headers, "", sample.suffix)


def _value(pieces: Pieces) -> str:
    choice = pieces.number(len(VALUES) + 64)
    if choice < len(VALUES):
        return VALUES[choice]
    raw = pieces.some(60)
    if choice % 2:
        return raw.decode("utf-8", "surrogateescape")  # as JSON
    return json.dumps(raw.decode("utf-8", "replace"))  # as a text


def _query(query: str, pieces: Pieces) -> str:
    pairs = query.split("&")
    for _ in range(1 + pieces.number(CHANGES_MAX)):
        place = pieces.number(len(pairs))
        name, _, _ = pairs[place].partition("=")
        pairs[place] = f"{name}={pieces.some(60).decode('latin-1')}"
    return "&".join(pairs)


def look(name: str, request: Request) -> None:
    """Decode, map, parse; what comes of it is documented, and can be kept, written and read again."""
    passage = Passage(sender_of(name), request, int(UNIX * 1_000_000))
    try:
        door().decode(passage)
        door().parse(passage)
    except DeliveryRefusedError as error:
        assert error.refusal.status in {400, 413, 415}
        assert json.loads(answers.refused(error).body)["code"] == error.refusal.code
        return
    assert {each.code for each in passage.quarantined} <= CODES
    items = pack(passage.accepted, passage.quarantined, passage.ignored)
    json.loads(items)
    json.loads(answers.as_json(report(passage), 200).body)
    kept(request, passage.origin, passage.received_at, "accepted", items)
    for item in passage.accepted:
        _check(item)


def _check(item: Any) -> None:
    """What DuckDB would choke on, or what would poison a sum, is no item."""
    assert -(2**63) <= item.key_hash < 2**63 and -(2**63) <= item.content_hash < 2**63
    for name in ("revenue", "cost", "platform_revenue"):
        amount = getattr(item, name, None)
        assert amount is None or abs(float(amount)) < 1e12, (name, amount)


def one(name: str, data: bytes) -> None:
    """A sample of one profile, changed as the bytes say."""
    look(name, changed(name, Pieces(data)))


def any_profile(data: bytes) -> None:
    """`one`, for the profile that the first byte says."""
    pieces = Pieces(data)
    one(NAMES[pieces.number(len(NAMES))], pieces.rest())


TARGETS: dict[str, Callable[[bytes], None]] = {"profiles": any_profile}
SEEDS = {
    "profiles": [bytes([number, place, value]) for number in range(len(NAMES)) for place in (0, 5) for value in (1, 9)]
}
