"""This module owns the promise that a work.duckdb of another release is built over, be it a table or a view there."""

import duckdb

from analytics.work import room


def test_what_stands_as_the_other_kind_makes_room() -> None:
    connection = duckdb.connect()
    connection.execute("create table stitched as select 1 as n")
    connection.execute("create view facts_daily as select 1 as n")
    connection.execute("create table events as select 1 as n")
    connection.execute("create view creative_daily as select 1 as n")
    connection.execute("create table nobodys as select 1 as n")
    room.make(connection)
    left = connection.execute("select table_name from information_schema.tables order by 1").fetchall()
    assert left == [("creative_daily",), ("events",), ("nobodys",)]
