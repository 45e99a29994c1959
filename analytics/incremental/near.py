"""This module owns which rows of the record may count otherwise than before, and what they are counted with.

Rows stand in `near.rows` by their rowid, with what links them: a click, an order, a visitor, an item of several money
stages. `who` says that the visitor's whole journey matters, and not the row's click alone. What is taken too many does
no harm, it is the same before and after; one too few would.
"""

from dataclasses import dataclass
from typing import Any

import duckdb

from analytics.incremental.errors import NeedsFullBuildError

CROWD_ROWS_MAX = 1_000  # of such a visitor only so many clicks are looked at that it shows that it is a crowd
CROWD_CLICKS_MIN = 500
_COLUMNS = "rowid, click_id, transaction_id, session_id, visitor, click_ids, sender, type, id"
_TABLES = (
    "create table near.rows (rid bigint, click_id varchar, transaction_id varchar, session_id varchar, visitor varchar,"
    " click_ids varchar, sender varchar, type varchar, id varchar, who boolean)",
    "create table near.followed (link varchar, value varchar)",
    "create table near.items (sender varchar, id varchar)",
    "create table near.names (name varchar, value varchar)",
    "create table near.crowds (visitor varchar)",
    "create table near.copied as select rowid as rid, * from record.interactions limit 0",
)
_MONEY = "type in ('ad_click', 'conversion', 'revenue', 'refund')"
_TODO = """
create or replace table near.todo as
select distinct {link} as value from near.rows where {link} is not null and {which}
except select value from near.followed where link = '{link}'
"""
_ITEMS_TODO = f"""
create or replace table near.items_todo as
select distinct sender, id from near.rows where {_MONEY} except select sender, id from near.items
"""
# A network's id of a click links a shop's order to a tracker's click.
_NAMES_TODO = """
create or replace table near.names_todo as
select distinct n.name, json_extract_string(r.click_ids, n.path) as value
from near.rows r cross join work.click_id_names n
where r.click_ids is not null and {which} and strpos(r.click_ids, n.name) > 0
  and json_extract_string(r.click_ids, n.path) is not null
except select name, value from near.names
"""
_NAMED = "select key_hash from work.network_clicks where (name, value) in (select (name, value) from near.names_todo)"
_ADDED = "insert into near.rows select *, ? from near.found where rowid not in (select rid from near.rows)"
# A row whose click alone mattered, and now its whole journey does.
_UPGRADED = "update near.rows set who = true where not who and rid in (select rowid from near.found)"
_CROWDED = f"""
select i.visitor from record.interactions i join near.todo t on t.value = i.visitor
where i.type = 'click' group by i.visitor having count(*) > {CROWD_ROWS_MAX}
"""
# Enough clicks to see that it is a crowd, the earliest first: those say since when it had touches at all.
_OF_CROWDS = f"""
select {_COLUMNS} from (
  select rowid, *, row_number() over (partition by visitor order by traffic <> 'human', occurred_at, rowid) as nth
  from record.interactions where type = 'click' and visitor in (from near.crowds)) ranked
where nth <= {CROWD_ROWS_MAX}
"""

_THIN = f"""
select count(*) from (
  select visitor from near.of_crowds group by visitor having count(distinct (sender, id)) <= {CROWD_CLICKS_MIN}) thin
"""


@dataclass(slots=True)
class Near:
    """The rows that are near, as they are found. `last` is the last rowid of the last build."""

    connection: duckdb.DuckDBPyConnection
    last: int
    rows_max: int

    def begin(self) -> None:
        """The news: rows that came since, with every version of their keys."""
        for statement in _TABLES:
            self.connection.execute(statement)
        self.add("select key_hash from record.interactions where rowid > $last", {"last": self.last})

    def add(self, keys: str, bound: dict[str, Any] | None = None, who: bool = True) -> int:
        """Take in the rows of the record whose key_hash a query gives; how many there were."""
        return self._take(f"from record.interactions where key_hash in ({keys})", who, bound or {})

    def add_rows(self, where: str, bound: dict[str, Any] | None = None, who: bool = True) -> int:
        """Take in the rows of the record (alias `i`) of which a condition holds; how many there were."""
        return self._take(f"from record.interactions i where {where}", who, bound or {})

    def spread(self, visitors: bool = False) -> None:
        """Follow clicks, sessions, orders, items (and visitors) until nothing is added."""
        while (
            self._follow_clicks("who")
            + self._follow("transaction_id")
            + self._follow_items()
            + (self._follow("visitor") if visitors else 0)
        ):
            pass

    def spread_clicks(self) -> None:
        """Follow the clicks of every row, until nothing is added."""
        while self._follow_clicks("true"):
            pass

    def _follow_clicks(self, which: str) -> int:
        """What knows a click by its id, by the session, or by the id that a network has for it."""
        return self._follow("click_id", which) + self._follow("session_id", which) + self._follow_names(which)

    def _follow_names(self, which: str) -> int:
        self.connection.execute(_NAMES_TODO.format(which=which))
        if not self._one("select count(*) from near.names_todo"):
            return 0
        self.connection.execute("insert into near.names from near.names_todo")
        return self._take(f"from record.interactions where key_hash in ({_NAMED})", which == "who", {})

    def copy(self) -> None:
        """Bring the rows themselves, in `near.copied`, up to `near.rows`."""
        self.connection.execute(
            "insert into near.copied select rowid, * from record.interactions"
            " where rowid in (select rid from near.rows except select rid from near.copied)"
        )

    def count(self) -> int:
        """How many rows are near."""
        row = self.connection.execute("select count(*) from near.rows").fetchone()
        return int(row[0]) if row else 0

    def _follow(self, link: str, which: str = "who") -> int:
        self.connection.execute(_TODO.format(link=link, which=which))
        if not self._one("select count(*) from near.todo"):
            return 0
        self.connection.execute("insert into near.followed select ?, value from near.todo", [link])
        added = self._cut_crowds() if link == "visitor" else 0
        return added + self._take(f"from record.interactions where {link} in (from near.todo)", which == "who", {})

    def _follow_items(self) -> int:
        self.connection.execute(_ITEMS_TODO)
        if not self._one("select count(*) from near.items_todo"):
            return 0
        self.connection.execute("insert into near.items from near.items_todo")
        return self._take(
            f"from record.interactions where {_MONEY} and (sender, id) in (select (sender, id) from near.items_todo)",
            True,
            {},
        )

    def _cut_crowds(self) -> int:
        """An id of more clicks than a person makes is nobody's: its rows are not followed."""
        self.connection.execute(f"create or replace table near.crowds_now as {_CROWDED}")
        if not self._one("select count(*) from near.crowds_now"):
            return 0
        self.connection.execute("insert into near.crowds from near.crowds_now")
        self.connection.execute("delete from near.todo where value in (from near.crowds_now)")
        self.connection.execute(f"create or replace table near.of_crowds as {_OF_CROWDS}")
        if self._one("select count(*) from near.of_crowds where rowid > ?", [self.last]):
            raise NeedsFullBuildError("an id that a crowd shares got an earlier click")
        if self._one(_THIN):
            raise NeedsFullBuildError("an id has many versions of few clicks")
        return self._take("from near.of_crowds where true", False, {})

    def _take(self, chosen: str, who: bool, bound: dict[str, Any]) -> int:
        given = {name: value for name, value in bound.items() if f"${name}" in chosen}
        self.connection.execute(f"create or replace table near.found as select {_COLUMNS} {chosen}", given)
        changed = [self._one(_UPGRADED)] if who else []
        changed.append(self._one(_ADDED, [who]))
        if self.count() > self.rows_max:
            raise NeedsFullBuildError(f"the news touch more than {self.rows_max:,} rows")
        return sum(changed)

    def _one(self, query: str, bound: list[Any] | None = None) -> Any:
        row = self.connection.execute(query, bound or []).fetchone()
        return row[0] if row else None
