"""This module owns platforms' requests for tests: a profile's door takes them, and what they became comes out.

posted(tmp_path, "keitaro", get("subid=c-1&status=sale"))   the items, each as a dict of what it says
in_force(desk, "conversion")                                  what counts of them, as the models take it
"""

import hashlib
import hmac
import json
import re
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from journaling import NOW, Desk

from ingest.delivery import Passage
from ingest.door.request import Request
from ingest.profile import profile
from ingest.senders.send_test import TEST_HEADER, filled

UNIX = int(NOW.timestamp())
NUMBER = re.compile(r"\d{16}")
HASHES = frozenset({"index", "key_hash", "content_hash", "variant_id"})
USUAL = {"count": 1, "currency": "USD", "traffic": "human"}
# The latest statement of each item, the earliest where repeats are ignored: as analytics/models/events.sql has it.
IN_FORCE = """
select * from interactions
qualify row_number() over (partition by key_hash order by
  case when repeats = 'ignore' then -epoch_us(stated_at) else epoch_us(stated_at) end desc, content_hash desc) = 1
order by occurred_at, id, revenue_stage
"""


def get(query: str, **headers: str) -> Request:
    """A postback or pixel."""
    return Request("GET", b"", {name.replace("_", "-"): text for name, text in headers.items()}, query)


def post(value: Any, suffix: str = "") -> Request:
    """A JSON webhook."""
    return Request("POST", json.dumps(value).encode(), {"content-type": "application/json"}, suffix=suffix)


def put(desk: Desk, *requests: Request) -> list[Passage]:
    """The passages of requests that come a minute after each other, the first at NOW."""
    return [desk.put(request, NOW + timedelta(minutes=nth)) for nth, request in enumerate(requests)]


def posted(folder: Path, name: str, *requests: Request, **sender: Any) -> list[dict[str, Any]]:
    """What the requests say, item by item: every field that is not usual. Nothing may be quarantined."""
    with Desk(folder, profile=name, **sender) as desk:
        passages = put(desk, *requests)
    assert [passage.quarantined for passage in passages if passage.quarantined] == []
    return [said(item) for passage in passages for item in passage.accepted]


def quarantined(folder: Path, name: str, request: Request, **sender: Any) -> tuple[str, str, str]:
    """Why a request's one item cannot be used: code, detail, and the item as it is shown."""
    with Desk(folder, profile=name, **sender) as desk:
        (passage,) = put(desk, request)
    assert passage.accepted == []
    (item,) = passage.quarantined
    return item.code, item.detail, item.item


def ignored(folder: Path, name: str, request: Request) -> str:
    """Why a request's one record has no use."""
    with Desk(folder, profile=name) as desk:
        (passage,) = put(desk, request)
    assert (passage.accepted, passage.quarantined, passage.ignored) == ([], [], 1)
    return str(passage.results[0]["detail"])


def said(item: Any) -> dict[str, Any]:
    """An item as a dict, without hashes and what is usual; JSON is read, times and money are texts."""
    row = {name: value for name, value in asdict(item).items() if value is not None and name not in HASHES}
    row = {name: value for name, value in row.items() if USUAL.get(name) != value}
    row |= {name: str(row[name]) for name in ("occurred_at", "stated_at") if name in row}
    row |= {name: str(row[name].normalize()) for name in ("revenue", "cost") if name in row}
    return row | {name: json.loads(row[name]) for name in ("click_ids", "properties") if name in row}


def sample(folder: Path, name: str) -> tuple[dict[str, Any], str]:
    """What a profile's sample says when it is sent at NOW, and its fresh number. It is a test, and warns of nothing."""
    request = filled(profile(name).sample, UNIX)
    found = NUMBER.search(request.query + request.body.decode())
    assert found is not None and request.headers[TEST_HEADER] == "1"
    with Desk(folder, profile=name) as desk:
        (passage,) = put(desk, request)
    (item,) = passage.accepted
    warnings = [each for each in passage.warnings if "user_agent: not stored" not in each]
    assert (passage.quarantined, passage.results, warnings) == ([], [], [])
    row = said(item)
    assert row.pop("traffic") == "test"
    return row, found[0]


def visitor(text: str) -> str:
    """A visitor as the desk's key hashes it."""
    return hmac.new(b"a key", text.encode(), hashlib.sha256).hexdigest()[:32]


def digest(*parts: str | None) -> str:
    """The id that a profile makes of several values."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def in_force(desk: Desk, *columns: str) -> list[tuple[Any, ...]]:
    """What counts of what was loaded, money as text."""
    desk.load()
    names = ", ".join(f"cast({name} as varchar)" if name in ("revenue", "cost") else name for name in columns)
    return desk.query(f"select {names} from ({IN_FORCE})")
