"""This module owns the promises of `whichad analytics sql`: it reads what is published, and its limits hold."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from journeys import Books, journey
from typer.testing import CliRunner

from analytics.__main__ import app
from ingest.terminal.commands import Exit


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whichad.toml of a published version with an archive beneath it."""
    folder = tmp_path_factory.mktemp("querying")
    books = Books(folder)
    books.post(*journey("A B => 30"))
    books.archive(minutes=-60)
    books.build()
    books.publish()
    (folder / "whichad.toml").write_text('data_dir = "data"\n', encoding="utf-8")
    return folder / "whichad.toml"


def ask(config: Path, query: str, *arguments: str, given: str | None = None) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["sql", query, *arguments, "--config", str(config)], input=given)
    return done.exit_code, done.stdout, done.stderr


def test_it_reads_marts_and_what_the_archive_holds_in_each_format(config: Path):
    query = (
        "select i.type, i.revenue, c.creative_text from interactions i"
        " left join creatives c on c.creative_id = i.text_creative_id order by i.occurred_at"
    )
    code, out, _ = ask(config, query, "--format", "json")
    found = json.loads(out)
    assert code == Exit.OK and [row["type"] for row in found] == ["click", "click", "conversion"]
    assert [row["creative_text"] for row in found] == ["Ad A of v", "Ad B of v", None]
    _, out, _ = ask(config, "-", "--format", "csv", given=query)
    assert list(csv.DictReader(io.StringIO(out)))[2]["revenue"] == "30.000000"
    assert "Ad A of v" in ask(config, query)[1]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("drop table creatives", "One SELECT, please"),
        ("select 1; select 2", "One SELECT, please"),
        ("copy (select 1) to '{archive}/planted.csv'", "One SELECT, please"),
        ("EXPLAIN (analyze) copy (select 1) to '{archive}/planted.csv'", "whichad: "),
        ("with a as (select 1) insert into creatives from a", "whichad: "),
        ("from read_text('{archive}/../visitor.key')", "file system operations are disabled"),
        ("from read_parquet('{archive}/current/deliveries/*/*.parquet')", "file system operations are disabled"),
        ("select nothing from creatives", 'column "nothing" not found'),
        ("select repeat('x', 400000000::int)", "the query needs more than 64 MB"),
        ("select length(repeat('x', 400000000::int))", "the query needs more than 64 MB"),
        ("from range(100000000) order by hash(range)", "the query needs more than 64 MB"),
    ],
)
def test_what_it_does_not_do_is_said_in_a_sentence(config: Path, query: str, sentence: str):
    archive = config.parent / "data" / "archive"
    (archive.parent / "visitor.key").write_text("secret", encoding="utf-8")
    code, out, err = ask(config, query.format(archive=archive), "--memory-mb", "64")
    assert (code, out) == (Exit.FAILED, "") and sentence in err and "secret" not in err
    assert not (archive / "planted.csv").exists()


def test_a_long_answer_is_shown_in_part_and_printed_as_a_whole(config: Path):
    code, out, err = ask(config, "select range as n from range(2000)")
    assert (code, len(out.splitlines())) == (Exit.OK, 1001) and "the first 1000 rows. All of them: --format csv" in err
    assert len(ask(config, "select range as n from range(20002)", "--format", "csv")[1].splitlines()) == 20003
    assert len(json.loads(ask(config, "select range as n from range(2000)", "--format", "json")[1])) == 2000


def test_a_query_that_takes_too_long_is_ended(config: Path):
    code, out, err = ask(config, "select count(*) from range(1000000000000) a, range(1000) b", "--seconds", "1")
    assert (code, out) == (Exit.FAILED, "") and "ended after 1 s" in err


PAST_THE_DOOR = """
import sys
from pathlib import Path
from analytics.querying import child
connection = child.open_locked(Path(sys.argv[1]), [sys.argv[2] + "/"], 256)
connection.execute(f"copy (select 1) to '{sys.argv[2]}/before.csv'")
child.confine(256, 10)
connection.execute(f"copy (select range from range(9)) to '{sys.argv[2]}/after.csv'")
"""


def test_what_gets_past_the_parser_is_stopped_by_the_kernel(config: Path):
    """DuckDB lets into a folder that may be read also who writes: without the limit a file comes to be."""
    data = config.parent / "data"
    path = (data / "creatives.duckdb").resolve()
    done = subprocess.run(
        [sys.executable, "-c", PAST_THE_DOOR, str(path), str(data / "archive")], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    planted = sorted((data / "archive").glob("*.csv"))
    assert done.returncode != 0
    assert [(each.name, each.stat().st_size > 0) for each in planted] == [("before.csv", True)]
    planted[0].unlink()


def test_without_a_published_version_it_says_how_to_make_one(tmp_path: Path):
    (tmp_path / "whichad.toml").write_text('data_dir = "data"\n', encoding="utf-8")
    code, _, err = ask(tmp_path / "whichad.toml", "select 1")
    assert code == Exit.WRONG_SETTINGS and "Nothing is published yet." in err
