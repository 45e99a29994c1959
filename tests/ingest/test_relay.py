"""This module owns the relay's promises: what was answered 200 arrives at relay_to, the same, later if need be."""

import gzip
import json
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from journaling import Desk, until
from relaying import Target
from running import SECRET, Ingest, write_config

from analytics.config import AnalyticsSettings
from analytics.status.health import status
from ingest.config import IngestSettings, load
from ingest.door.request import Request
from ingest.journal import segments
from ingest.relaying.book import NAME, NEVER
from ingest.relaying.patience import Patience
from ingest.relaying.relay import Relay
from ingest.relaying.standing import put_back, relayed_up_to, standings

CLICK = {"id": "1", "type": "click", "occurred_at": "2026-01-05T08:00:00Z"}
TOKEN = "a-token-of-the-feed-0123456789"
FEED = {"profile": "tonic", "secrets": [TOKEN]}
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
QUICK = Patience(steps=(0.01, 0.02), pauses=(0.01, 0.05), give_up=3600, timeout=2)


def feed_query(number: int) -> str:
    return f"type=click&click_id=k{number}&text=Quiet%20SUVs+of%202026&empty=&plus=%2B&timestamp=1767600000"


def with_relay(ingest: Ingest, **urls: str) -> None:
    """Give running senders a relay_to."""
    text = ingest.config.read_text()
    for name, url in urls.items():
        text = text.replace(f"[senders.{name}]\n", f"[senders.{name}]\nrelay_to = {json.dumps(url)}\n")
    ingest.config.write_text(text)


def standing(settings: IngestSettings, sender: str = "shop"):
    return next((each for each in standings(settings.data_dir) if each.sender == sender), None)


@contextmanager
def relaying(folder: Path, patience: Patience = QUICK, **senders: dict) -> Iterator[IngestSettings]:
    """A relay in this process, with a patience of its own, on the journal of a folder."""
    settings = load(IngestSettings, write_config(folder, senders))
    relay, failed = Relay(settings, since=0, patience=patience), []
    os.utime(settings.config_path, (0, 0))  # the settings are older than every delivery

    def run() -> None:
        try:
            relay.run()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield settings
    finally:
        relay.stop()
        thread.join(20)
    assert failed == []


# ---- the same request, from the real ingest through its own relay process


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ingest, Target, Target]]:
    """An ingest whose senders `shop` and `feed` are relayed, to an address each."""
    with Target() as shop, Target() as feed:
        secret_url = feed.url.replace("://", "://me:pass%40word@") + "?key=own%20key"
        senders = {"shop": {"relay_to": shop.url}, "quiet": {}, "feed": {**FEED, "relay_to": secret_url}}
        with Ingest(tmp_path_factory.mktemp("both"), senders) as ingest:
            yield ingest, shop, feed


def test_a_post_arrives_byte_for_byte_with_its_signature_and_receipt(both: tuple[Ingest, Target, Target]):
    ingest, shop, _ = both
    body = gzip.compress(b'[ {"id":"p1", "type":"click","occurred_at":"2026-01-05T08:00:00Z"}\n]')
    answer = ingest.post(body, headers={"content-encoding": "gzip"}, message_id="msg_p1")
    until(lambda: any(got.headers.get("webhook-id") == "msg_p1" for got in shop.got))
    got = next(got for got in shop.got if got.headers.get("webhook-id") == "msg_p1")
    assert (got.method, got.path, got.body) == ("POST", "/postback", body)
    assert got.headers["content-type"] == "application/json" and got.headers["content-encoding"] == "gzip"
    assert got.headers["webhook-signature"].startswith("v1,") and got.headers["webhook-timestamp"].isdecimal()
    assert got.headers["whichad-relay"] == "1" and got.receipt == answer.headers["whichad-receipt"]


def test_a_get_arrives_with_its_query_after_the_target_s_own_and_without_our_token(both: tuple[Ingest, Target, Target]):
    ingest, _, feed = both
    query = feed_query(1)
    answer = ingest.request("GET", f"/webhooks/feed?{query}&token={TOKEN}")
    assert answer.status == 200
    until(lambda: answer.headers["whichad-receipt"] in feed.receipts)
    got = next(got for got in feed.got if got.receipt == answer.headers["whichad-receipt"])
    assert (got.method, got.path, got.body) == ("GET", f"/postback?key=own%20key&{query}", b"")
    assert got.headers["authorization"] == "Basic bWU6cGFzc0B3b3Jk"
    assert {"content-type", "content-length"} & got.headers.keys() == set()


def test_tests_refused_and_relayed_deliveries_stay_here(both: tuple[Ingest, Target, Target]):
    ingest, shop, feed = both
    ingest.post(CLICK | {"id": "t"}, headers={"whichad-test": "1"}, message_id="msg_t")
    ingest.post(CLICK | {"id": "l"}, headers={"whichad-relay": "1"}, message_id="msg_l")
    assert ingest.post(b"{", message_id="msg_d").status == 400
    ingest.post(CLICK | {"id": "q"}, "quiet", message_id="msg_q")
    ingest.post(CLICK | {"id": "end"}, message_id="msg_end")
    until(lambda: any(got.headers.get("webhook-id") == "msg_end" for got in shop.got))
    arrived = {got.headers.get("webhook-id") for got in (*shop.got, *feed.got)}
    assert not arrived & {"msg_t", "msg_l", "msg_d", "msg_q"}


def test_status_counts_and_nothing_shows_a_password(both: tuple[Ingest, Target, Target]):
    ingest, shop, feed = both
    receipt = ingest.post(CLICK | {"id": "s"}).headers["whichad-receipt"]
    until(lambda: receipt in shop.receipts)
    until(lambda: [each.sent for each in standings(ingest.settings.data_dir)] == [len(feed.got), len(shop.got)])
    rows = json.loads(ingest.run("relay", "status", "--format", "json").stdout)
    assert [(row["sender"], row["sent"], row["waiting"], row["failed"]) for row in rows] == [
        ("feed", len(feed.got), 0, 0), ("shop", len(shop.got), 0, 0),
    ]  # fmt: skip
    (finding,) = (
        each
        for each in status(load(AnalyticsSettings, ingest.config), datetime.now(UTC).replace(tzinfo=None))
        if each.what == "relay"
    )
    assert finding.ok and finding.detail == f"{len(shop.got) + len(feed.got)} sent, 0 waiting, 0 given up"
    said = ingest.log.read_text() + json.dumps(rows) + ingest.run("relay", "status").stdout
    stored = b"".join(path.read_bytes() for path in ingest.settings.data_dir.glob("relay.*"))
    for secret in ("pass", "own%20key", TOKEN, SECRET):
        assert secret not in said and secret.encode() not in stored
    files = list(ingest.settings.data_dir.glob(f"{NAME}*"))
    assert [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files] == [0] * len(files)


def test_deliveries_arrive_in_the_order_of_receipt(both: tuple[Ingest, Target, Target]):
    ingest, shop, _ = both
    wanted = [ingest.post(CLICK | {"id": f"o{n}"}).headers["whichad-receipt"] for n in range(40)]
    until(lambda: wanted[-1] in shop.receipts)
    assert [receipt for receipt in shop.receipts if receipt in set(wanted)] == wanted


def test_two_whichads_that_relay_to_each_other_do_not_go_round(tmp_path: Path):
    anybody = {"shop": {"auth": "none", "secrets": []}}
    with Ingest(tmp_path / "one", anybody) as one, Ingest(tmp_path / "two", anybody) as two:
        with_relay(one, shop=f"http://127.0.0.1:{two.port}/webhooks/shop")
        with_relay(two, shop=f"http://127.0.0.1:{one.port}/webhooks/shop")
        one.post(CLICK)
        until(lambda: (now := standing(one.settings)) is not None and now.sent == 1, 30)
        two.post(CLICK | {"id": "2"})
        until(lambda: (now := standing(two.settings)) is not None and now.sent == 1, 30)
        for ingest in (one, two):
            ingest.stop()  # what waits is waited for, so nothing is on its way any more
            assert ingest.load().deliveries == 2
            assert standing(ingest.settings).sent == 1


def test_a_sender_that_gets_a_relay_to_is_relayed_from_then_on_and_history_on_demand(tmp_path: Path):
    with Target() as target, Target() as other, Ingest(tmp_path, {"shop": {}, "late": {}}) as ingest:
        before = [ingest.post(CLICK | {"id": f"b{n}"}).headers["whichad-receipt"] for n in range(3)]
        assert not (ingest.settings.data_dir / NAME).exists()
        with_relay(ingest, shop=target.url)
        after = [ingest.post(CLICK | {"id": f"a{n}"}).headers["whichad-receipt"] for n in range(3)]
        until(lambda: len(target.got) == 3, 30)
        assert target.receipts == after
        history = [ingest.post(CLICK | {"id": f"h{n}"}, "late").headers["whichad-receipt"] for n in range(3)]
        with_relay(ingest, late=other.url)  # the relay runs already, and has read beyond
        last = ingest.post(CLICK | {"id": "z"}, "late").headers["whichad-receipt"]
        until(lambda: len(other.got) == 1)
        assert other.receipts == [last]
        assert ingest.run("relay", "retry", "shop", "--since", "2020-01-01").returncode == 0
        assert ingest.run("relay", "retry", "late", "--since", "2020-01-01").returncode == 0
        until(lambda: len(target.got) == 6 and len(other.got) == 4)
        assert (target.receipts, other.receipts) == (after + before, [last, *history])
        done = ingest.run("relay", "retry", "nobody")
        assert done.returncode == 2 and "has no relay_to" in done.stderr


# ---- a target in trouble, with a patience of our own


def test_what_waits_for_a_target_that_is_down_arrives_in_order_once_it_is_up(tmp_path: Path, desk: Desk):
    with Target() as taken:
        port = taken.port
    with relaying(tmp_path, shop={"relay_to": f"http://127.0.0.1:{port}/postback"}) as settings:
        for number in range(20):
            desk.post(CLICK | {"id": str(number)}, message_id=f"m{number}")
        until(lambda: (now := standing(settings)) is not None and now.waiting == 20 and now.last_error != "")
        assert standing(settings).last_error == "it refuses connections"
        with Target(port=port) as target:
            until(lambda: standing(settings).waiting == 0)
        assert [json.loads(got.body)[0]["id"] for got in target.got] == [str(number) for number in range(20)]


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_what_may_pass_is_tried_again(tmp_path: Path, desk: Desk, code: int):
    with (
        Target(lambda _: (code if len(target.got) < 4 else 204, {})) as target,
        relaying(tmp_path, shop={"relay_to": target.url}) as settings,
    ):
        desk.post(CLICK)
        until(lambda: (now := standing(settings)) is not None and now.sent == 1)
        assert len(target.got) == 5 and len(set(target.receipts)) == 1
        assert (standing(settings).waiting, standing(settings).failed) == (0, 0)


@pytest.mark.parametrize("code", [301, 302, 400, 401, 404, 410, 422])
def test_what_is_refused_is_given_up_at_once_kept_and_put_back_on_demand(tmp_path: Path, desk: Desk, code: int):
    answers = {"now": code}
    with (
        Target(lambda _: (answers["now"], {"location": "/elsewhere"})) as target,
        relaying(tmp_path, shop={"relay_to": target.url}) as settings,
    ):
        desk.post(CLICK)
        until(lambda: (now := standing(settings)) is not None and now.failed == 1)
        assert len(target.got) == 1 and str(code) in standing(settings).last_error
        answers["now"] = 200
        assert put_back(settings.data_dir, "shop") == 1
        until(lambda: standing(settings).sent == 1)
        assert [got.path for got in target.got] == ["/postback"] * 2 and standing(settings).failed == 0


def test_one_delivery_that_always_fails_does_not_hold_back_the_others_and_is_given_up_in_the_end(tmp_path, desk: Desk):
    patience = Patience(steps=(0.01,), pauses=(0.01,), give_up=0.5, timeout=2)
    with (
        Target(lambda got: (500 if b"poison" in got.body else 200, {})) as target,
        relaying(tmp_path, patience, shop={"relay_to": target.url}) as settings,
    ):
        desk.post(CLICK | {"id": "poison"})
        for number in range(10):
            desk.post(CLICK | {"id": str(number)})
        until(lambda: (now := standing(settings)) is not None and (now.sent, now.failed) == (10, 1))
        assert standing(settings).last_error == "it answered 500"


def test_a_target_that_is_away_for_too_long_makes_its_deliveries_given_up(tmp_path: Path, desk: Desk):
    with Target() as taken:
        url = taken.url
    patience = Patience(steps=(0.01,), pauses=(0.01,), give_up=0.3)
    with relaying(tmp_path, patience, shop={"relay_to": url}) as settings:
        desk.put(Request("POST", json.dumps(CLICK).encode(), {"content-type": "application/json"}), LONG_AGO)
        desk.put(Request("POST", json.dumps(CLICK).encode(), {"content-type": "application/json"}), LONG_AGO)
        until(lambda: (now := standing(settings)) is not None and now.failed == 2)


def test_a_retry_after_is_honoured_for_the_whole_target(tmp_path: Path, desk: Desk):
    with (
        Target(lambda _: (429, {"retry-after": "3000"})) as target,
        relaying(tmp_path, Patience(steps=(0.01, 3600)), shop={"relay_to": target.url}) as settings,
    ):
        for number in range(3):
            desk.post(CLICK | {"id": str(number)})
        until(lambda: (now := standing(settings)) is not None and now.waiting == 3 and "429" in now.last_error)
        with sqlite3.connect(settings.data_dir / NAME, timeout=10) as book:
            ((waited,),) = book.execute(
                "select (due_at - tried_first_at) / 1000000 from waiting where tries > 0"
            ).fetchall()
        assert waited == 3000 and len(target.got) == 1


def test_a_slow_target_does_not_hold_back_another_sender_s(tmp_path: Path, desk: Desk):
    release = threading.Event()

    def slowly(_: object) -> tuple[int, dict]:
        release.wait(20)
        return 200, {}

    senders = {"slow": {}, "shop": {}}
    with Target(slowly) as slow, Target() as quick:
        for name, target in (("slow", slow), ("shop", quick)):
            senders[name] = {"relay_to": target.url}
        with relaying(tmp_path, Patience(), **senders):
            desk.post(CLICK, sender="slow")
            for number in range(5):
                desk.post(CLICK | {"id": str(number)})
            until(lambda: len(quick.got) == 5)
            assert slow.got == []
            release.set()
            until(lambda: len(slow.got) == 1)


def test_a_target_that_never_answers_is_a_failure_of_the_delivery(tmp_path: Path, desk: Desk):
    release = threading.Event()
    patience = Patience(steps=(30,), pauses=(0.01,), timeout=0.2)

    def hangs(got) -> tuple[int, dict]:
        if b"poison" in got.body:
            release.wait(20)
        return 200, {}

    with Target(hangs) as target, relaying(tmp_path, patience, shop={"relay_to": target.url}) as settings:
        desk.post(CLICK | {"id": "poison"})
        desk.post(CLICK)
        until(lambda: (now := standing(settings)) is not None and (now.sent, now.waiting) == (1, 1))
        release.set()


# ---- the book and the journal


def test_the_relay_goes_on_where_it_was_and_says_what_may_be_deleted(tmp_path: Path, desk: Desk):
    answers = {"now": 500}
    patience = Patience(steps=(0.01,), pauses=(0.01,))
    with Target(lambda _: (answers["now"], {})) as target:
        for number in range(3):
            desk.post(CLICK | {"id": str(number)})
        (first,) = [path.name for path in segments(desk.journal_dir)]
        assert relayed_up_to(desk.data_dir, first) == NEVER  # nobody relays
        with relaying(tmp_path, patience, shop={"relay_to": target.url}) as settings:
            until(lambda: (now := standing(settings)) is not None and now.waiting == 3)
            assert relayed_up_to(settings.data_dir, first) == 0
            answers["now"] = 200
            until(lambda: standing(settings).sent == 3)
        assert relayed_up_to(settings.data_dir, first) == 3
        arrived = len(target.got)
        desk.seal()
        desk.post(CLICK | {"id": "later"})
        with relaying(tmp_path, patience, shop={"relay_to": target.url}) as settings:
            until(lambda: standing(settings).sent == 4)
            until(lambda: relayed_up_to(settings.data_dir, first) == NEVER)
        assert len(target.got) == arrived + 1
        assert relayed_up_to(settings.data_dir, "of another time.sqlite") == 0


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"no database at all" * 1000)])
def test_a_lost_book_is_said_and_relaying_begins_anew_without_a_flood(
    tmp_path: Path, desk: Desk, capsys: pytest.CaptureFixture[str], harm: Callable[[Path], object]
):
    with Target() as target:
        with relaying(tmp_path, shop={"relay_to": target.url}) as settings:
            desk.post(CLICK, message_id="before")
            until(lambda: len(target.got) == 1)
        harm(settings.data_dir / NAME)
        capsys.readouterr()
        now = time.time_ns() // 1000
        relay = Relay(settings, since=now)
        thread = threading.Thread(target=relay.run)
        thread.start()
        headers = {"content-type": "application/json", "webhook-id": "after"}
        desk.put(Request("POST", json.dumps(CLICK).encode(), headers), datetime.now(UTC) + timedelta(hours=1))
        until(lambda: len(target.got) == 2)
        relay.stop()
        thread.join(20)
        assert [got.headers["webhook-id"] for got in target.got] == ["before", "after"]
    assert "senders are relayed from now on; what came before is not sent again" in capsys.readouterr().err


def test_damage_is_said_and_the_rest_is_relayed(tmp_path: Path, desk: Desk, capsys: pytest.CaptureFixture[str]):
    for number in range(200):
        desk.post(CLICK | {"id": str(number), "term": "x" * 400})
    desk.seal()
    (path,) = segments(desk.journal_dir)
    raw = bytearray(path.read_bytes())
    raw[20 * 8192 : 21 * 8192] = b"\xff" * 8192  # one page
    path.write_bytes(bytes(raw))
    (tmp_path / "data/journal/never-a-segment.sqlite").write_bytes(b"garbage" * 3000)
    desk.post(CLICK | {"id": "later"}, message_id="later")
    with Target() as target, relaying(tmp_path, shop={"relay_to": target.url}):
        until(lambda: any(got.headers.get("webhook-id") == "later" for got in target.got) and len(target.got) > 150)
        until(lambda: relayed_up_to(tmp_path / "data", path.name) == NEVER)
    said = capsys.readouterr().err
    assert f"{path.name} is damaged" in said and f"{path.name} lost rows" in said
    assert "never-a-segment.sqlite is damaged" in said
    assert 150 < len(target.got) < 201


def test_a_body_that_was_removed_or_changed_is_not_sent(tmp_path: Path, desk: Desk):
    with Target() as taken:
        port = taken.port
    with relaying(tmp_path, shop={"relay_to": f"http://127.0.0.1:{port}/"}) as settings:
        for number in range(3):
            desk.post(CLICK | {"id": str(number)})
        until(lambda: (now := standing(settings)) is not None and now.waiting == 3)
        (path,) = segments(desk.journal_dir)
        with sqlite3.connect(path, timeout=10) as journal:
            journal.execute("update deliveries set body = null where row = 1")
            journal.execute("update deliveries set body = x'00' where row = 2")
        with Target(port=port) as target:
            until(lambda: standing(settings).waiting == 0)
        assert (standing(settings).failed, [json.loads(got.body)[0]["id"] for got in target.got]) == (2, ["2"])
