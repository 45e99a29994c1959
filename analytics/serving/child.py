"""This module owns the process that answers: a database in memory with nothing but views over the newest version.

What a token holder may send is decided by the statement's parse tree: one SELECT, without the functions that stop the
server, call another one, or run a text that only they see. Beneath that the version is attached read-only, files
and network are off but for the folder of versions and, where the rows are served, those that the views read; no setting
can be changed, and the kernel lets it write no file. A query that computes beyond its time ends the process: another
begins, for the engine lets one connection not end what another does.
"""

import json
import os
import resource
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import duckdb

from analytics.serving.codes import NO_EXTENSION, TOO_LATE
from analytics.serving.extension import NoExtensionError, load
from analytics.version.marts import ARCHIVED, CONTRACT
from ingest.orphan import stop_with_parent

LOOK_SECONDS = 1.0
BUSY = 0.3  # of a processor: a late answer that nobody computes is one that its reader did not fetch yet
_LATE = """
select count(*) > 0 from quack_active_connections()
where state = 'active' and query_started_at < cast(now() as timestamp) - to_seconds($seconds)
"""
VIEWS = tuple(name for name, kind in ARCHIVED.items() if kind == "view")
_ALLOWS = """
create macro allows_one_select(session, query) as
  json_extract_string(json_serialize_sql(cast(query as varchar)), '$.error') = 'false'
  and not regexp_matches(
    cast(json_serialize_sql(cast(query as varchar)) as varchar), '"function_name":"(quack_|query|whoami)', 'i')
"""
_NAMES = """
select schema_name, table_name from duckdb_tables() where database_name = $name and schema_name in ('main', $contract)
union all
select schema_name, view_name from duckdb_views()
where database_name = $name and schema_name in ('main', $contract) and not internal order by 1, 2
"""


class Server:
    """Serves the version that a link names, and follows it."""

    def __init__(self, link: Path, folders: list[str], memory_mb: int) -> None:
        """`folders` are those that the views over the archive read; none, and these are not served.

        Raises NoExtensionError, duckdb.Error.
        """
        self._link, self._version = link, Path()
        self._folders = folders
        self._count = 0
        self._attached: deque[str] = deque()
        self.connection = duckdb.connect(
            config={"memory_limit": f"{memory_mb}MiB", "threads": "2", "temp_directory": ""}
        )
        load(self.connection)
        self.connection.execute("set timezone = 'UTC'")
        self.connection.execute(f"create schema {CONTRACT}")
        self.connection.execute(_ALLOWS)

    def listen(self, port: int, token: str) -> None:
        """Answer on the loopback address, to who has the token; from then on nothing can be changed any more."""
        self.connection.execute("set global quack_authorization_function = 'allows_one_select'")
        self.connection.execute("call quack_serve(?, token => ?)", [f"quack:localhost:{int(port)}", token]).fetchall()
        folders = [f"{self._link.parent / 'published'}/", *self._folders]
        allowed = ", ".join("'" + folder.replace("'", "''") + "'" for folder in folders)
        self.connection.execute(f"set allowed_directories = [{allowed}]")
        self.connection.execute("set enable_external_access = false")
        self.connection.execute("set lock_configuration = true")
        for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
            resource.setrlimit(limit, (0, 0))

    def follow(self) -> bool:
        """Let the views read the newest version; whether it was another one. The one before stays for who reads it."""
        version = self._link.resolve()
        if version == self._version:
            return False
        self._count += 1
        name = f"edition_{self._count}"
        self.connection.execute(f"attach '{_quoted(version)}' as {name} (read_only)")
        self._attached.append(name)
        bound = {"name": name, "contract": CONTRACT}
        left = () if self._folders else VIEWS
        named = [each for each in self.connection.execute(_NAMES, bound).fetchall() if each[1] not in left]
        self.connection.execute("begin")
        for schema, mart in named:
            self.connection.execute(f'create or replace view memory.{schema}."{mart}" as from {name}.{schema}."{mart}"')
        self.connection.execute("commit")
        while len(self._attached) > 2:
            self.connection.execute(f"detach {self._attached.popleft()}")
        self._version = version
        return True

    def is_late(self, seconds: int) -> bool:
        """Whether an answer is being given for longer than that."""
        return self.connection.execute(_LATE, {"seconds": seconds}).fetchall() == [(True,)]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def main() -> int:
    """Read the order from stdin, say `ready`, and answer until this process is ended; returns the exit code."""
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    stop_with_parent("serve-sql", order["parent"])
    try:
        server = Server(Path(order["link"]), order["folders"], order["memory_mb"])
        server.follow()
        server.listen(order["port"], order["token"])
    except NoExtensionError as error:
        print(error, file=sys.stderr, flush=True)
        return NO_EXTENSION
    except duckdb.Error as error:
        print(str(error).splitlines()[0], file=sys.stderr, flush=True)
        return 1
    print("ready", flush=True)
    return _watch(server, order["seconds"])


def _watch(server: Server, seconds: int) -> int:
    """Follow each new version; returns where a query computes for longer than `seconds`."""
    said = ""
    while True:
        before = time.process_time()
        time.sleep(LOOK_SECONDS)
        is_busy = time.process_time() - before > BUSY * LOOK_SECONDS
        try:
            server.follow()
            if is_busy and server.is_late(seconds):
                return TOO_LATE
        except duckdb.Error as error:  # the version may be gone by now: the next look finds another
            if said != (said := str(error).splitlines()[0]):  # not each second: nobody reads before the end
                print(f"serve-sql: {said}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # without waiting for the queries that are under way
