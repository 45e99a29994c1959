"""This package owns SQL over the wire: the published marts, served to other DuckDBs by DuckDB's own protocol, Quack."""
