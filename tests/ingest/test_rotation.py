"""This module owns the rotation drill and the replay window: a secret changes under traffic, a repeat counts once."""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from journaling import Desk, click, start, until
from running import Answer, Ingest, refused, signed

from ingest.signature import new_secret

OLD, NEW = new_secret(b"old-one-" * 4), new_secret(b"new-one-" * 4)
SCHEMES = {
    "signed": ("standard", OLD, NEW),
    "token": ("voluum", "the-old-token-0123456789", "the-new-token-0123456789"),
}
CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}
ENOUGH = 30  # requests of each sender in each phase


class Platform:
    """Posts without a pause, in threads, with the keys it was told to use; writes down every answer."""

    def __init__(self, ingest: Ingest, profile: str, key: str) -> None:
        self.ingest, self.profile, self.keys = ingest, profile, (key,)
        self.answered: list[tuple[str, int]] = []
        self._numbers, self._over = itertools.count(1), False

    @contextmanager
    def posting(self, threads: int = 2) -> Iterator[None]:
        """Post until the end of the block."""
        working = [start(self._post_on) for _ in range(threads)]
        try:
            yield
        finally:
            self._over = True
            for thread in working:
                thread.join()

    def post(self, key: str) -> int:
        """One delivery that was never sent before."""
        number = next(self._numbers)
        if self.profile == "standard":
            return self.ingest.post(CLICK | {"id": f"r{number}"}, secret=key).status
        query = f"token={key}&clickid=c{number}&payout=1.5&currency=USD&txid=t{number}"
        return self.ingest.request("GET", f"/webhooks/shop?{query}").status

    def _post_on(self) -> None:
        while not self._over:
            for key in self.keys:
                self.answered.append((key, self.post(key)))

    def posts_on(self) -> None:
        """Wait until enough was sent from now on."""
        reached = len(self.answered) + ENOUGH
        until(lambda: len(self.answered) >= reached, 30)


@pytest.mark.parametrize("name", ["signed", pytest.param("token", marks=pytest.mark.long)])
def test_a_secret_is_rotated_under_traffic_and_no_honest_request_is_refused(tmp_path: Path, name: str):
    profile, old, new = SCHEMES[name]
    files = {"old": tmp_path / "secrets" / "old", "new": tmp_path / "secrets" / "new"}
    files["old"].parent.mkdir()
    files["old"].write_text(old, encoding="utf-8")
    sender = {"profile": profile, "secrets": ["file:secrets/old"]}
    with Ingest(tmp_path, {"shop": sender}, workers=2) as ingest:
        began, platform = ingest.run_file, Platform(ingest, profile, old)
        with platform.posting():
            platform.posts_on()
            files["new"].write_text(new, encoding="utf-8")
            put(ingest, '["file:secrets/new", "file:secrets/old"]')
            until(lambda: all(platform.post(new) == 200 for _ in range(12)), 20)  # by every worker
            platform.keys = (old, new)  # the platform's own machines do not change at one moment
            platform.posts_on()
            platform.keys = (new,)
            platform.posts_on()
            put(ingest, '["file:secrets/new"]')
            until(lambda: all(platform.post(old) == 401 for _ in range(12)), 20)
            platform.posts_on()
        assert {status for _, status in platform.answered} == {200}
        assert {key for key, _ in platform.answered} == {old, new}
        assert [platform.post(old) for _ in range(4)] == [401] * 4
        now = json.loads((ingest.settings.data_dir / "ingest.json").read_text(encoding="utf-8"))
        assert now == began and ingest.run_file["workers"] == now["workers"]
        ingest.stop()
        assert ingest.load().damaged == []
        ((loaded,),) = ingest.query("select count(*) from interactions")
        assert loaded >= len(platform.answered)
        kept = b"".join(path.read_bytes() for path in ingest.settings.journal_dir.glob("*.sqlite"))
        assert not any(secret.encode() in kept for secret in (old, new))


def put(ingest: Ingest, secrets: str) -> None:
    """Change the sender's secrets as an editor does that saves aside and renames."""
    lines = ingest.config.read_text(encoding="utf-8").splitlines()
    text = "\n".join(f"secrets = {secrets}" if line.startswith("secrets") else line for line in lines) + "\n"
    aside = ingest.config.with_suffix(".new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(ingest.config)


def sent(ingest: Ingest, seconds: float, body: bytes = json.dumps(CLICK).encode(), sender: str = "shop") -> Answer:
    """A delivery that was signed `seconds` from now."""
    return ingest.request("POST", f"/webhooks/{sender}", body, signed(body, at=time.time() + seconds))


@pytest.mark.parametrize("seconds", [-290, -10, 0, 10, 290])
def test_a_clock_that_is_a_little_off_is_fine(ingest: Ingest, seconds: float):
    assert sent(ingest, seconds).status == 200


@pytest.mark.parametrize("seconds", [-302, -86_400, 310, 86_400, 1e10])
def test_outside_the_window_a_true_signature_is_refused_in_both_directions(ingest: Ingest, seconds: float):
    refused(sent(ingest, seconds), 401, "timestamp_stale")


def test_a_request_that_is_repeated_in_the_window_counts_once(fresh_ingest: Ingest):
    body = json.dumps(CLICK | {"id": "replayed", "type": "conversion", "revenue": "9.99"}).encode()
    headers = signed(body)
    statuses = [fresh_ingest.request("POST", "/webhooks/shop", body, headers).status for _ in range(20)]
    elsewhere = fresh_ingest.request("POST", "/webhooks/lenient", body, headers).status  # has the same secret here
    fresh_ingest.stop()
    fresh_ingest.load()
    assert statuses == [200] * 20 and elsewhere == 200
    assert fresh_ingest.query("select sender, revenue::varchar from interactions order by 1") == [
        ("lenient", "9.990000"), ("shop", "9.990000"),
    ]  # fmt: skip
    assert fresh_ingest.query("select sum(duplicates)::int from loads") == [(19,)]


def test_a_request_to_one_sender_is_none_to_another_with_its_own_secret(tmp_path: Path):
    with Ingest(tmp_path, {"shop": {}, "other": {"secrets": [NEW]}}) as ingest:
        assert sent(ingest, 0).status == 200
        refused(sent(ingest, 0, sender="other"), 401, "signature_wrong")


MONEY: list[dict[str, Any]] = [
    {"type": "conversion", "id": "c", "occurred_at": "2026-11-23T08:00:00Z", "transaction_id": "t"},
    {
        "type": "revenue",
        "id": "c",
        "occurred_at": "2026-11-23T08:00:00Z",
        "transaction_id": "t",
        "revenue_stage": "final",
    },
    {"type": "report", "day": "2026-11-22", "level": "ad", "ad_id": "a"},
    {"type": "settlement", "day": "2026-11-22", "offer_id": "o"},
]


@pytest.mark.parametrize("item", MONEY, ids=lambda item: str(item["type"]))
def test_an_old_version_of_money_that_is_replayed_changes_nothing(desk: Desk, item: dict[str, Any]):
    field = "cost" if item["type"] == "report" else "revenue"
    table = {"report": "reports", "settlement": "settlements"}.get(item["type"], "interactions")
    for amount, message_id in (("5.00", "msg_1"), ("1.00", "msg_2"), ("5.00", "msg_1")):
        desk.post(item | {field: amount}, message_id=message_id)
        desk.seal()
        desk.load()
    assert desk.query(f"select {field}::varchar from {table} order by received_at") == [("5.000000",), ("1.000000",)]


def test_a_replay_by_a_second_thief_while_the_first_is_loaded_counts_once(desk: Desk):
    desk.post(click("1"))
    threads = [threading.Thread(target=desk.post, args=(click("1"),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    desk.load()
    for thread in threads:
        thread.join()
    desk.seal()
    desk.load()
    assert desk.query("select count(*) from interactions") == [(1,)]
