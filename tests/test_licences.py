"""This module owns the promise that what we install is permissive, pinned by hash, and without a known hole."""

import subprocess
import sys
from pathlib import Path

import pytest
from licences import FLOORS, check, is_permissive, pins
from running import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
HASH = " \\\n    --hash=sha256:" + "0" * 64 + "\n"


def test_what_is_locked_may_be_used_and_comes_by_its_hash():
    lines, wrong = check(LOCK, PROJECT)
    assert wrong == []
    assert len(lines) > 40 and all(line.licence for line in lines)
    assert set(FLOORS) <= {pin.name for pin in pins(LOCK)}


def test_the_command_prints_the_table_and_ends_well():
    done = subprocess.run(
        [sys.executable, "tests/licences.py"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "waitress" in done.stdout and "all is well" in done.stdout


@pytest.mark.parametrize(
    ("expression", "is_fine"),
    [
        ("MIT", True), ("MPL-2.0 OR MIT", True), ("MIT AND (Apache-2.0 OR GPL-3.0-only)", True), ("ZPL-2.1", True),
        ("MIT AND GPL-2.0-only", False), ("LGPL-3.0-or-later", False), ("AGPL-3.0-only", False), ("", False),
        ("GPL-3.0-only WITH GCC-exception-3.1", False), ("MIT AND", False), ("Dual-License", False), ("MPL-2.0", False),
    ],
)  # fmt: skip
def test_a_licence_is_permissive_where_some_way_through_it_is(expression: str, is_fine: bool):
    assert is_permissive(expression) is is_fine


@pytest.mark.parametrize(
    ("lock", "project", "sentence"),
    [
        (LOCK.replace("flask==3.1.3", "flask==3.1.2", 1), PROJECT, "flask 3.1.2 has a known hole; 3.1.3 closes it."),
        (LOCK + "certifi-of-nobody==1.0" + HASH, PROJECT, "is locked and not installed"),
        (LOCK + "tiny==1.0 ; sys_platform == 'plan9'" + HASH, PROJECT, "nobody can say its licence"),
        (LOCK + "mypy==1.0 \\\n", PROJECT, "mypy 1.0 the lock has no hash of it."),
        (LOCK + "six @ https://example.com/six.whl\n", PROJECT, "names an address"),
        (LOCK + "six\n", PROJECT, "no `name==version` with hashes"),
        (LOCK, PROJECT.replace("# MIT: figures", ""), "does not say why plotly"),
        (LOCK.replace("waitress==", "wait-less=="), PROJECT, "waitress is a dependency and not in requirements.lock"),
    ],
)  # fmt: skip
def test_a_lock_with_a_mistake_is_refused_in_a_sentence(lock: str, project: str, sentence: str):
    _, wrong = check(lock, project)
    assert any(sentence in each for each in wrong), wrong


@pytest.mark.parametrize(
    ("metadata", "file", "sentence"),
    [
        ("License-Expression: MIT", "tiny/__init__.py", None),
        ("License: Apache-2.0", "tiny.py", None),
        ("Classifier: License :: OSI Approved :: BSD License", "tiny.py", None),
        ("License-Expression: GPL-3.0-or-later", "tiny.py", "is not permissive"),
        ("Classifier: License :: OSI Approved :: GNU Affero General Public License v3", "tiny.py", "is not permissive"),
        ("License: LGPL", "tiny.py", "is not permissive"),
        ("Summary: says nothing", "tiny.py", "states no licence"),
        ("License: MIT", "analytics/__init__.py", "brings a top-level analytics"),
        ("License: MIT", "whichad.py", "brings a top-level whichad"),
    ],
)
def test_a_new_dependency_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metadata: str, file: str, sentence: str | None
):
    info = tmp_path / "tiny-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: tiny\nVersion: 1.0\n{metadata}\n", encoding="utf-8")
    (info / "RECORD").write_text(f"{file},,\n", encoding="utf-8")
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()  # the backport of importlib.metadata, where somebody imported it, skips what is not there
    monkeypatch.syspath_prepend(str(tmp_path))
    _, wrong = check(LOCK + "tiny==1.0" + HASH, PROJECT)
    assert [each for each in wrong if sentence is None or sentence not in each] == [], wrong
    assert len(wrong) == (sentence is not None)
