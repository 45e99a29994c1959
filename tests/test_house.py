"""This module owns the house rules that a machine can hold: imports, sizes, names, documents that equal the code."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from datetime import datetime
from importlib.metadata import distributions
from pathlib import Path

import pytest
from payloads import context
from running import ROOT, environment

from ingest.items.item import INTERACTION_TYPES, STATEMENT_TYPES
from ingest.payload import parse_item

FOLDERS = ("ingest", "analytics", "dashboard")
MODULES = sorted([*(p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py")), ROOT / "whichad.py"])
FILE_LINES_MAX = 220  # "about 200"
FUNCTION_LINES_MAX = 40  # "about 30"
TOP_LEVEL = {
    "pyproject.toml", "README.md", "ingest", "analytics", "dashboard", "tests", "data",
    "Makefile", "CHANGELOG.md", "LICENSE", ".ci", ".gitignore", "whichad.py", "whichad.toml",
    "requirements.lock", "requirements-dev.lock", "docs", "deploy", "Dockerfile", ".dockerignore", "compose.yaml",
}  # fmt: skip
README = (ROOT / "README.md").read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=environment(COLUMNS="160", TERM="dumb"), capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip


def test_imports_follow_the_data():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_owns_and_stays_a_small_room(path: Path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "open with the sentence that says what this module owns"
    assert len(text.splitlines()) <= FILE_LINES_MAX
    assert path.stem not in {"utils", "util", "helpers", "common", "misc"}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_environment_is_read_in_config_only_and_nothing_is_left_open(path: Path):
    text = path.read_text(encoding="utf-8")
    if path.name != "config.py":
        assert not re.search(r"os\.(environ|getenv)", text)
    assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", text)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_functions_and_classes_say_what_they_do(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_the_top_level_is_the_one_that_was_agreed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if not listed:
        pytest.skip("not a git checkout")
    assert {line.split("/")[0] for line in listed.splitlines()} <= TOP_LEVEL


def test_no_dependency_provides_a_folder_of_ours():
    ours = {*FOLDERS, "whichad", "tests"}
    for distribution in distributions():
        if distribution.metadata["Name"].lower() == "whichad":
            continue
        tops = {str(file).split("/")[0] for file in distribution.files or [] if str(file).endswith(".py")}
        assert not (tops & (ours - {"tests"})), distribution.metadata["Name"]


def test_the_locks_hold_every_dependency_with_hashes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {line.partition("==")[0].strip() for line in lock.splitlines() if re.match(r"[a-z0-9]", line)}
    wanted = {re.split(r"[<>=\[; ]", line)[0].lower() for line in project["project"]["dependencies"]}
    assert wanted <= pinned
    assert lock.count("--hash=sha256:") > len(pinned)
    assert "http" not in lock


def test_every_dependency_and_every_ignored_lint_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text[text.index("dependencies = [") : text.index("]", text.index("dependencies = [") + 20)]
    unreasoned = [line for line in block.splitlines() if line.strip().startswith('"') and "#" not in line]
    assert unreasoned == []


def test_the_readme_names_only_commands_and_settings_that_exist():
    verbs = {
        "whichad": command("whichad", "--help").stdout,
        "ingest": command("ingest", "--help").stdout,
        "analytics": command("analytics", "--help").stdout,
        "dashboard": command("dashboard", "--help").stdout,
    }
    for group, verb in re.findall(r"whichad (ingest|analytics|dashboard) ([a-z][a-z-]+)", README):
        assert re.search(rf"\b{verb}\b", verbs[group]), f"whichad {group} {verb}"
    for verb in re.findall(r"`whichad ([a-z]+)`|^whichad ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"\b{verb[0] or verb[1]}\b", verbs["whichad"]), verb
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_readme_points_at_files_that_exist():
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", README):
        assert (ROOT / target).exists(), target
    for path in re.findall(r"`((?:ingest|analytics|dashboard|tests|data)/[\w./-]+\.(?:py|sql|toml|md))`", README):
        assert (ROOT / path).exists(), path


def test_every_example_of_the_readme_is_a_payload_without_a_warning():
    block = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert block is not None
    items = [json.loads(line) for line in block[1].splitlines()]
    found = [parse_item(item, index, context(now=datetime(2026, 11, 23))) for index, item in enumerate(items)]  # noqa: DTZ001
    assert [parsed.warnings for parsed in found] == [()] * len(items)
    assert {parsed.item.type for parsed in found} == {*INTERACTION_TYPES, *STATEMENT_TYPES} - {"impression"}


def test_no_path_of_a_machine_is_in_the_project():
    found = subprocess.run(
        ["git", "grep", "-nIE", r"(^|[^A-Za-z0-9_.])/(work|farm|root|home/[a-z]+)/", "--", ".", ":!*.lock"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    assert found == ""
