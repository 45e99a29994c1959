"""This module owns the two small builds: the models over the rows that are near, as they were, and with the news.

They stand in the in-memory databases `was` and `now`, beside `work` (the tables of the last build) and `next` (what is
known of texts and ads, as the news make it). A row that differs between the two is a difference of the whole.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analytics.incremental.ways import frozen, grain, way
from analytics.plan import sql
from analytics.settlement import build_beneath
from ingest import parsed

if TYPE_CHECKING:
    from analytics.build import Inputs

WAS, NOW, NEXT = "was", "now", "next"
_DATABASES = (WAS, NOW, NEXT, "near", "delta")
_PYTHON = {"settlement_beneath()": build_beneath}
_OF_RECORD = re.compile(r"\brecord\.")
_SMALL = ("interactions", "reports", "settlements")
# A settled cell that the news do not touch keeps its shares: their goals are not all near.
_PINNED = """
insert into settlement_shares by name
select s.* from work.settlement_shares s
semi join goals_told g on g.goal_id = s.goal_id
anti join near.cells c on c.sender = s.settlement_sender and c.day = s.stated_day
anti join settlement_shares h on h.goal_id = s.goal_id
"""


@dataclass(slots=True)
class Worlds:
    """Where the small builds are made. `before` are the inputs of the last build, `after` those of this one."""

    connection: duckdb.DuckDBPyConnection
    before: "Inputs"
    after: "Inputs"
    last: dict[str, int]

    def begin(self) -> None:
        """Make the databases, and let both worlds read what concerns everybody."""
        for name in _DATABASES:
            self.connection.execute(f"attach ':memory:' as {name}")
        for world in (WAS, NOW):
            for table in frozen():
                self.connection.execute(f"create view {world}.{table} as from work.{table}")
        for table in frozen():
            self.connection.execute(f"create view {NEXT}.{table} as from work.{table}")
        for table in ("creative_variants", "creative_aliases", "creatives"):
            self.connection.execute(f"create view near.{table} as from record.{table}")
        for table in _SMALL:
            self.connection.execute(f"create table near.{table} as from record.{table} limit 0")

    def know(self, *models: str) -> None:
        """Let the world before read what was known of texts and ads, and the world after what is."""
        for model in models:
            self.connection.execute(f"create or replace view {WAS}.{model} as from work.{model}")
            self.connection.execute(f"create or replace view {NOW}.{model} as from {NEXT}.{model}")

    def run(self, models: Iterable[str]) -> None:
        """Run models, in order, in both worlds, over `near.copied`, `near.near_reports` and `near.near_settlements`."""
        for world in (WAS, NOW):
            inputs = self.before if world == WAS else self.after
            self._rows(world)
            self.connection.execute(f"use {world}")
            for model in models:
                self._make(model, inputs)
        self.connection.execute("use work")
        for model in models:
            self._compare(model.removesuffix("()"))

    def _rows(self, world: str) -> None:
        for table, source in zip(_SMALL, ("copied", "near_reports", "near_settlements"), strict=True):
            old = f" where rid <= {self.last[table]:d}" if world == WAS else ""
            self.connection.execute(f"delete from near.{table}")
            self.connection.execute(f"insert into near.{table} select * exclude (rid) from near.{source}{old}")

    def _make(self, model: str, inputs: "Inputs") -> None:
        if model in _PYTHON:
            _PYTHON[model](self.connection)
            return
        text = _OF_RECORD.sub("near.", sql("models", model))
        bound = {name: value for name, value in inputs.parameters.items() if f"${name}" in text}
        parsed.run(self.connection, f"create or replace table {model} as\n{text}", bound)
        if model == "settlement_shares":
            self.connection.execute(_PINNED)

    def _compare(self, model: str) -> None:
        """`delta.<model>_out` and `_in`: rows that are no more as they were, and what takes their place."""
        if way(model).word == "sums":
            self._sum(model)
            return
        for name, one, other in ((f"{model}_out", WAS, NOW), (f"{model}_in", NOW, WAS)):
            # A fourth of what EXCEPT costs: most rows have thirty columns, and most tables no difference.
            self.connection.execute(
                f"create or replace table delta.{name} as select o.* from {one}.{model} o"
                f" where hash(o) not in (select hash(p) from {other}.{model} p)"
            )

    def _sum(self, model: str) -> None:
        """The rows of a sum that move: as they stand in `work`, and as they will."""
        names, derived = grain(model), dict(way(model).derived)
        types = {name: kind for name, kind, *_ in self.connection.execute(f"describe work.{model}").fetchall()}
        measures = [name for name in types if name not in names and name not in derived]
        keys, listed = ", ".join(names), ", ".join((*names, *measures))
        summed = ", ".join(f"cast(sum({name}) as {types[name]}) as {name}" for name in measures)
        moved = f"group by {keys} having {' or '.join(f'sum({name}) <> 0' for name in measures)}"
        back = ", ".join((*names, *(f"-{name} as {name}" for name in measures)))
        values = ", ".join(f"{derived[name]} as {name}" if name in derived else name for name in types)
        self.connection.execute(
            f"create or replace table delta.{model}_moves as select {keys}, {summed} from"
            f" (select {listed} from {NOW}.{model} union all select {back} from {WAS}.{model}) b {moved}"
        )
        self.connection.execute(
            f"create or replace table delta.{model}_out as select w.* from work.{model} w"
            f" semi join delta.{model}_moves d on {same(names, 'w', 'd')}"
        )
        self.connection.execute(
            f"create or replace table delta.{model}_in as select {values} from (select {keys}, {summed} from"
            f" (select {listed} from delta.{model}_out union all select {listed} from delta.{model}_moves) b {moved}) s"
        )


def same(names: Iterable[str], one: str, other: str) -> str:
    """The condition that two rows have one key; NULL is a value of it."""
    return " and ".join(f"{one}.{name} is not distinct from {other}.{name}" for name in names)
