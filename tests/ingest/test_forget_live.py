"""This module owns forgetting beside a running door, and the command as people meet it."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from forgetting import CLICK, FBCLID, ORDER, SESSION, WHO, holding, others, theirs
from running import ROOT, Ingest, environment

from ingest.audit import sound
from ingest.audit.balance import balance
from ingest.visitors.key import visitor_hash

COMMAND = "import typer; from ingest.forgetting.command import forget; typer.run(forget)"
KILLS = 4
AT = int(time.time()) - 3600


def started(ingest: Ingest, *arguments: str, stdin: str | None = None) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments, "--config", str(ingest.config)],
        cwd=ROOT, env=environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ran(ingest: Ingest, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """The command to its end: exit code, stdout, stderr."""
    process = started(ingest, *arguments)
    out, err = process.communicate(stdin, timeout=120)
    return process.returncode, out, err


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    """A running door that has heard of the person, and of others."""
    with Ingest(tmp_path) as running:
        running.post(recent(theirs()))
        running.post(recent(others(1)))
        running.load()
        running.post(recent(theirs()))
        yield running


def recent(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items that happened a moment ago."""
    return [item | {"occurred_at": AT} for item in items]


def ids(ingest: Ingest) -> tuple[str, ...]:
    """What leads to the person, under the key that this door made."""
    key = (ingest.settings.data_dir / "visitor.key").read_bytes()
    return (WHO, FBCLID, CLICK, SESSION, ORDER, visitor_hash(key, WHO))


def test_a_person_is_forgotten_while_the_door_takes_deliveries(ingest: Ingest):
    ending, answers = threading.Event(), []

    def post() -> None:
        number = 10
        while not ending.is_set():
            answers.append(ingest.post(recent(others(number := number + 1))).status)

    thread = threading.Thread(target=post)
    thread.start()
    try:
        code, out, err = ran(ingest, WHO, "--yes", "--format", "json")
    finally:
        ending.set()
        thread.join()
    assert code == 0, err
    receipt = json.loads(out)
    assert receipt["erased"]["journal.deliveries"] == 2 and receipt["erased"]["record.interactions"] == 4
    assert set(answers) == {200}
    ingest.load()
    assert holding(ingest.settings.data_dir, ids(ingest)) == []
    assert sound(list(balance(ingest.settings)))
    assert holding(ingest.log.parent, (WHO,)) == []


@pytest.mark.long
def test_killed_at_any_moment_the_next_run_ends_it(ingest: Ingest):
    chance = random.Random(4)
    for _ in range(KILLS):
        process = started(ingest, WHO, "--yes")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.0 + 2.5 * chance.random())
            raise subprocess.TimeoutExpired("ended by itself", 0)
        process.kill()
        process.communicate()
    ran(ingest, WHO, "--yes")
    ingest.load()
    assert holding(ingest.settings.data_dir, ids(ingest)) == []
    assert ingest.query("select count(*) from interactions") == [(6,)]
    assert sound(list(balance(ingest.settings)))
    assert ran(ingest, WHO, "--yes")[0] == 1


def test_a_dry_run_changes_nothing_and_a_pipe_must_say_yes(ingest: Ingest):
    before = holding(ingest.settings.data_dir, ids(ingest))
    code, out, err = ran(ingest, WHO, "--dry-run", "--format", "csv")
    assert (code, "journal.deliveries,2" in out, "1 order numbers go, too" in err) == (0, True, True)
    code, _, err = ran(ingest, WHO)
    assert (code, "say --yes" in err) == (2, True)
    assert holding(ingest.settings.data_dir, ids(ingest)) == before


def test_an_id_nobody_knows_a_reason_that_names_one_and_nobody_at_all_are_refused(ingest: Ingest):
    assert ran(ingest, "nobody-of-this-name", "--yes")[0] == 1
    code, _, err = ran(ingest, WHO, "--yes", "--reason", f"{WHO} wrote to us")
    assert (code, "names the person" in err) == (2, True)
    assert ran(ingest)[0] == 2


def test_the_id_can_come_by_stdin_so_that_no_list_of_processes_shows_it(ingest: Ingest):
    code, out, _ = ran(ingest, "-", "--dry-run", "--format", "csv", stdin=f"{WHO}\n")
    assert (code, "journal.deliveries,2" in out) == (0, True)
