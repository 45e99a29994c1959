"""This module owns the process that answers: a database in memory with nothing but views over the newest version.

What a token holder may send is decided by the statement's parse tree: one SELECT, without the functions that stop the
server, call another one, or run a text that only they see. Beneath that the version is attached read-only, files
and network are off but for the folder of versions, no setting can be changed, and the kernel lets it write no file.
"""

import json
import resource
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import duckdb

from analytics.archived import views
from analytics.marts import CONTRACT
from analytics.serving.extension import NoExtensionError, load
from ingest.orphan import stop_with_parent

LOOK_SECONDS = 1.0
NO_EXTENSION = 75
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

    def __init__(self, link: Path, memory_mb: int) -> None:
        """Raises NoExtensionError, duckdb.Error."""
        self._link, self._version = link, Path()
        self._count = 0
        self._attached: deque[str] = deque()
        self.connection = duckdb.connect(
            config={"memory_limit": f"{memory_mb}MiB", "threads": "2", "temp_directory": ""}
        )
        load(self.connection)
        self.connection.execute(f"create schema {CONTRACT}")
        self.connection.execute(_ALLOWS)

    def listen(self, port: int, token: str) -> None:
        """Answer on the loopback address, to who has the token; from then on nothing can be changed any more."""
        self.connection.execute("set global quack_authorization_function = 'allows_one_select'")
        self.connection.execute("call quack_serve(?, token => ?)", [f"quack:localhost:{int(port)}", token]).fetchall()
        self.connection.execute(f"set allowed_directories = ['{_quoted(self._link.parent / 'published')}/']")
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
        named = [each for each in self.connection.execute(_NAMES, bound).fetchall() if each[1] not in views.VIEWS]
        self.connection.execute("begin")
        for schema, mart in named:
            self.connection.execute(f'create or replace view memory.{schema}."{mart}" as from {name}.{schema}."{mart}"')
        self.connection.execute("commit")
        while len(self._attached) > 2:
            self.connection.execute(f"detach {self._attached.popleft()}")
        self._version = version
        return True


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def main() -> int:
    """Read the order from stdin, say `ready`, and answer until this process is ended; returns the exit code."""
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    stop_with_parent("serve-sql")
    try:
        server = Server(Path(order["link"]), order["memory_mb"])
        server.follow()
        server.listen(order["port"], order["token"])
    except NoExtensionError as error:
        print(error, file=sys.stderr, flush=True)
        return NO_EXTENSION
    except duckdb.Error as error:
        print(str(error).splitlines()[0], file=sys.stderr, flush=True)
        return 1
    print("ready", flush=True)
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            server.follow()
        except duckdb.Error as error:  # the version may be gone by now: the next look finds another
            print(f"serve-sql: {str(error).splitlines()[0]}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
