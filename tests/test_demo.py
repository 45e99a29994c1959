"""This module owns the demo's promise that it empties nothing but a folder that a demo made and no demo lives in."""

from pathlib import Path

import pytest

from analytics import demo
from ingest.config import ConfigError


def test_a_second_demo_is_refused_and_the_running_one_keeps_its_data(tmp_path: Path):
    running = demo.prepare(tmp_path / "demo", "shop")
    (tmp_path / "demo" / "journal").mkdir()
    settings = running.config.read_text()
    with pytest.raises(ConfigError, match=r"A demo is running in .*pid \d+"):
        demo.prepare(tmp_path / "demo", "shop")
    assert (tmp_path / "demo" / "journal").is_dir()
    assert running.config.read_text() == settings


def test_a_demo_that_ended_leaves_its_folder_to_the_next_one(tmp_path: Path):
    demo.prepare(tmp_path / "demo", "shop").lock.close()
    (tmp_path / "demo" / "old").mkdir()
    demo.prepare(tmp_path / "demo", "arbitrage")
    assert not (tmp_path / "demo" / "old").exists()
    assert (tmp_path / "demo" / "whichad.toml").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path):
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(ConfigError, match="no demo made"):
        demo.prepare(tmp_path, "shop")
    assert (tmp_path / "precious").read_text() == "mine"
