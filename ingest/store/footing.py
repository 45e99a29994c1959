"""This module owns the footing of the record: every block can be read, and rows are the ones that were loaded.

DuckDB checks a block only when it reads it, and each cycle reads few; and a zeroed sector in its WAL can change values
under counts that stay right. So all of it is read now and then, and its content summed: order-free, the same for the
same rows in another file, so that a rebuilt record can be compared with the one before it.
"""

import duckdb

TABLES = ("interactions", "reports", "settlements", "ads")
DAMAGE = ("Corrupt database file", "Could not read enough bytes")


def unreadable(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Read every column of every table: why the record cannot be read, None where it can.

    0.1 s for a million interactions on an idle machine. Raises duckdb.Error for what is no damage.
    """
    try:
        names = connection.execute(
            "select table_name from duckdb_tables() where database_name = current_database() and not temporary"
        ).fetchall()
        for (name,) in names:
            connection.execute(f'select bit_xor(hash("{name}")) from "{name}"').fetchall()  # noqa: S608 (our names)
    except duckdb.Error as error:
        if any(said in str(error) for said in DAMAGE):
            return str(error).splitlines()[0]
        raise
    return None


def footing(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """Rows, and the sum of the hashes of all their columns, by table: equal for equal content."""
    found = {}
    for table in TABLES:
        row = connection.execute(
            f"select count(*), coalesce(sum(hash({table})::hugeint), 0)::varchar from {table}"  # noqa: S608 (our names)
        ).fetchone()
        assert row is not None  # noqa: S101 (aggregates always give a row)
        found[table] = (int(row[0]), str(row[1]))
    return found
