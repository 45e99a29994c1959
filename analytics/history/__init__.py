"""This package owns `data/history.duckdb`: what was published of a closed day, and each change since with its cause."""
