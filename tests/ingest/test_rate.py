"""This module owns the promises of the rate limits: never more than was allowed, by however many processes."""

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import ROOT, Ingest, environment

from ingest.door.rate_limit import Rates

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}


def test_a_burst_is_given_at_once_and_then_one_token_at_a_time(tmp_path: Path):
    rates = Rates(tmp_path / "rates")
    assert [rates.take("shop", 2.0, 3, 100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert [rates.take("shop", 2.0, 3, 100.5) for _ in range(2)] == [0, 0.5]
    assert [rates.take("shop", 2.0, 3, 200.0) for _ in range(4)] == [0, 0, 0, 0.5]  # a bucket does not overflow


def test_each_sender_has_its_own_bucket(tmp_path: Path):
    rates = Rates(tmp_path)
    assert [rates.take(name, 1.0, 1, 5.0) for name in ("a", "b", "a")] == [0, 0, 1]


STEPS = st.lists(st.floats(0, 5), min_size=1, max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0.01, 1000), st.integers(1, 20), STEPS, st.floats(0, 1e9))
def test_within_any_time_at_most_the_burst_and_the_rate_are_given(tmp_path: Path, rate, burst, steps, start):
    first, second = Rates(tmp_path), Rates(tmp_path)  # two workers
    (tmp_path / "shop").unlink(missing_ok=True)
    now, given_at = start, []
    for number, step in enumerate(steps):
        now += step / rate
        wait = (first, second)[number % 2].take("shop", rate, burst, now)
        assert 0 <= wait <= (1 + 1e-6) / rate + 1e-6 * (1 + now * 1e-6)
        if wait == 0:
            given_at.append(now)
    for index, begin in enumerate(given_at):
        for count, end in enumerate(given_at[index:], 1):
            assert count <= math.floor(burst + rate * (end - begin) + 1e-3 + rate * end * 1e-8)
    first.close()
    second.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0.01, 1000), st.integers(1, 20), st.integers(0, 40), st.floats(0, 1e6))
def test_who_waits_as_long_as_was_said_gets_a_token(tmp_path: Path, rate: float, burst: int, before: int, now: float):
    rates = Rates(tmp_path)
    (tmp_path / "shop").unlink(missing_ok=True)
    for _ in range(before):
        rates.take("shop", rate, burst, now)
    now += rates.take("shop", rate, burst, now)
    if before >= burst:
        assert rates.take("shop", rate, burst, now + 1e-6) == 0
    rates.close()


def test_a_clock_that_began_again_locks_nobody_out(tmp_path: Path):
    rates = Rates(tmp_path)
    for _ in range(5):
        rates.take("shop", 1.0, 5, 1e6)
    assert rates.take("shop", 1.0, 5, 3.0) <= 1
    assert rates.take("shop", 1.0, 5, 4.1) == 0


def test_a_folder_that_cannot_be_written_limits_nobody(tmp_path: Path):
    (tmp_path / "rates").write_text("a file")
    assert Rates(tmp_path / "rates").take("shop", 1.0, 1, 0.0) == 0


TAKER = """
import sys, time
from pathlib import Path
from ingest.door.rate_limit import Rates
rates, given, began = Rates(Path(sys.argv[1])), 0, time.monotonic()
print("began", flush=True)
while time.monotonic() < began + float(sys.argv[2]):
    given += rates.take("shop", 50.0, 20, time.monotonic()) == 0
print(given, began, time.monotonic())
"""


def taker(folder: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TAKER, str(folder), str(seconds)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "began\n"
    return process


def test_two_processes_share_a_bucket_and_one_that_is_killed_holds_nobody(tmp_path: Path):
    killed, others = taker(tmp_path, 60), [taker(tmp_path, 1.5) for _ in range(2)]
    time.sleep(0.5)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    found = [process.communicate(timeout=30)[0].split() for process in others]
    given_in_all = sum(int(given) for given, *_ in found)
    seconds = max(float(end) for *_, end in found) - min(float(began) for _, began, _ in found)
    assert 0 < given_in_all <= 20 + 50 * seconds + 1


def test_a_sender_over_its_rate_is_told_when_to_come_again(tmp_path: Path):
    with Ingest(tmp_path, {"shop": {"rate_per_second": 0.05, "rate_burst": 2}, "free": {}}, workers=2) as ingest:
        found = [ingest.post(CLICK | {"id": str(n)}) for n in range(4)]
        assert [answer.status for answer in found] == [200, 200, 429, 429]
        assert [found[3].code, 1 <= int(found[3].headers["retry-after"]) <= 20] == ["rate_limited", True]
        assert ingest.post(CLICK, headers={"webhook-signature": "v1,forged"}).status == 401  # and takes no token
        assert [ingest.post(CLICK, "free").status for _ in range(5)] == [200] * 5


@pytest.mark.parametrize("count", [3])
def test_a_restart_does_not_fill_the_bucket(tmp_path: Path, count: int):
    with Ingest(tmp_path, {"shop": {"rate_per_second": 0.001, "rate_burst": count}}) as ingest:
        assert [ingest.post(CLICK).status for _ in range(count)] == [200] * count
        ingest.stop()
        ingest.start()
        assert ingest.post(CLICK).status == 429
