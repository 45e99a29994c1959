"""This module owns the promises of `whichad analytics serve-sql`: a token lets read the marts, and nothing else."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

import duckdb
import pytest
from journeys import NOW, Books, journey
from running import ROOT, environment
from typer.testing import CliRunner

from analytics.__main__ import app
from analytics.demo import free_port
from analytics.serving.extension import NoExtensionError, load
from ingest.terminal.commands import Exit

VERSION = "1.5.5"
PACKAGES = ("duckdb", "duckdb-extension-quack", "duckdb-extension-httpfs")
TOKEN = "a-token-of-this-test-only"
CLIENT = """
import duckdb, json, sys
from analytics.serving.extension import load
port, token = sys.argv[1:]
connection = duckdb.connect()
load(connection)
connection.execute("create secret (type quack, token '" + token + "')")
for query in json.load(sys.stdin):
    try:
        rows = connection.execute(query.replace("URI", f"quack:localhost:{port}")).fetchall()
        print(json.dumps(rows, default=str), flush=True)
    except duckdb.Error as error:
        print(json.dumps(str(error).splitlines()[0]), flush=True)
"""


def test_where_the_extension_cannot_be_had_one_sentence_says_why_and_what_to_do(tmp_path: Path):
    nowhere = str(tmp_path / "no such repository")
    with duckdb.connect(config={"extension_directory": str(tmp_path / "none")}) as connection:
        connection.execute(f"set custom_extension_repository = '{nowhere}'")
        connection.execute(f"set autoinstall_extension_repository = '{nowhere}'")
        with pytest.raises(NoExtensionError) as told:
            load(connection)
    said = str(told.value)
    assert "\n" not in said and "has no extension 'httpfs' here" in said and "duckdb-extension-quack" in said


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of processes with the DuckDB that PyPI has the extension for."""
    folder = tmp_path_factory.mktemp("quack")
    wanted = [f"{name}=={VERSION}" for name in PACKAGES]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *wanted],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip(f"{', '.join(wanted)} cannot be installed here: {done.stderr[-200:]}")
    return environment(PYTHONPATH=str(folder))


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """Two creatives, sealed and published; a whichad.toml beside them, and a token."""
    books = Books(tmp_path)
    books.post(*journey("A B => 30"))
    books.archive()
    books.build()
    books.publish()
    (tmp_path / "whichad.toml").write_text('data_dir = "data"\n', encoding="utf-8")
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    return books


@contextmanager
def serving(folder: Path, other: dict[str, str], *more: str) -> Iterator[tuple[int, IO[str]]]:
    """The port of a running serve-sql, and what it says."""
    free = free_port(0)
    arguments = ["--port", str(free), "--token-file", str(folder / "token"), "--config", str(folder / "whichad.toml")]
    server = subprocess.Popen(
        [sys.executable, "-m", "analytics", "serve-sql", *arguments, *more], cwd=ROOT,
        env=other | {"TZ": "America/New_York"}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stderr and "in a DuckDB of this version" in server.stderr.readline()
        yield free, server.stderr
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def ask(port: int, env: dict[str, str], *queries: str, token: str = TOKEN) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, str(port), token], cwd=ROOT, env=env, input=json.dumps(queries),
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


SAID = ("Authorization failed", "disabled by configuration", "does not exist", "edition_1")
NO_TOKEN = (
    "Invalid Input Error: Authentication failed", "Invalid Input Error: Could not find a Quack authentication token",
)  # fmt: skip
ATTACH = "attach 'URI' as w"
REFUSED = (
    "set lock_configuration = false", "set global quack_authorization_function = 'quack_nop_authorization'",
    "create table mine as select 1", "drop view creatives", "copy (select 1) to '{folder}/planted'",
    "attach '{folder}/planted' as other", "call quack_stop('URI')", "from quack_stop('URI')",
    "from query('from quack' || '_stop(''URI'')')", "from quack_query('URI', 'select 1')",
    "from read_text('{folder}/token')",
    "select 1; select 2; drop view creatives", "with a as (select 1) insert into creatives from a",
    "load httpfs", "install spatial", "export database '{folder}/planted'", "checkpoint", "pragma memory_limit='9GB'",
    "create secret (type quack, token 'mine')", "from read_parquet('{folder}/data/archive/current/*/*/*.parquet')",
    "from glob('{folder}/*')", "from read_csv('https://example.com/a.csv')", "from interactions",
    "from edition_1.main.interactions",
)  # fmt: skip


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_remote_duckdb_attaches_reads_and_can_do_nothing_else(books: Books, other: dict[str, str], tmp_path: Path):
    query = "from quack_query('URI', $q${}$q$)"
    asked = [query.format(each.format(folder=tmp_path)) for each in REFUSED]
    joined = query.format(
        "select creative_text, clicks from creative_daily join creatives using (creative_id) order by 1"
    )
    with serving(tmp_path, other) as (port, _):
        told = ask(port, other, ATTACH, "select count(*) from w.creatives", "from w.v1.metrics limit 1", joined,
                   *asked, "select count(*) from w.creatives")  # fmt: skip
        assert told[:2] == [[], [[2]]] and len(told[2]) == 1
        assert told[3] == [["Ad A of v", 1], ["Ad B of v", 1]]
        for each, said in zip(REFUSED, told[4:-1], strict=True):
            assert isinstance(said, str), f"{each} was answered: {said}"
            assert any(words in said for words in SAID), (each, said)
        assert told[-1] == [[2]], "it answers on"
        assert not (tmp_path / "planted").exists()
        for token in ("another-token-of-nobody", "", TOKEN[:-1], TOKEN.upper()):
            assert ask(port, other, ATTACH, token=token)[0] in NO_TOKEN, token
        version = books.publish(NOW + timedelta(minutes=1))
        for _ in range(20):
            if ask(port, other, ATTACH, "select version from w.freshness")[1] == [[version]]:
                break
        else:
            pytest.fail("it does not follow to the newest version")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_archive_s_rows_are_served_where_asked_for_and_no_query_takes_longer_than_it_may(
    books: Books, other: dict[str, str], tmp_path: Path
):
    archive = tmp_path / "data" / "archive" / "current"
    far = "from quack_query('URI', $q${}$q$)"
    with serving(tmp_path, other, "--with-rows", "--seconds", "2") as (port, said):
        told = ask(
            port, other, ATTACH, "select count(*) from w.interactions", "select count(*) from w.v1.statements",
            far.format("select type, count(*) from v1.interactions group by type order by type"),
            far.format(f"from read_parquet('{archive}/deliveries/*/*.parquet')"),
            far.format(f"from read_parquet('{archive}/interactions/../deliveries/*/*.parquet')"),
            far.format("select count(*) from range(100000000000) a, range(10) b"),
        )  # fmt: skip
        assert told[1:4] == [[[3]], [[0]], [["click", 2], ["conversion", 1]]]
        assert all("disabled by configuration" in str(each) for each in told[4:6])
        assert isinstance(told[6], str)
        while "a query took more than 2 s; it began anew" not in said.readline():
            pass
        assert ask(port, other, ATTACH, "select count(*) from w.interactions")[1] == [[3]]


def test_a_token_that_others_may_read_is_refused_with_what_to_do(books: Books, tmp_path: Path):
    (tmp_path / "token").chmod(0o644)
    arguments = ["--token-file", str(tmp_path / "token"), "--config", str(tmp_path / "whichad.toml")]
    done = CliRunner().invoke(app, ["serve-sql", *arguments])
    assert done.exit_code == Exit.WRONG_SETTINGS and "chmod 600" in done.stderr
