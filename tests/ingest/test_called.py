"""This module owns how our commands are written where they are shown: pasted, they reach this install and its data."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from running import ROOT, environment

import whichad
from ingest.config import ConfigError, IngestSettings, load
from ingest.terminal import called
from ingest.terminal.called import as_called


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that one stands in, with a program of its own that is on no PATH, and no configuration in use."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("whichad", "python"):
        (tmp_path / ".venv" / "bin" / name).write_text("")
        (tmp_path / ".venv" / "bin" / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(called, "_in_use", None)
    return tmp_path


def test_a_command_is_written_by_the_way_to_the_program_from_here(here: Path, monkeypatch: pytest.MonkeyPatch):
    assert as_called("Start it with: whichad up") == "Start it with: .venv/bin/whichad up"
    (here / "deeper").mkdir()
    monkeypatch.chdir(here / "deeper")
    assert as_called("whichad up") == f"{here}/.venv/bin/whichad up"
    monkeypatch.setenv("PATH", str(here / ".venv" / "bin"))
    assert as_called("whichad up") == "whichad up", "the shell finds this very one"
    (here / ".venv" / "bin" / "whichad").unlink()
    assert as_called("whichad up") == f"{here}/.venv/bin/python -m whichad up", "from a checkout"


def test_every_verb_there_is_is_known():
    group = typer.main.get_command(whichad.app)
    assert set(called._VERBS) == set(group.list_commands(typer.Context(group)))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (None, "uvx whichad"),
        ({"url": "file:///wheels/whichad-0.1.0-py3-none-any.whl", "archive_info": {}},
         "uvx --from /wheels/whichad-0.1.0-py3-none-any.whl whichad"),
        ({"url": "file:///my%20wheels/w.whl"}, "uvx --from '/my wheels/w.whl' whichad"),
        ({"url": "https://example.com/w", "vcs_info": {"vcs": "git"}}, "uvx --from git+https://example.com/w whichad"),
    ],
)  # fmt: skip
def test_what_uvx_made_for_one_run_is_asked_for_again_for_no_shell_finds_it_afterwards(
    here: Path, monkeypatch: pytest.MonkeyPatch, origin: dict[str, object] | None, command: str
):
    made = here / "cache" / "archive-v0" / "x1y2"
    made.parent.mkdir(parents=True)
    (here / ".venv").rename(made)
    (made / "pyvenv.cfg").write_text("home = /usr/bin\n")
    told = made / "lib" / "python3.11" / "site-packages" / "whichad-0.1.0.dist-info" / "direct_url.json"
    told.parent.mkdir(parents=True)
    if origin is not None:
        told.write_text(json.dumps(origin))
    monkeypatch.setattr(sys, "executable", str(made / "bin" / "python"))
    monkeypatch.setenv("PATH", str(made / "bin"))
    once = as_called("Start it again: whichad up")
    assert once == f"Start it again: {command} up" == as_called(once)
    assert as_called("whichad up", Path("my.toml")) == f"{command} --config my.toml up"


def test_another_program_of_that_name_is_not_meant(here: Path, monkeypatch: pytest.MonkeyPatch):
    (here / "other").mkdir()
    (here / "other" / "whichad").write_text("")
    (here / "other" / "whichad").chmod(0o755)
    monkeypatch.setenv("PATH", str(here / "other"))
    assert as_called("whichad up") == ".venv/bin/whichad up"


def test_every_command_carries_the_configuration_in_use_but_those_that_make_one(here: Path):
    (here / "data" / "demo").mkdir(parents=True)
    (here / "data" / "demo" / "whichad.toml").write_text("")
    load(IngestSettings, Path("data/demo/whichad.toml"))
    chosen = ".venv/bin/whichad --config data/demo/whichad.toml"
    assert as_called("See `whichad status`, then whichad ingest why 1.") == (
        f"See `{chosen} status`, then {chosen} ingest why 1."
    )
    assert as_called("Make one with: whichad init") == "Make one with: .venv/bin/whichad init"
    assert as_called("whichad up", Path("my data/whichad.toml")) == (
        ".venv/bin/whichad --config 'my data/whichad.toml' up"
    )
    with pytest.raises(ConfigError):
        load(IngestSettings, Path("none.toml"))
    assert as_called("whichad up") == ".venv/bin/whichad up"
    (here / "whichad.toml").write_text("")
    load(IngestSettings, here / "whichad.toml")
    assert as_called("whichad up") == ".venv/bin/whichad up", "that of this folder is found by itself"


@pytest.mark.parametrize(
    "text", ["whichad: stopped", "how whichad runs", "my-whichad up", "whichad upload", "/usr/bin/whichad up", ""]
)
def test_what_is_no_command_of_ours_stays(here: Path, text: str):
    assert as_called(text) == text


def test_what_was_written_once_is_not_written_again(here: Path):
    (here / "my.toml").write_text("")
    load(IngestSettings, Path("my.toml"))
    once = as_called("Run: whichad verify")
    assert once == "Run: .venv/bin/whichad --config my.toml verify" == as_called(once)


def test_a_configuration_before_the_command_is_the_one_that_is_read(tmp_path: Path):
    (tmp_path / "my.toml").write_text(f'data_dir = "{tmp_path}/kept"\n')
    code = "import sys; sys.argv[0] = 'whichad'; import whichad; whichad.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--config", str(tmp_path / "my.toml"), "status"],
        cwd=ROOT, env=environment() | {"WHICHAD_CONFIG": os.devnull}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "not running" in done.stdout
    assert f"--config {tmp_path}/my.toml up" in done.stdout
