"""Listening: ingest as it runs, its sockets, its worker processes, HTTP as bytes, the loopback port."""
