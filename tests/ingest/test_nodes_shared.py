"""This module owns the promises of the shared folder: nothing is read half, nobody writes over another."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from archiving import DAY, HOUR, NOW
from journaling import click
from nodes import Town

from ingest.archive.layout import ArchiveError
from ingest.journal import segments
from ingest.nodes.arriving import Arrivals, segment_path
from ingest.nodes.audit import node_lines
from ingest.nodes.folder import Shared, paths
from ingest.nodes.looping import Keeper
from ingest.nodes.noted import NAME, read
from ingest.nodes.sending import send
from ingest.nodes.standing import standings
from ingest.segments.segment import SegmentReader
from ingest.visitors.key import KEY_NAME

CLICKS = "select count(*) from interactions"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path) as made:
        yield made


def test_what_is_not_whole_is_looked_for_again_and_never_half_gathered(town: Town) -> None:
    for n in range(3):
        town.a.post(click(str(n)))
    town.seal("a")
    sent = Shared(town.shared).sent("a")
    (path,) = paths(Shared(town.shared), sent, "deliveries")
    whole = path.read_bytes()
    for damage in (lambda: path.write_bytes(whole[:-1]), path.unlink):
        damage()
        (said,) = town.gather()
        assert "node a is gathered up to its seal 0 of 1: its file deliveries/" in said
        assert town.query(CLICKS) == [(0,)]
        assert [each.ok for each in standings(town.settings, NOW + HOUR)] == [False, True]
    path.write_bytes(whole)
    path.with_name("9.parquet.new").write_bytes(b"half a copy")
    path.with_name("9.parquet").write_bytes(b"of a seal that the manifest does not name yet")
    assert town.gather() == [] and town.query(CLICKS) == [(3,)]
    (path.parents[3] / "manifest.json").write_text("half")
    town.b.post(click("b"))
    town.seal("b")
    (said,) = town.gather()
    assert "manifest.json cannot be read" in said and town.query(CLICKS) == [(4,)]  # b is held up by nobody


def test_a_row_that_was_damaged_when_its_node_sealed_it_is_loaded_once_it_comes(town: Town) -> None:
    for n in range(5):
        town.a.post(click(str(n)))
    town.a.seal()
    (path,) = segments(town.a.journal_dir)[:1]
    with SegmentReader(path) as reader:
        first, second, _, fourth, _ = reader.after(0, 9)
    town.settings.journal_dir.mkdir(parents=True)
    with Arrivals(town.settings.journal_dir / path.name) as arrivals:
        assert arrivals.add([first, second, fourth]) == 3
    (said,) = town.gather()
    assert "does not go on from row 2 to row 4" in said
    town.seal("a")
    assert town.gather() == [] and sorted(town.query("select id from interactions")) == [(str(n),) for n in range(5)]
    assert all(line.ok for line in node_lines(town.settings))


def test_a_name_in_the_shared_folder_leads_nowhere_else(town: Town) -> None:
    town.a.post(click("1"))
    town.seal("a")
    manifest = town.shared / "nodes/a/manifest.json"
    told = manifest.read_text()
    for name in ("../../a/data/visitor.key", "/etc/passwd", "deliveries/received_day=2026-11-23/../1.parquet"):
        manifest.write_text(told.replace('"dropped": []', json.dumps({"dropped": [[name, "2026-01-01"]]})[1:-1]))
        assert "is no file of an archive" in town.gather()[0]
        assert "is no file of an archive" in Keeper(town.node("a")).cycle(NOW + 9 * HOUR, force=True)[0]
    for name in ("../a.sqlite", "/a.sqlite", ".sqlite", "a.sqlite/b"):
        with pytest.raises(ArchiveError, match="is no name of a segment"):
            segment_path(town.settings.journal_dir, name)


def test_two_data_folders_under_one_name_never_write_over_each_other(town: Town) -> None:
    for name in ("a", "b"):
        town.desks[name].post(click(name))
        town.desks[name].seal()
    town.seal("a")
    (said,) = Keeper(town.node("b", called="a")).cycle(NOW + HOUR, force=True)
    assert "sent from another data folder" in said and "Give this one a name of its own" in said
    older = shutil.copytree(town.a.data_dir, town.folder / "older")
    town.a.post(click("later"))
    town.seal("a", NOW + 2 * HOUR)
    shutil.rmtree(town.a.data_dir)
    shutil.move(older, town.a.data_dir)
    with pytest.raises(ArchiveError, match="or from a later state of this one"):
        send(town.node("a"), NOW + 3 * HOUR)
    send(town.node("a", called="a2"), NOW + 3 * HOUR)  # all it holds comes again, and counts once
    town.seal("b")
    assert town.gather() == [] and town.query(CLICKS) == [(3,)]


def test_a_node_whose_visitors_would_be_others_is_named_and_not_gathered(town: Town) -> None:
    for name in ("a", "b"):
        (town.desks[name].data_dir / KEY_NAME).write_text(f"key of {name}")
        town.desks[name].post(click(name))
        town.seal(name)
    (said,) = town.gather()
    assert (
        "node b is not gathered, for its visitor.key is not the one that the other nodes have" in said
        and "one key" in said
    )
    assert town.query("select id from interactions") == [("a",)]
    shutil.copy(town.a.data_dir / KEY_NAME, town.b.data_dir / KEY_NAME)
    town.seal("b", NOW + 2 * HOUR)
    assert town.gather() == [] and town.query(CLICKS) == [(2,)]


def test_who_is_silent_and_up_to_when_the_numbers_are_whole_is_said(town: Town) -> None:
    town.a.post(click("1"))
    for name in ("a", "b"):
        town.seal(name, NOW.replace(minute=10))
    town.seal("a", NOW + 5 * HOUR)
    town.gather()
    a, b, numbers = standings(town.settings, NOW + 5 * HOUR + timedelta(minutes=1))
    assert (a.ok, a.detail) == (True, "seal 1 of 1, last heard 1 min ago, whole up to 2026-11-23 14:00 UTC (1 min ago)")
    assert (b.ok, b.detail) == (
        False, "is silent; seal 0 of 0, last heard 4 h 51 min ago, whole up to 2026-11-23 09:10 UTC (4 h 51 min ago)",
    )  # fmt: skip
    assert "whichad ingest nodes send" in b.hint
    told = town.settings.model_copy(update={"nodes": town.settings.nodes.model_copy(update={"retired": ("b",)})})
    assert [each.ok for each in standings(told, NOW + 5 * HOUR)] == [True, True, True]
    assert numbers.detail == "whole up to 2026-11-23 09:10 UTC (4 h 51 min ago) over all nodes; b is furthest behind"
    (own,) = standings(town.node("a"), NOW + 5 * HOUR)
    assert own.detail == "sent just now, seal 1, whole up to 2026-11-23 14:00 UTC (just now)"


def test_a_shared_folder_that_is_away_holds_up_nobody_and_is_named(town: Town) -> None:
    town.a.post(click("1"))
    town.seal("a")
    town.gather()
    town.shared.rename(town.folder / "unmounted")
    town.a.post(click("2"))
    town.a.seal()
    for make, undo in ((town.shared.touch, town.shared.unlink), (town.shared.mkdir, town.shared.rmdir)):
        make()  # what a mount point may be that nothing is mounted at
        (said,) = Keeper(town.node("a")).cycle(NOW + 2 * HOUR, force=True)
        assert said.startswith("nothing is sent to the shared folder: ") and "Is it mounted" in said
        assert not next(standings(town.node("a"), NOW + 2 * HOUR)).ok
        (said,) = town.gather()
        assert "Is it mounted" in said and town.query(CLICKS) == [(1,)]
        undo()
    (town.folder / "unmounted").rename(town.shared)
    town.seal("a", NOW + 3 * HOUR)
    assert town.gather() == [] and town.query(CLICKS) == [(2,)]
    shutil.rmtree(town.shared / "nodes")  # lost: each node's disk has it all
    assert Keeper(town.node("a")).cycle(NOW + 4 * HOUR, force=True, anew=True) == []
    (town.settings.data_dir / NAME).unlink()
    assert town.gather() == [] and town.query(CLICKS) == [(2,)]


def test_what_is_let_go_of_here_may_still_grow_there_and_what_is_noted_may_be_lost(tmp_path: Path) -> None:
    with Town(tmp_path, raw_days=0) as town:
        town.a.post(click("1"))
        assert Keeper(town.node("a")).cycle(NOW, force=True) == []  # its segment is open
        assert town.gather(NOW + 2 * DAY) == [] and town.gather(NOW + 4 * DAY) == []
        assert len([*town.settings.journal_dir.glob("*.sqlite")]) == 1  # old, and not ended: more may come
        town.a.post(click("2"))
        town.a.journal.count_refusal("shop", "signature_wrong", 10)
        town.seal("a", NOW + 5 * DAY)
        town.a.journal.count_refusal("shop", "signature_wrong", 10)  # in a segment of its own
        town.seal("a", NOW + 5 * DAY)
        for day in (5, 6, 8):
            assert town.gather(NOW + day * DAY) == []
        assert [*town.settings.journal_dir.glob("*.sqlite")] == [] and read(town.settings.data_dir).of(
            "a"
        ).unended == []
        before = town.record()
        assert sum(row[3] for row in before["refusals"]) == 2
        (town.settings.data_dir / NAME).unlink()
        assert town.gather() == [] and not [*town.settings.journal_dir.glob("*.sqlite")]  # our own archive has it
        assert town.gather(NOW + 9 * DAY) == [] and town.record() == before
        assert all(line.ok for line in node_lines(town.settings)) and town.query(CLICKS) == [(2,)]


@pytest.mark.long
def test_old_days_are_kept_until_they_are_sent_and_what_was_compacted_lies_there_for_a_while(tmp_path: Path) -> None:
    with Town(tmp_path, archive_days=30, raw_days=1) as town:
        for hour in (1, 2):
            town.a.post(click(str(hour)))
            town.seal("a", NOW + hour * HOUR)
        town.shared.rename(town.folder / "unmounted")
        town.shared.write_text("")
        town.a.post(click("3"))
        town.a.seal()
        keeper = Keeper(town.node("a"))
        assert len(keeper.cycle(NOW + 50 * DAY, force=True)) == 1 and len(keeper.cycle(NOW + 51 * DAY, force=True)) == 1
        town.shared.unlink()
        (town.folder / "unmounted").rename(town.shared)
        town.seal("a", NOW + 52 * DAY)
        sent = Shared(town.shared).sent("a")
        assert len(sent.archive.of("deliveries")) == 1 and len(sent.dropped) >= 2  # the day is one file now
        assert town.gather() == [] and town.query(CLICKS) == [(3,)]
        town.seal("a", NOW + 53 * DAY)
        town.seal("a", NOW + 54 * DAY)
        there = [
            path.relative_to(town.shared / "nodes/a/files") for path in (town.shared / "nodes/a/files").glob("*/*/*")
        ]
        assert sorted(there) == sorted(file.path for file in Shared(town.shared).sent("a").archive.files)
        assert town.gather() == [] and town.query(CLICKS) == [(3,)]
