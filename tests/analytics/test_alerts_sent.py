"""How events arrive: signed, in order, again where they failed, and never told twice for nothing."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from alerting import LOOPBACK, QUICK, answers, body, ids, lane, note, to, verified
from relaying import Target

from analytics.alerts import deliveries, endpoints, standing
from analytics.alerts.lane import Lane
from analytics.alerts.patience import SPECIFIED, next_at_ms
from analytics.alerts.store import now_ms, writing
from ingest.config import ConfigError

DAY_MS = 86_400_000


def until(found: Callable[[], object], seconds: float = 15) -> None:
    """Wait for something; bounded."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def tell(work: Lane, data: Path, done: Callable[[], object]) -> None:
    """Nudge a lane, as the process does, until something holds."""

    def nudged() -> object:
        work.nudge()
        return done()

    until(nudged)
    work.stop()
    work.join(10)


def nothing_waits(data: Path, endpoint: str | None = None) -> bool:
    return all(
        each.waiting == 0 for each in deliveries.standings(data).values() if endpoint in (None, each.endpoint_id)
    )


def test_an_event_arrives_signed_as_standard_webhooks_asks(tmp_path: Path):
    with Target() as target:
        endpoint = to(tmp_path, target)
        (event,) = note(tmp_path, 1)
        tell(lane(tmp_path, endpoint), tmp_path, lambda: nothing_waits(tmp_path))
    (got,) = target.got
    assert verified(got, endpoint.secrets[0]) == event.body
    assert set(event.body) == {"type", "timestamp", "data"}
    assert (got.headers["webhook-id"], got.headers["content-type"]) == (event.id, "application/json")
    with pytest.raises(Exception, match="signature"):
        verified(got, "whsec_" + "A" * 43 + "=")


def test_while_a_secret_is_rotated_either_verifies_and_later_only_the_new_one(tmp_path: Path):
    with Target() as target:
        old = to(tmp_path, target).secrets[0]
        new = endpoints.rotate(tmp_path, "team")
        note(tmp_path, 1)
        tell(lane(tmp_path, new), tmp_path, lambda: nothing_waits(tmp_path))
        assert verified(target.got[0], old) == verified(target.got[0], new.secrets[0])
        with writing(tmp_path) as store:
            store.execute("update secrets set until = 1 where until is not null")
        note(tmp_path, 1, first=1)
        tell(lane(tmp_path, new), tmp_path, lambda: nothing_waits(tmp_path))
    assert verified(target.got[1], new.secrets[0])
    with pytest.raises(Exception, match="signature"):
        verified(target.got[1], old)


def test_what_fails_is_tried_again_under_the_same_id_until_it_is_taken(tmp_path: Path):
    with Target(answers(500, 302, 404, 200)) as target:
        endpoint = to(tmp_path, target)
        (event,) = note(tmp_path, 1)
        tell(lane(tmp_path, endpoint), tmp_path, lambda: nothing_waits(tmp_path))
    assert ids(target) == [event.id] * 4
    log = deliveries.log(tmp_path, endpoint="team")
    assert [(each.status, each.ok, each.next_at is None) for each in reversed(log)] == [
        (500, False, False), (302, False, False), (404, False, False), (200, True, True)]  # fmt: skip
    assert {each.state for each in log} == {"delivered"}
    assert endpoints.named(tmp_path, "team").failing_since is None


def test_after_the_last_try_of_the_schedule_it_is_given_up_and_replay_brings_it_back(tmp_path: Path):
    with Target(answers(500)) as target:
        endpoint = to(tmp_path, target)
        (event,) = note(tmp_path, 1)
        tell(lane(tmp_path, endpoint), tmp_path, lambda: nothing_waits(tmp_path))
        assert len(target.got) == len(QUICK.steps) + 1
        assert deliveries.standings(tmp_path)[endpoint.id].given_up == 1
        target.answer = answers(200)
        assert deliveries.replay(tmp_path, event=event.id) == 1
        tell(lane(tmp_path, endpoint), tmp_path, lambda: nothing_waits(tmp_path))
    assert set(ids(target)) == {event.id}
    assert deliveries.log(tmp_path)[0].ok


def test_replay_since_a_moment_sends_what_each_endpoint_wants(tmp_path: Path):
    with Target() as target, Target() as other:
        all_of_it, some = to(tmp_path, target), to(tmp_path, other, "some", "data.stale")
        note(tmp_path, 2)
        (stale,) = note(tmp_path, 1, kind="data.stale")
        for each in (all_of_it, some):
            tell(lane(tmp_path, each), tmp_path, lambda own=each.id: nothing_waits(tmp_path, own))
        assert ids(other) == [stale.id]
        assert deliveries.replay(tmp_path, since_ms=0) == 4
        for each in (all_of_it, some):
            tell(lane(tmp_path, each), tmp_path, lambda own=each.id: nothing_waits(tmp_path, own))
    assert len(target.got) == 6
    assert ids(other) == [stale.id] * 2
    with pytest.raises(ConfigError, match="There is no event 'evt_x'"):
        deliveries.replay(tmp_path, event="evt_x")


def test_410_switches_an_endpoint_off_at_once_and_enabling_it_sends_what_waited(tmp_path: Path):
    with Target(answers(410, 200)) as target:
        endpoint = to(tmp_path, target)
        note(tmp_path, 2)
        work = lane(tmp_path, endpoint)
        tell(work, tmp_path, lambda: endpoints.named(tmp_path, "team").disabled_at)
        assert len(target.got) == 1
        assert deliveries.waiting_endpoints(tmp_path, now_ms()) == []
        (found,) = standing.findings(tmp_path)
        assert (found.ok, "410" in found.detail, "endpoints enable team" in found.hint) == (False, True, True)
        assert note(tmp_path, 1, first=7)  # seen, but not queued for who is switched off
        endpoints.enable(tmp_path, "team")
        tell(lane(tmp_path, endpoint), tmp_path, lambda: nothing_waits(tmp_path))
    assert sorted(body(got)["data"]["n"] for got in target.got[1:]) == [0, 1]


def test_days_of_failure_switch_an_endpoint_off_and_status_says_so(tmp_path: Path):
    with Target(answers(500)) as target:
        endpoint = to(tmp_path, target)
        note(tmp_path, 1)
        with writing(tmp_path) as store:
            store.execute("update endpoints set failing_since = ?", (now_ms() - 5 * DAY_MS - 1000,))
        (found,) = standing.findings(tmp_path)
        assert (found.ok, "has not taken anything for 120 h" in found.detail) == (False, True)
        tell(lane(tmp_path, endpoint), tmp_path, lambda: endpoints.named(tmp_path, "team").disabled_at)
    assert len(target.got) == 1
    assert "failed for 5 days" in endpoints.named(tmp_path, "team").disabled_why


def test_who_asks_to_be_left_alone_is_left_alone_with_all_that_waits(tmp_path: Path):
    with Target(answers((429, {"retry-after": "3600"}))) as target:
        endpoint = to(tmp_path, target)
        note(tmp_path, 3)
        work = lane(tmp_path, endpoint, replace(QUICK, steps=(0.05, 7200)))
        tell(work, tmp_path, lambda: deliveries.log(tmp_path))
        work.nudge()
    (attempt,) = deliveries.log(tmp_path)
    assert len(target.got) == 1
    assert attempt.next_at is not None and attempt.next_at - attempt.at > 3_500_000


def test_a_dead_endpoint_delays_no_other(tmp_path: Path):
    never = threading.Event()
    with Target(lambda _: (200 if never.wait(20) else 500, {})) as dead, Target() as alive:
        first, second = to(tmp_path, dead, "dead"), to(tmp_path, alive, "alive")
        note(tmp_path, 5)
        stuck = lane(tmp_path, first)
        stuck.nudge()
        tell(lane(tmp_path, second), tmp_path, lambda: len(alive.got) == 5)
        assert dead.got == []  # still at its first answer
        stuck.stop()
        never.set()
        stuck.join(10)


def test_an_answer_that_never_comes_ends_after_the_timeout(tmp_path: Path):
    never = threading.Event()
    with Target(lambda _: (200 if never.wait(20) else 500, {})) as target:
        endpoint = to(tmp_path, target)
        note(tmp_path, 1)
        tell(lane(tmp_path, endpoint, replace(QUICK, timeout=0.2, steps=())), tmp_path, lambda: nothing_waits(tmp_path))
        never.set()
    (attempt,) = deliveries.log(tmp_path)
    assert (attempt.ok, attempt.status, attempt.said) == (False, None, "it did not answer within 0.2 s")


def test_the_schedule_is_the_specifications():
    waits = [next_at_ms(replace(SPECIFIED, jitter=0), tries, 0, None) for tries in range(1, 11)]
    hour = 3_600_000
    assert waits == [5000, 300_000, hour // 2, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour, None]
    spread = {next_at_ms(SPECIFIED, 2, 0, None) for _ in range(20)}
    assert len(spread) > 1 and all(270_000 <= each <= 330_000 for each in spread if each)
    assert next_at_ms(SPECIFIED, 1, 0, 1e9) == 24 * hour  # a Retry-After is kept up to the longest wait


def test_what_was_told_and_cannot_be_written_down_is_not_told_again_and_again(tmp_path: Path):
    with Target() as target:
        endpoint = to(tmp_path, target)
        note(tmp_path, 1)
        with writing(tmp_path) as store:  # as a full disk does: what is read is read, nothing is written
            store.execute("create trigger full before insert on attempts begin select raise(abort, 'full'); end")
        narrated: list[str] = []
        work = Lane(tmp_path, endpoint.id, LOOPBACK, QUICK, narrated.append)
        work.nudge()
        until(lambda: len(narrated) > 1)  # it tried to write twice
        assert (len(target.got), deliveries.log(tmp_path)) == (1, [])
        with writing(tmp_path) as store:
            store.execute("drop trigger full")
        tell(work, tmp_path, lambda: nothing_waits(tmp_path))
    assert len(target.got) == len(deliveries.log(tmp_path)) == 1
