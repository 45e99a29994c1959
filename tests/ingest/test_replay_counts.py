"""This module owns what replay promises of the counts: what is read again is free again, and counts once."""

from pathlib import Path
from typing import Any

import pytest
from journaling import Desk, click
from mending import Own

from ingest.audit.balance import balance
from ingest.config import IngestSettings, Sender
from ingest.quarantine.replay import Wanted, chosen, replay
from ingest.store import Record

COUNTS = (
    "select sum(items)::int, sum(accepted + new_versions)::int, sum(duplicates)::int, sum(quarantined)::int,"
    " sum(ignored)::int from loads"
)
ITEMS = """
[[items]]
when = {e = "PING"}
type = "ignore"
why = "A ping says nothing."
[[items]]
when = {e = "sale"}
type = "click"
[items.fields]
id = "i"
occurred_at = "TIME"
country = "country"
"""
AT = "at=2026-11-23T08:00:00Z"


class Counted(Own):
    """Where it reads the time, and what it takes for a ping, can be mended; its counts are looked at."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ITEMS, time="wrong", ping="ping")

    def mend(self, time: str = "at", ping: str = "ping") -> None:
        self.write(time=time, ping=ping)

    def take(self, *queries: str) -> None:
        for query in queries:
            self.get(query)

    def replay_sealed(self, **wanted: Any) -> None:
        self.desk.seal()
        self.replay(**wanted)

    def counts(self) -> tuple:
        (found,) = self.desk.query(COUNTS)
        return found

    def wrong(self) -> list[str]:
        return [line.what for line in balance(self.settings) if not line.ok]


@pytest.fixture
def own(tmp_path: Path) -> Counted:
    return Counted(tmp_path)


@pytest.mark.parametrize("together", [True, False])
def test_doubles_of_what_is_quarantined_and_ignored_are_free_again_after_a_replay(own: Counted, together: bool):
    for _ in range(3):
        own.take(f"e=sale&i=1&{AT}", "e=ping", f"e=sale&i=2&{AT}")
        if not together:
            own.desk.load()
    own.desk.load()
    assert own.counts() == (9, 0, 6, 2, 1) and own.wrong() == []
    own.mend()
    own.replay_sealed(sender="own")
    own.desk.load()
    assert own.counts() == (9, 2, 6, 0, 1) and own.wrong() == []
    assert own.desk.query("select count(*) from quarantine") == [(0,)]
    own.take(f"e=sale&i=1&{AT}", "e=ping")
    own.desk.load()
    assert own.counts() == (11, 2, 8, 0, 1) and own.wrong() == []


def test_what_was_ignored_by_mistake_is_free_again(own: Counted):
    own.mend(ping="sale")
    own.take(*[f"e=sale&i=1&{AT}"] * 2)
    own.desk.load()
    assert own.counts() == (2, 0, 1, 0, 1)
    own.mend()
    own.replay_sealed(sender="own")
    own.desk.load()
    assert own.counts() == (2, 1, 1, 0, 0) and own.wrong() == []


def test_a_quarantine_that_was_cut_does_not_hold_its_items_back(own: Counted):
    own.take(*[f"e=sale&i=1&{AT}"] * 2)
    own.desk.load()
    with Record(own.desk.record_path) as record:
        record.connection.execute("delete from quarantine")
    own.mend()
    own.replay_sealed(sender="own")
    own.desk.load()
    assert own.counts() == (2, 1, 1, 0, 0) and own.wrong() == []


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [("US", "DE"), ("DE", "US")])
def test_what_lost_its_key_is_free_again_whichever_came_first(own: Counted, order: tuple[str, str], together: bool):
    own.mend()
    for country in order:
        own.take(*[f"e=sale&i=1&country={country}&{AT}"] * 2)
        if not together:
            own.desk.load()
    own.desk.load()
    assert own.counts() == (4, 1, 2, 1, 0) and own.wrong() == []
    before = own.desk.query("select country, content_hash from interactions")
    own.replay_sealed(sender="own")
    own.desk.load()
    assert own.counts() == (4, 1, 2, 1, 0) and own.wrong() == []
    assert own.desk.query("select country, content_hash from interactions") == before
    assert own.desk.query("select count(*) from quarantine") == [(1,)]


def test_the_loser_alone_is_read_again_and_loses_again(own: Counted):
    own.mend()
    own.take(f"e=sale&i=1&country=US&{AT}", f"e=sale&i=1&country=DE&{AT}")
    own.desk.load()
    ((loser,),) = own.desk.query("select delivery_id from quarantine")
    for _ in range(2):
        own.replay_sealed(ids=frozenset({loser}))
        own.desk.load()
        assert own.counts() == (2, 1, 0, 1, 0) and own.wrong() == []
    assert own.desk.query("select disposition from quarantine") == [("replay",)]


def test_a_replay_that_is_loaded_before_its_original_takes_nothing_out(desk: Desk):
    desk.post(click("1"), click("2", occurred_at="soon"))
    desk.seal()
    settings = IngestSettings(data_dir=desk.data_dir, senders={"shop": Sender(secrets=("long-enough-for-a-secret",))})
    replay(settings, chosen(desk.journal_dir, Wanted(sender="shop")), False, lambda _n: None)
    (original,) = [path for path in desk.journal_dir.glob("*-w1-*-1.sqlite") if path.stat().st_size > 0][:1]
    aside = original.rename(original.with_suffix(".held"))
    desk.load()
    assert desk.query(COUNTS) == [(2, 1, 0, 1, 0)]
    aside.rename(original)
    desk.load()
    assert desk.query(COUNTS) == [(2, 1, 0, 1, 0)]
    assert [line.what for line in balance(settings) if not line.ok] == []
