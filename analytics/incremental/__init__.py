"""This package owns the refresh of work.duckdb by what is new: the same models over what is near the news."""
