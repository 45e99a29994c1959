"""This module owns the promises of `whichad analytics serve-sql`: a token lets read the marts, and nothing else."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from journeys import NOW, Books, journey
from running import ROOT, environment

from analytics.demo import free_port
from analytics.serving.extension import NoExtensionError, load

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
    """Two creatives, published; a whichad.toml beside them."""
    books = Books(tmp_path)
    books.post(*journey("A B => 30"))
    books.build()
    books.publish()
    (tmp_path / "whichad.toml").write_text('data_dir = "data"\n', encoding="utf-8")
    return books


@pytest.fixture
def port(books: Books, other: dict[str, str], tmp_path: Path) -> Iterator[int]:
    """The port of a running serve-sql."""
    free = free_port(0)
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    config = str(tmp_path / "whichad.toml")
    arguments = ["--port", str(free), "--token-file", str(tmp_path / "token"), "--config", config]
    server = subprocess.Popen(
        [sys.executable, "-m", "analytics", "serve-sql", *arguments], cwd=ROOT, env=other, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert server.stderr and "in a DuckDB of this version" in server.stderr.readline()
        yield free
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def ask(port: int, env: dict[str, str], *queries: str, token: str = TOKEN) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, str(port), token], cwd=ROOT, env=env, input=json.dumps(queries),
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


ATTACH = "attach 'URI' as w"
REFUSED = (
    "set lock_configuration = false", "set global quack_authorization_function = 'quack_nop_authorization'",
    "create table mine as select 1", "drop view creatives", "copy (select 1) to '{folder}/planted'",
    "attach '{folder}/planted' as other", "call quack_stop('URI')", "from quack_stop('URI')",
    "from query('from quack' || '_stop(''URI'')')", "from quack_query('URI', 'select 1')",
    "from read_text('{folder}/token')",
    "select 1; select 2; drop view creatives", "with a as (select 1) insert into creatives from a",
)  # fmt: skip


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_remote_duckdb_attaches_reads_and_can_do_nothing_else(
    books: Books, port: int, other: dict[str, str], tmp_path: Path
):
    query = "from quack_query('URI', $q${}$q$)"
    asked = [query.format(each.format(folder=tmp_path)) for each in REFUSED]
    joined = query.format(
        "select creative_text, clicks from creative_daily join creatives using (creative_id) order by 1"
    )
    told = ask(port, other, ATTACH, "select count(*) from w.creatives", "from w.v1.metrics limit 1", joined, *asked,
               "select count(*) from w.creatives")  # fmt: skip
    assert told[:2] == [[], [[2]]] and len(told[2]) == 1
    assert told[3] == [["Ad A of v", 1], ["Ad B of v", 1]]
    for each, said in zip(REFUSED, told[4:-1], strict=True):
        assert isinstance(said, str), f"{each} was answered: {said}"
        assert "Authorization failed" in said or "disabled by configuration" in said, (each, said)
    assert told[-1] == [[2]], "it answers on"
    assert not (tmp_path / "planted").exists()
    assert ask(port, other, ATTACH, token="another-token-of-nobody")[0] == "Invalid Input Error: Authentication failed"
    version = books.publish(NOW + timedelta(minutes=1))
    for _ in range(20):
        if ask(port, other, ATTACH, "select version from w.freshness")[1] == [[version]]:
            break
    else:
        pytest.fail("it does not follow to the newest version")
