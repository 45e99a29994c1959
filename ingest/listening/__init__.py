"""This module owns the room of the sockets that ingest listens on: bound by itself, or held by who started it."""
