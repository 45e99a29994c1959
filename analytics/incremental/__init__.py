"""Refreshing work.duckdb by what is new: the same models over the neighbourhood of the news, before and after."""
