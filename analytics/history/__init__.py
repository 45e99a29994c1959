"""This package owns `data/history.duckdb`: what was published of every closed day, and every change since, with its cause."""
