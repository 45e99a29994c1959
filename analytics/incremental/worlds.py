"""This module owns the two small builds: the models over the rows that are near, as they were, and with the news.

They stand in the in-memory databases `was` and `now`, beside `work` (the tables of the last build) and `next` (what is
known of texts and ads, as the news make it). A row that differs between the two is a difference of the whole.
A model that reads the same in both is made once; one that reads what it read when it was made, not again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from analytics.incremental.still import Still, reads_of
from analytics.incremental.ways import frozen, grain, way
from analytics.plan import sql
from analytics.settlement import build_beneath
from ingest import parsed

if TYPE_CHECKING:
    from analytics.build import Inputs

WAS, NOW, NEXT = "was", "now", "next"
_ROWS = {WAS: "near_was", NOW: "near_now"}  # the rows that are near, under the names that they have in the record
_DATABASES = (WAS, NOW, NEXT, *_ROWS.values(), "near", "delta")
_PYTHON = {"settlement_beneath()": build_beneath}
_SHARED = ("record.creative_variants", "record.creative_aliases", "record.creatives")
_OF_RECORD = re.compile(r"\brecord\.")
_SMALL = {"interactions": "copied", "reports": "near_reports", "settlements": "near_settlements"}
_STAMP = "(select (count(*), sum(rid), count(*) filter (rid > {last})) from near.{of})"
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
    still: Still = field(default_factory=Still)
    _stamps: dict[str, object] = field(default_factory=dict)  # a table with another stamp is another table
    _made_of: dict[str, list[object]] = field(default_factory=dict)
    _once: set[str] = field(default_factory=set)  # made in NOW alone; WAS has a view of it
    _put_off: dict[str, str] = field(default_factory=dict)  # the same in both, and nobody has asked for it

    def begin(self) -> None:
        """Make the databases, and let both worlds read what concerns everybody."""
        for name in _DATABASES:
            self.connection.execute(f"attach ':memory:' as {name}")
        for world in (WAS, NOW, NEXT):
            for table in frozen():
                self.connection.execute(f"create view {world}.{table} as from work.{table}")

    def see_rows(self) -> None:
        """Let the worlds read the rows in `near.copied`, `near.near_reports` and `near.near_settlements`."""
        for world, rows in _ROWS.items():
            for table in _SHARED:
                self.connection.execute(f"create view {_OF_RECORD.sub(f'{rows}.', table)} as from {table}")
            for table, of in _SMALL.items():
                old = f" where rid <= {self.last[table]:d}" if world == WAS else ""
                self.connection.execute(f"create view {rows}.{table} as select * exclude (rid) from near.{of}{old}")

    def know(self, *models: str) -> None:
        """Let the world before read what was known of texts and ads, and the world after what is."""
        for model in models:
            self.connection.execute(f"create or replace view {WAS}.{model} as from work.{model}")
            self.connection.execute(f"create or replace view {NOW}.{model} as from {NEXT}.{model}")
            self._stamps[model] = object()

    def run(self, models: Iterable[str]) -> None:
        """Run models, in order, in both worlds, over the rows that are near."""
        self._look()
        for model in models:
            name = model.removesuffix("()")
            made_of = [self._stamps.get(table) for table in reads_of(model) or ()]
            if self._made_of.get(name) == made_of:
                continue
            self._made_of[name], self._stamps[name] = made_of, object()
            if self.still.follows(model, *_SHARED):
                self._put_off[name] = model
                self.still.learn(name, True)
            else:
                self._make_in_both(model)
                self.still.learn(name, way(name).word != "view" and not self._compare(name))
        self.connection.execute("use work")

    def provide(self, tables: Iterable[str]) -> None:
        """Make those of some tables that were put off."""
        for table in tables:
            if model := self._put_off.pop(table, ""):
                self._make_once(model)

    def _look(self) -> None:
        """Whether the rows that are near are others than before, and whether news are among them."""
        asked = ", ".join(_STAMP.format(last=self.last[table], of=of) for table, of in _SMALL.items())
        found = self.connection.execute(f"select {asked}").fetchone() or ()
        for table, stamp in zip(_SMALL, found, strict=True):
            self._stamps[f"record.{table}"] = stamp
            self.still.learn(f"record.{table}", not stamp[-1])

    def _make_once(self, model: str) -> None:
        name = model.removesuffix("()")
        self._make(model, NOW)
        if name not in self._once:
            if way(name).word != "view":
                self.connection.execute(f"drop table if exists {WAS}.{name}")
            self.connection.execute(f"create or replace view {WAS}.{name} as from {NOW}.{name}")
            self._once.add(name)

    def _make_in_both(self, model: str) -> None:
        name = model.removesuffix("()")
        self._put_off.pop(name, None)
        if name in self._once:
            self.connection.execute(f"drop view {WAS}.{name}")
            self._once.remove(name)
        self._make(model, WAS)
        self._make(model, NOW)

    def _make(self, model: str, world: str) -> None:
        self.provide(reads_of(model) or ())
        self.connection.execute(f"use {world}")
        if model in _PYTHON:
            _PYTHON[model](self.connection)
            return
        inputs = self.before if world == WAS else self.after
        text = _OF_RECORD.sub(f"{_ROWS[world]}.", sql("models", model))
        kind = "view" if way(model).word == "view" else "table"
        bound = {name: value for name, value in inputs.parameters.items() if f"${name}" in text}
        parsed.run(self.connection, f"create or replace {kind} {model} as\n{text}", bound)
        if model == "settlement_shares":
            self.connection.execute(_PINNED)

    def _compare(self, model: str) -> bool:
        """Make `delta.<model>_out` and `_in`: rows that are no more as they were, and what takes their place.

        Returns whether there are any.
        """
        if way(model).word == "sums":
            return self._sum(model)
        moved = False
        for name, one, other in ((f"{model}_out", WAS, NOW), (f"{model}_in", NOW, WAS)):
            # A fourth of what EXCEPT costs: most rows have thirty columns, and most tables no difference.
            made = self.connection.execute(
                f"create or replace table delta.{name} as select o.* from {one}.{model} o"
                f" where hash(o) not in (select hash(p) from {other}.{model} p)"
            )
            moved = bool((made.fetchone() or (1,))[0]) or moved
        return moved

    def _sum(self, model: str) -> bool:
        """The rows of a sum that move: as they stand in `work`, and as they will. Where none does, neither is made."""
        names, derived = grain(model), dict(way(model).derived)
        types = {name: kind for name, kind, *_ in self.connection.execute(f"describe work.{model}").fetchall()}
        measures = [name for name in types if name not in names and name not in derived]
        keys, listed = ", ".join(names), ", ".join((*names, *measures))
        summed = ", ".join(f"cast(sum({name}) as {types[name]}) as {name}" for name in measures)
        moved = f"group by {keys} having {' or '.join(f'sum({name}) <> 0' for name in measures)}"
        back = ", ".join((*names, *(f"-{name} as {name}" for name in measures)))
        values = ", ".join(f"{derived[name]} as {name}" if name in derived else name for name in types)
        made = self.connection.execute(
            f"create or replace table delta.{model}_moves as select {keys}, {summed} from"
            f" (select {listed} from {NOW}.{model} union all select {back} from {WAS}.{model}) b {moved}"
        )
        if not (made.fetchone() or (1,))[0]:
            return False
        self.connection.execute(
            f"create or replace table delta.{model}_out as select w.* from work.{model} w"
            f" semi join delta.{model}_moves d on {same(names, 'w', 'd')}"
        )
        self.connection.execute(
            f"create or replace table delta.{model}_in as select {values} from (select {keys}, {summed} from"
            f" (select {listed} from delta.{model}_out union all select {listed} from delta.{model}_moves) b {moved}) s"
        )
        return True


def same(names: Iterable[str], one: str, other: str) -> str:
    """The condition that two rows have one key; NULL is a value of it."""
    return " and ".join(f"{one}.{name} is not distinct from {other}.{name}" for name in names)
