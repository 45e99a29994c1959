"""This package owns how work.duckdb is worked on: how much it takes, whom it waits for, how far it is, how it ends."""
