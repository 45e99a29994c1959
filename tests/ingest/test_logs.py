"""This module owns the promises of the log: sentences as ever for people, lines for machines, no flood, no price."""

import json
import logging
import sys
import timeit
from collections.abc import Iterator

import pytest
from running import Ingest

from ingest import logs
from ingest.logs import door
from ingest.logs.settings import Logs

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """A test that begins another log leaves none behind."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)
    logs.begin("", Logs())


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_people_read_sentences_and_no_events(capsys: pytest.CaptureFixture[str]):
    logs.begin("ingest", Logs())
    logs.say("ingest", "the senders stay as they were: no")
    logs.say("", "plain", "info")
    logs.event("accepted", "debug", delivery_id="1")
    logs.event("refused", code="x")
    assert capsys.readouterr().err == "ingest: the senders stay as they were: no\nplain\n"
    logs.begin("ingest", Logs(level="debug"))
    logs.event("refused", code="x", sender="")
    assert capsys.readouterr().err == "ingest: refused code=x sender=\n"
    logs.begin("ingest", Logs(level="error"))
    logs.say("ingest", "a warning")
    assert capsys.readouterr().err == ""


def test_machines_read_objects_and_what_libraries_say_too(capsys: pytest.CaptureFixture[str]):
    logs.begin("ingest", Logs(format="json"), worker="w1")
    logs.say("ingest", "a sentence with a \n break", "error")
    logs.event("accepted", "debug", delivery_id="1")
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("whichad.ingest").exception("a delivery broke ingest")
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    first, library, ended = told(capsys)
    assert (
        list(first) == ["time", "level", "part", "event", "worker"] and first["event"] == "a sentence with a \n break"
    )
    assert (library["event"], library["level"], library["logger"]) == (
        "a delivery broke ingest", "error", "whichad.ingest",
    )  # fmt: skip
    assert "ValueError: broken" in str(library["exception"]) and "ValueError: broken" in str(ended["exception"])


def test_a_flood_of_refusals_fills_no_disk_and_what_was_left_out_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    logs.begin("ingest", Logs(format="json"))
    now = [100.0]
    monkeypatch.setattr(door.time, "monotonic", lambda: now[0])
    for _ in range(1000):
        door.refused("", "sender_unknown", 0)
    assert len(told(capsys)) == door.LINES_A_SECOND
    now[0] += 1
    door.refused("", "sender_unknown", 0)
    (line,) = told(capsys)
    assert line["left_out"] == 1000 - door.LINES_A_SECOND


def test_at_the_default_level_a_delivery_asks_one_question_and_writes_nothing(capsys: pytest.CaptureFixture[str]):
    """No timing is asserted: a machine may be busy. `python tests/ingest/test_logs.py` prints what it takes."""
    logs.begin("ingest", Logs())
    door.taken(None)  # type: ignore[arg-type]  # nothing of a delivery is even looked at
    door.refused("shop", "bad_json", 1)
    assert capsys.readouterr().err == ""


def test_a_running_door_says_what_it_said_before(ingest: Ingest):
    before = len(ingest.log.read_text())
    ingest.post(CLICK)
    ingest.post(CLICK, "nobody")
    assert ingest.log.read_text()[before:] == ""
    assert "ingest: webhooks at http://127.0.0.1:" in ingest.log.read_text()


if __name__ == "__main__":
    taken = timeit.timeit(lambda: door.taken(None), number=1_000_000)  # type: ignore[arg-type]
    print(f"{taken * 1000:.0f} ns per accepted delivery at the default level")
