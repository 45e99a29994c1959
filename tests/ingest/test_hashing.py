"""This module owns the promise that `whichad ingest hash` gives the hash that a posted visitor is kept as."""

import csv
import io
from pathlib import Path

import pytest
from journaling import Desk, click
from typer.testing import CliRunner

from ingest.__main__ import app
from ingest.terminal.commands import Exit


@pytest.fixture
def config(tmp_path: Path, desk: Desk) -> Path:
    """A whichad.toml over the desk's data, in which two visitors clicked."""
    (desk.data_dir / "visitor.key").write_bytes(b"a key")
    desk.post(click("1", visitor_id="customer-7"), click("2", visitor_id=" anna@example.com "))
    desk.load()
    path = tmp_path / "hash.toml"
    path.write_text(f'data_dir = "{desk.data_dir}"\n', encoding="utf-8")
    return path


def ask(config: Path, *arguments: str, given: str | None = None) -> dict[str, str]:
    done = CliRunner().invoke(app, ["hash", *arguments, "--format", "csv", "--config", str(config)], input=given)
    assert done.exit_code == Exit.OK, done.output
    return {row["visitor_id"]: row["visitor"] for row in csv.DictReader(io.StringIO(done.stdout))}


def test_ids_join_what_was_posted_whether_named_or_read_from_stdin(config: Path, desk: Desk):
    kept = {visitor for (visitor,) in desk.query("select visitor from interactions")}
    named = ask(config, "customer-7", "anna@example.com")
    assert set(named.values()) == kept and len(kept) == 2
    assert ask(config, "-", given="customer-7\n\nanna@example.com \n") == named
    assert ask(config, "customer-8")["customer-8"] not in kept


def test_without_the_key_no_hash_is_made_up(config: Path, desk: Desk):
    (desk.data_dir / "visitor.key").unlink()
    done = CliRunner().invoke(app, ["hash", "customer-7", "--config", str(config)])
    assert done.exit_code == Exit.WRONG_SETTINGS and "so no visitor has a hash" in done.stderr
    assert not (desk.data_dir / "visitor.key").exists()
