"""This module owns what older histories lack: a step per schema version, each in one transaction."""

import duckdb

_STEPS = {
    1: (
        "alter table verdicts add column p_beats_scope double",
        "alter table verdicts add column net_per_click double",
        "alter table verdicts add column thresholds_version integer",
        "alter table verdicts add column since date",
        "alter table verdicts add column comparison varchar",
        "alter table verdicts add column ahead double",
        "alter table verdicts add column ahead_sd double",
        "alter table verdicts add column net_mean double",
        "alter table verdicts add column net_sd double",
        "create table if not exists thresholds (version integer not null, name varchar not null, value double not null,"
        " what varchar not null, since date not null)",
        "update schema_version set version = 2",
    ),
}


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the opened history to the newest schema; what was kept stays as it was said. Raises duckdb.Error."""
    version = int((connection.execute("select max(version) from schema_version").fetchone() or (0,))[0])
    for statements in [step for at, step in sorted(_STEPS.items()) if at >= version]:
        connection.execute("begin")
        try:
            for statement in statements:
                connection.execute(statement)
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("commit")
        connection.execute("checkpoint")
