"""This module owns the promise of forgetting over nodes: done everywhere, no file anywhere holds the person."""

from pathlib import Path

import duckdb
import pytest
from archiving import HOUR, NOW
from journaling import click
from nodes import Town

from ingest.config import IngestSettings
from ingest.forgetting import erase
from ingest.nodes.looping import Keeper
from ingest.nodes.standing import forget_where
from ingest.visitors.key import KEY_NAME

PERSON = "click-of-the-person"


def holds(folder: Path) -> list[str]:
    """The files under a folder in which the person's click stands as it came, in Parquet, SQLite or DuckDB."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            text = str(duckdb.connect().execute("select * from read_parquet(?)", [str(path)]).fetchall())
        elif path.is_file() and path.suffix in (".sqlite", ".json", ".duckdb"):
            text = path.read_bytes().decode("latin-1")
        else:
            continue
        if PERSON in text:
            found.append(path.name)
    return found


@pytest.mark.long
def test_a_person_who_is_forgotten_on_every_node_and_where_it_is_built_is_nowhere(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        for name in ("a", "b"):
            (town.desks[name].data_dir / KEY_NAME).write_text("a key")
            town.desks[name].post(click(f"1-{name}", click_id=PERSON, visitor_id="v1"), click(f"2-{name}"))
            town.seal(name)
        (town.settings.data_dir).mkdir(parents=True, exist_ok=True)
        (town.settings.data_dir / KEY_NAME).write_text("a key")
        assert town.gather(NOW + HOUR) == []
        assert "Of the nodes (a, b) each has" in forget_where(town.settings)
        assert "Run the same on every other node" in forget_where(town.node("a"))
        for name in ("a", "b"):
            town.desks[name].seal()
            town.desks[name].journal.close()
            forget(town.node(name))
            assert Keeper(town.node(name)).cycle(NOW + 2 * HOUR, force=True) == []
        assert town.gather() == []
        forget(town.settings)
        assert holds(town.folder) == []
        (town.settings.data_dir / "gathered.json").unlink()  # all is read again: nothing comes back
        assert town.gather(NOW + 3 * HOUR) == [] and holds(town.folder) == []
        assert town.query("select count(*) from interactions") == [(4,)]


def forget(settings: IngestSettings) -> None:
    """Forget the person of the click on one machine."""
    person = erase.person_of(settings, None, PERSON, True)
    assert erase.looked(settings, person)
    erase.carry_out(settings, erase.begin(settings, person, "asked for it"), lambda _: None)
