"""A peer: what one would write first. Flask, and one DuckDB insert with its commit per request.

One process, because DuckDB has one writer; a cursor for each thread of the server. Served by gunicorn with threads.
"""

import os
import threading

import duckdb
from flask import Flask, request

app = Flask("insert")
_connection = duckdb.connect(os.environ["PEER_DATABASE"])
_connection.execute("""create table if not exists events (
  id varchar, type varchar, occurred_at timestamp, creative varchar, click_id varchar, visitor_id varchar,
  network varchar, campaign_id varchar, ad_id varchar, country varchar, device varchar)""")
_local = threading.local()
_INSERT = "insert into events values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_NAMES = ("id", "type", "occurred_at", "referrerAdCreative", "click_id", "visitor_id", "network", "campaign_id",
          "ad_id", "country", "device")  # fmt: skip


@app.post("/webhooks/<sender>")
def take(sender: str) -> dict[str, bool]:
    """Parse, insert, commit, answer."""
    event = request.get_json()
    if not hasattr(_local, "cursor"):
        _local.cursor = _connection.cursor()
    _local.cursor.execute(_INSERT, [event[name] for name in _NAMES])
    return {"ok": True}
