"""This module owns what holds the documents true: links, anchors, commands, navigation, what is made from the code."""

import json
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from running import ROOT, environment

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "data" / "README.md"])
FENCE = re.compile(r"^```(\w*).*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
# At the beginning of a line, or behind what hands over to it, such as `&&`, `runuser … --` or `exec ingest`.
COMMAND = re.compile(r"(?:^|&& |\| |-- |exec ingest )(?:[\w./]*/)?whichad ((?:[\w./'=-]+ ?)+)")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def prose(path: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


@cache
def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.*)$", prose(path), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
        number = 0
        while (anchor := slug if number == 0 else f"{slug}-{number}") in found:
            number += 1
        found.add(anchor)
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading_that_are_there(page: Path):
    dead = []
    text = re.sub(r"`[^`\n]*`", lambda code: code[0] if "](" not in code[0] else "", prose(page))
    for _, target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            dead.append(target)
    assert dead == []


def test_every_page_has_its_place_in_the_navigation():
    conf = runpy.run_path(str(DOCS / "site" / "conf.py"))
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    blocks = [body for kind, body in re.findall(r"^```(\{toctree\})\n(.*?)^```", index, re.MULTILINE | re.DOTALL)]
    named_there = [line for body in blocks for line in body.splitlines() if line and not line.startswith(":")]
    assert len(set(named_there)) == len(named_there), "each page has one place"
    there = {path.stem for path in DOCS.glob("*.md")} - {"index"} | {
        "profiles/README",
        "../data/README",
        "../CHANGELOG",
    }
    assert set(named_there) - conf["TO_COME"] <= there <= set(named_there)
    linked = {target.partition("#")[0].removesuffix(".md") for _, target in LINK.findall(prose(DOCS / "index.md"))}
    assert there <= linked | conf["TO_COME"], "the first page names every page"


@cache
def group() -> Any:
    """The command tree of `whichad`; its commands are loaded as they are asked for."""
    import whichad

    return typer.main.get_command(whichad.app)


def problem(words: list[str]) -> str | None:
    """What is wrong with a command as a document writes it: a verb or an option that is not there."""
    command, context = group(), None
    for before, word in zip(["", *words], words, strict=False):
        if before == "--config":
            continue
        if word.startswith("-") or "/" in word or word == "…":
            continue
        if not hasattr(command, "list_commands"):
            break
        found = command.get_command(context, word)
        if found is None:
            return None if word.isupper() else f"no command {word!r}"
        command = found
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    options |= {"--help", "--config", "--install-completion", "--show-completion"}
    unknown = [word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)]
    return next((f"no option {word}" for word in unknown if word not in options), None)


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=named)
def test_every_command_that_a_page_names_is_one(page: Path):
    text = page.read_text(encoding="utf-8")
    shells = "\n".join(body for kind, body in FENCE.findall(text) if kind in ("sh", ""))
    code = re.findall(r"(?<!`)`(whichad [^`\n]*)`", FENCE.sub("", text)) + [
        line for line in shells.replace("\\\n", " ").splitlines() if "whichad " in line and not line.startswith("#")
    ]
    wrong = {}
    for line in code:
        for said in COMMAND.findall(re.sub(r"\"[^\"]*\"|\$\([^)]*\)", "X", line)):
            if found := problem(shlex.split(said.replace("'", ""))):
                wrong[said] = found
    assert wrong == {}


def test_the_page_of_the_command_line_names_every_verb_and_every_page_only_targets_of_make_that_there_are():
    named_there = set(re.findall(r"`whichad ([a-z]+)", prose(DOCS / "command-line.md")))
    assert set(group().list_commands(typer.Context(group()))) <= named_there | {"ingest", "analytics", "dashboard"}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wrong = {(named(page), said) for page in PAGES for said in re.findall(r"`make ([a-z-]+)", prose(page))}
    assert [each for each in wrong if each[1] not in targets] == []


def test_the_head_of_the_readme_says_which_version_this_is_and_how_stable():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (stage,) = (each.rpartition(" - ")[2].lower() for each in project["classifiers"] if each.startswith("Development"))
    head = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    assert f"This is {project['version']}, an {stage}." in head and "What stays:" in head and "may still change" in head


def test_how_each_number_is_computed_is_what_the_metrics_say():
    sys.path.insert(0, str(DOCS / "site"))
    try:
        import numbers_page
    finally:
        sys.path.pop(0)
    assert (DOCS / "numbers.md").read_text(encoding="utf-8") == numbers_page.page(), "make docs writes it anew"


def test_the_promises_of_the_site_are_those_of_the_readme():
    readme, page = (ROOT / "README.md").read_text(encoding="utf-8"), (DOCS / "promises.md").read_text(encoding="utf-8")
    start, end = (re.search(rf':{key}: "(.*)"', page)[1] for key in ("start-after", "end-before"))
    block = readme.partition(f"\n{start}\n")[2].partition(f"\n{end}\n")[0]
    rows = [line.split("|") for line in block.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10 and all(re.search(r"`(make|whichad) ", row[3]) for row in rows), "each with its command"


@pytest.mark.long
def test_the_site_is_made_without_a_warning_and_asks_nobody_for_anything(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, str(DOCS / "site" / "build.py"), str(tmp_path / "site")],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, f"{tmp_path}/site/index.html\n")
    pages = {path.relative_to(tmp_path / "site") for path in (tmp_path / "site").rglob("*.html")}
    assert {Path(named(page)).with_suffix(".html") for page in PAGES} <= pages
    loads = re.compile(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?//[^"]*"')
    assert not [page for page in pages if loads.search((tmp_path / "site" / page).read_text(encoding="utf-8"))]
    index = (tmp_path / "site" / "searchindex.js").read_text(encoding="utf-8")
    assert json.loads(index.partition("(")[2].rpartition(")")[0])["docnames"]
