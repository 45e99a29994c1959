"""This module owns the promise that what docs/analysts.md tells to paste works, with each client that is here."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest
from journeys import NOW, Books, journey, report
from running import ROOT

from analytics.export import dbt

PAGE = (ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
PYTHON = {text.splitlines()[0].removeprefix("# ").strip(): text for kind, text in BLOCKS if kind == "python"}
START = NOW - timedelta(days=3)
FILES = ("hashes.csv", "attach ", "glob(", "{{")  # what names a file has a test of its own
QUERIES = [text for kind, text in BLOCKS if kind == "sql" and not any(name in text for name in FILES)]
# Another interpreter, in which the clients are installed: PYTHONs of analysts are not ours.
THEIRS = os.environ.get("ANALYSTS_PYTHON", sys.executable)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whichad.toml with a published version, an archive beneath it, and a list of customers."""
    folder = tmp_path_factory.mktemp("analysts")
    books = Books(folder)
    books.post(*journey("A B => 30", start=START, network="facebook", ad_id="1", account_id="act_1", campaign_id="c1"))
    books.post(report(START.date(), "5", ad_id="1", clicks=4, campaign_id="c1"))
    books.archive()
    books.build()
    books.publish()
    ((visitor,),) = books.recorded("select distinct visitor from interactions where visitor is not null")
    (folder / "hashes.csv").write_text(f"visitor_id,visitor\nv,{visitor}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("client", PYTHON)
def test_the_lines_for_python_s_clients_run_as_they_stand(folder: Path, client: str):
    module = client.partition(":")[0]
    has = subprocess.run([THEIRS, "-c", f"import {module}"], check=False, capture_output=True).returncode == 0
    if not has:
        pytest.skip(f"{module} is not installed here; ANALYSTS_PYTHON names an interpreter that has it")
    done = subprocess.run([THEIRS, "-c", PYTHON[client]], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: " ".join(query.split())[:60])
def test_the_examples_answer(folder: Path, query: str):
    with duckdb.connect(os.path.realpath(folder / "data" / "creatives.duckdb"), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    assert rows or "next_fixes" in query, query  # nothing has to be wrong with so little


def test_what_names_other_files_answers_too(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    (attaching,) = [text for kind, text in BLOCKS if kind == "sql" and text.startswith("attach")]
    (asking,) = [text for kind, text in BLOCKS if kind == "sql" and "is_old" in text]
    (joining,) = [text for kind, text in BLOCKS if kind == "sql" and "hashes.csv" in text]
    with duckdb.connect() as connection:
        assert connection.execute(attaching).fetchall()[0][0] > 0
    with duckdb.connect(os.path.realpath("data/creatives.duckdb"), read_only=True) as connection:
        assert connection.execute(joining).fetchall() == [("v", START, 2)]
        (mine,) = connection.execute("select version from freshness").fetchone()
        assert connection.execute(asking).fetchall() == [(mine, mine, False)]
        newest = Books(folder).publish(NOW + timedelta(minutes=1))
        assert connection.execute(asking).fetchall() == [(newest, mine, True)]


def test_the_command_line_opens_it_through_the_link_from_another_folder(folder: Path, tmp_path: Path):
    program = Path(THEIRS).with_name("duckdb")
    if not program.exists():
        pytest.skip("the package duckdb-cli is not installed; ANALYSTS_PYTHON names an interpreter beside it")
    link = folder / "data" / "creatives.duckdb"
    query = "select count(*) from interactions; select count(*) from v1.creatives"
    done = subprocess.run(
        [str(program), "-readonly", "-csv", "-noheader", str(link), query], cwd=tmp_path, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["3", "2"], done.stderr


def test_harlequin_reads_the_catalog_and_the_rows(folder: Path):
    code = (
        "from harlequin_duckdb import DuckDbAdapter;"
        "c = DuckDbAdapter(['data/creatives.duckdb'], read_only=True).connect();"
        "print(c.execute('select count(*) from interactions').fetchall(), len(c.get_catalog().items))"
    )
    has = subprocess.run([THEIRS, "-c", "import harlequin_duckdb"], check=False, capture_output=True).returncode == 0
    if not has:
        pytest.skip("harlequin is not installed here; ANALYSTS_PYTHON names an interpreter that has it")
    done = subprocess.run([THEIRS, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "3" in done.stdout, done.stderr


def test_the_sources_for_dbt_are_those_of_the_file(folder: Path):
    with duckdb.connect(os.path.realpath(folder / "data" / "creatives.duckdb"), read_only=True) as connection:
        page = dbt.page(connection)
    kept = ROOT / "docs" / "sources.yml"
    assert kept.read_text(encoding="utf-8") == page, "write it again: whichad analytics dictionary --dbt --write"
    if find_spec("yaml"):
        import yaml

        (source,) = yaml.safe_load(page)["sources"]
        assert (source["schema"], len(source["tables"]) > 40) == ("v1", True)
