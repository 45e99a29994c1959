"""kill -9 in the middle of telling: every event arrives at least once, under its own id, and no other does."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from alerting import body, ids, note, to, verified
from relaying import Got, Target
from running import ROOT, environment

from analytics.alerts import deliveries

EVENTS, KILLS_AFTER = 50, (1, 12, 33)
CONFIG = '[alerts]\nallow_private = ["127.0.0.0/8"]\n'


def start(config: Path, log: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "analytics", "alerts", "run", "--config", str(config)]
    with log.open("ab") as out:
        return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=out, stderr=out)


def wait_for(found: Callable[[], object], log: Path, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.002)


def test_every_event_arrives_however_often_the_process_is_killed(tmp_path: Path):
    config, log, data = tmp_path / "whichad.toml", tmp_path / "log", tmp_path / "data"
    config.write_text(CONFIG)
    with Target() as target:
        endpoint = to(data, target)
        made = note(data, EVENTS)
        for at in KILLS_AFTER:
            process = start(config, log)
            wait_for(lambda at=at: len(target.got) >= at, log)
            process.kill()
            assert process.wait(10) == -signal.SIGKILL
        process = start(config, log)
        wait_for(lambda: deliveries.standings(data)[endpoint.id].waiting == 0, log)
        process.terminate()
        assert process.wait(30) == 0
    came = Counter(ids(target))
    assert set(came) == {each.id for each in made}
    assert sum(came.values()) - EVENTS <= len(KILLS_AFTER)  # only what was on its way comes twice
    by_id = {each.id: each for each in made}
    for got in target.got:
        assert verified(got, endpoint.secrets[0]) == by_id[got.headers["webhook-id"]].body
    taken = Counter(each.event_id for each in deliveries.log(data, limit=10 * EVENTS) if each.ok)
    assert set(taken) == set(came) and max(taken.values()) == 1


def test_a_second_process_on_the_same_data_waits_for_the_end_of_the_first(tmp_path: Path):
    config, log, other, data = tmp_path / "whichad.toml", tmp_path / "log", tmp_path / "other", tmp_path / "data"
    config.write_text(CONFIG)
    with Target() as target:
        to(data, target)
        first = start(config, log)
        note(data, 1)
        wait_for(lambda: len(target.got) == 1, log)
        second = start(config, other)
        wait_for(lambda: f"pid {first.pid}" in other.read_text(), other)
        os.kill(first.pid, signal.SIGKILL)
        first.wait(10)
        note(data, 1, first=1)
        wait_for(lambda: len(target.got) == 2, other)
        second.terminate()
        assert second.wait(30) == 0
    assert [body(got)["data"]["n"] for got in target.got] == [0, 1]


def test_asked_to_stop_it_ends_after_the_answer_that_is_on_its_way(tmp_path: Path):
    config, log, data = tmp_path / "whichad.toml", tmp_path / "log", tmp_path / "data"
    config.write_text(CONFIG)
    asked: list[Got] = []

    def slowly(got: Got) -> tuple[int, dict[str, str]]:
        asked.append(got)
        time.sleep(1.0)
        return 200, {}

    with Target(slowly) as target:
        endpoint = to(data, target)
        note(data, 3)
        process = start(config, log)
        wait_for(lambda: asked, log)
        process.terminate()
        assert process.wait(30) == 0
    standing = deliveries.standings(data)[endpoint.id]
    assert (standing.delivered, standing.waiting) == (1, 2)
