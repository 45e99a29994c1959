"""This module owns the promise that the marts of many nodes are those of one machine that took everything."""

import shutil
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from journeys import NOW, START, Books, Item, item, journey, report, shown

from analytics.refresh import Refresher
from analytics.status.health import status
from analytics.verify import verify
from ingest.audit import sound
from ingest.nodes.audit import node_lines
from ingest.nodes.folder import Shared
from ingest.nodes.gathering import gather
from ingest.nodes.looping import Keeper
from ingest.nodes.settings import Nodes

CLICK = {"network": "facebook", "ad_id": "ad-1", "campaign_id": "c1", "click_id": "c", "visitor_id": "w"}


def world() -> list[Item]:
    """Journeys, money that is revised, reports that are restated, an id with two contents, a settlement."""
    found = [
        item("click", "1", **CLICK, referrerAdCreative=shown("A")),
        item("click", "1", **CLICK, referrerAdCreative=shown("B")),  # contests the key
        item("ad_click", "a", click_id="c", transaction_id="t", revenue="0.40"),
        item("revenue", "r", transaction_id="t", revenue="0.55", revenue_stage="final"),
        item("refund", "f", transaction_id="t", revenue="0.05"),
        {"type": "settlement", "day": START.date().isoformat(), "campaign_id": "c1", "revenue": "0.50"},
        *(report(START.date(), str(cost), ad_id="ad-1", stated=f"2026-11-21T0{cost}:00:00Z") for cost in (1, 2, 3)),
    ]
    for number, text in enumerate(("A B A => 30", "B => 12", "A", "B B => 5 -1", "A 3d B => 7")):
        found += journey(text, f"v{number}", START + timedelta(hours=number))
    return found


@pytest.mark.long  # the records are equal, row for row (tests/ingest/test_nodes.py)
def test_the_marts_of_two_nodes_are_those_of_one_machine_though_one_sealed_late(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    chance = Random(11)
    nodes = {name: Books(tmp_path / name, kind="arbitrage") for name in ("a", "b")}
    for each in world():
        for name in chance.sample(["a", "b"], chance.choice([1, 1, 2])):  # a third goes to both: a retry
            nodes[name].post(each)
    one = Books(tmp_path / "one", kind="arbitrage")
    one.settings.journal_dir.mkdir(parents=True)
    for name, books in nodes.items():
        books.close()
        for path in books.settings.journal_dir.glob("*.sqlite"):
            shutil.copy(path, one.settings.journal_dir)
        told = {"nodes": Nodes(shared=tmp_path / "shared", node=name)}
        books.settings = books.settings.model_copy(update=told)
    builder = Books(
        tmp_path / "builder", kind="arbitrage", nodes=Nodes(shared=tmp_path / "shared", gather=True, node="m")
    )

    assert Keeper(nodes["b"].settings).cycle(NOW, force=True) == []
    assert gather(builder.settings).wrong == []
    builder.load()  # a's deliveries were received first, and come last
    assert Keeper(nodes["a"].settings).cycle(NOW, force=True) == []
    outcome = Refresher(builder.settings).guarded_cycle(NOW, force=True)

    assert outcome.ok and outcome.version, outcome.sentence
    gathered, taken = builder.tables(), one.build().tables()
    assert gathered["facts_daily"] and gathered["credits"]
    assert [name for name in taken if gathered[name] != taken[name]] == []
    lines = [*verify(builder.settings)]
    assert sound(lines) and sum(line.part == "nodes" for line in lines) == 2, [line for line in lines if not line.ok]
    named = {finding.what: finding.detail for finding in status(builder.settings, NOW) if "node" in finding.what}
    assert sorted(named) == ["node a", "node b", "node m"] and named["node a"].startswith("seal 1 of 1, last heard")


def test_the_loop_of_a_machine_that_gathers_loads_what_nodes_sealed_and_sends_it_on(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    door = Books(tmp_path / "a", nodes=Nodes(shared=shared, node="a"))
    builder = Books(tmp_path / "builder", nodes=Nodes(shared=shared, gather=True, node="m"))
    door.post(*journey("A => 30"))
    door.close()
    assert Keeper(door.settings).cycle(NOW, force=True) == []
    done, wrong, _, received_to = Refresher(builder.settings)._loaded(True)
    assert (done.deliveries, wrong) == (1, []) and received_to is not None
    sent = Shared(shared).sent("m")
    assert sent is not None and sent.gathers and sum(file.rows for file in sent.archive.of("deliveries")) == 1
    assert [line.ok for line in node_lines(builder.settings)] == [True]
