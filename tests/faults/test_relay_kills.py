"""This module owns the proof that a killed relay loses nothing: what got a 200 arrives, at most some of it twice."""

import json
import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from journaling import until
from relaying import Got, Target
from running import Ingest

from ingest.listening.serve import RUN_FILE
from ingest.relaying.standing import standings

CLICK = {"type": "click", "occurred_at": "2026-01-05T08:00:00Z"}


def relay_pid(ingest: Ingest) -> int | None:
    """The relay process of a running ingest, None before there is one."""
    (pid,) = json.loads((ingest.settings.data_dir / RUN_FILE).read_text())["relay"] or [None]
    return pid


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.long
def test_killing_the_relay_in_the_middle_loses_nothing_and_what_comes_twice_has_the_same_receipt(tmp_path: Path):
    chance = random.Random(5)

    def moody(_: Got) -> tuple[int, dict[str, str]]:
        time.sleep(0.002)
        return (200 if chance.random() < 0.97 else 503), {}

    with Target(moody) as target:
        senders = {"shop": {"relay_to": target.url}, "other": {"relay_to": target.url}}
        with Ingest(tmp_path, senders, workers=2, segment_rows_max=150) as ingest:
            promised: dict[str, str] = {}
            done = threading.Event()

            def post(sender: str) -> None:
                number = 0
                while not done.is_set():
                    number += 1
                    item = CLICK | {"id": f"{sender}-{number}"}
                    answer = ingest.post(item, sender, message_id=f"{sender}-{number}")
                    assert answer.status == 200
                    promised[answer.headers["whichad-receipt"]] = item["id"]

            threads = [threading.Thread(target=post, args=(sender,)) for sender in senders]
            for thread in threads:
                thread.start()
            killed: set[int] = set()
            while len(killed) < 2:  # the third time the supervisor waits for five seconds
                until(lambda: relay_pid(ingest) not in (None, *killed), 30)
                arrived = len(target.got)
                until(lambda: len(target.got) > arrived + 20, 30)  # noqa: B023 (called before the next round)
                killed.add(relay_pid(ingest))
                kill(relay_pid(ingest))
            done.set()
            for thread in threads:
                thread.join(30)
            until(lambda: set(promised) <= set(target.receipts), 120)
            until(
                lambda: all((each.waiting, each.failed) == (0, 0) for each in standings(ingest.settings.data_dir)), 120
            )
    assert set(target.receipts) == set(promised)
    assert {json.loads(got.body)["id"] == promised[got.receipt] for got in target.got} == {True}


def test_killing_everything_loses_nothing(tmp_path: Path):
    with Target(lambda _: (500, {})) as target:
        with Ingest(tmp_path, {"shop": {"relay_to": target.url}}) as ingest:
            promised = [ingest.post(CLICK | {"id": str(n)}).headers["whichad-receipt"] for n in range(30)]
            until(lambda: relay_pid(ingest) is not None and len(target.got) > 0, 30)
            for pid in (relay_pid(ingest), *ingest.run_file["workers"], ingest.process.pid):
                kill(pid)
            ingest.process.wait()
            target.answer = lambda _: (200, {})
            ingest.start()
            promised.append(ingest.post(CLICK | {"id": "after"}).headers["whichad-receipt"])
            until(
                lambda: all(each.waiting == 0 and each.sent >= 31 for each in standings(ingest.settings.data_dir)), 60
            )
        assert set(promised) == set(target.receipts)
