"""This module owns the promise that many nodes make the record that one machine would have made."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from archiving import HOUR, NOW, post_some, rows_of_record, seen_by_readers
from journaling import click
from nodes import Town, rows
from running import ROOT

from ingest.audit import sound
from ingest.audit.balance import balance
from ingest.nodes.audit import node_lines
from ingest.quarantine.replay import Wanted, chosen, replay

# Of one refused body in several deliveries the first one loaded stands in the quarantine; and which of two was told to
# be displaced says who came first. Neither is a number of anything that was accepted.
BY_ARRIVAL = {"displaced", "quarantine", "seen", "loads"}
GUIDE = (ROOT / "docs" / "nodes.md").read_text(encoding="utf-8")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path) as made:
        yield made


def sql(name: str, shared: Path) -> str:
    """A query of the guide, over this shared folder."""
    return GUIDE.partition(f"<!-- {name} -->\n```sql\n")[2].partition("```")[0].replace("/mnt/whichad", str(shared))


def an_hour(town: Town, hour: int) -> None:
    """Deliveries on both nodes, many of them the same again: retries that a balancer sent elsewhere; and a replay."""
    for number, name in enumerate(town.desks):
        post_some(town.desks[name], hour + number, 2)
        town.desks[name].post(click(f"only-{name}-{hour}"), click("contested", f"As {name} says {hour}"))
    wanted = chosen(town.b.journal_dir, Wanted())
    replay(town.node("b"), wanted[: 2 * hour], False, lambda _: None)


def at_once(town: Town) -> None:
    for hour in (1, 2):
        an_hour(town, hour)
    town.seal("b")
    town.seal("a")
    assert town.gather() == []


def hour_by_hour(town: Town) -> None:
    for hour in (1, 2, 3):
        an_hour(town, hour)
        for name in ("a", "b"):
            town.seal(name, NOW + hour * HOUR)
            assert town.gather(NOW + hour * HOUR) == []


def with_b_away(town: Town) -> None:
    for hour in (1, 2):
        an_hour(town, hour)
        town.seal("a", NOW + hour * HOUR)
        assert town.gather(NOW + hour * HOUR) == []
    town.seal("b", NOW + 4 * HOUR)
    assert town.gather(NOW + 4 * HOUR) == []


def in_any_order(town: Town) -> None:
    for hour in (1, 2, 3, 4):
        an_hour(town, hour)
        for what in random.Random(hour).choices([*"ab", "gather"], k=3):
            assert town.gather(NOW + hour * HOUR) == [] if what == "gather" else town.seal(what) is None
    town.seal("a")
    town.seal("b")
    assert town.gather(NOW + 5 * HOUR) == []


@pytest.mark.parametrize(
    "order",
    [at_once, with_b_away, *(pytest.param(each, marks=pytest.mark.long) for each in (hour_by_hour, in_any_order))],
)
def test_the_record_is_the_one_that_one_machine_makes_in_whatever_order_seals_arrive(
    town: Town, order: Callable[[Town], None]
) -> None:
    order(town)
    one, gathered = town.of_one_machine(), town.record()
    assert gathered["interactions"] and gathered["superseded"] and gathered["reports"]
    felt = set[str]() if order is at_once else BY_ARRIVAL
    assert {name: rows for name, rows in gathered.items() if name not in felt} == {
        name: rows for name, rows in one.items() if name not in felt
    }
    assert len(gathered["quarantine"]) == len(one["quarantine"])
    assert all(line.ok for line in node_lines(town.settings))
    assert sound([*balance(town.settings)]), [line for line in balance(town.settings) if not line.ok]
    if order is at_once:  # who reads all nodes by themselves counts the same, by the guide's query
        assert rows(sql("interactions of all nodes", town.shared)) == gathered["interactions"]
        next(town.settings.journal_dir.glob("*.sqlite")).unlink()
        assert not all(line.ok for line in node_lines(town.settings))
    if order is with_b_away:  # the archive holds each thing once, and makes the record again
        assert town.gather(NOW + 5 * HOUR) == []
        assert seen_by_readers(town.settings.data_dir) == rows_of_record(town.settings.record_path)
        town.settings.record_path.unlink()
        (said,) = town.gather()
        assert "rebuilt from the archive" in said and town.record() == gathered
