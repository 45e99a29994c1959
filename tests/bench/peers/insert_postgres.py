"""A peer: Flask and PostgreSQL, a pooled connection and one insert with its commit per request. Served by gunicorn.

The server is the machine's own PostgreSQL with its defaults (fsync and synchronous_commit on), over a Unix socket.
"""

import os

from flask import Flask, request
from psycopg_pool import ConnectionPool

app = Flask("insert")
_pool = ConnectionPool(os.environ["PEER_DATABASE"], min_size=16, max_size=16, open=True)
with _pool.connection() as _one:
    _one.execute("""create table if not exists events (
      id text, type text, occurred_at timestamptz, creative text, click_id text, visitor_id text, network text,
      campaign_id text, ad_id text, country text, device text)""")
_INSERT = "insert into events values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_NAMES = ("id", "type", "occurred_at", "referrerAdCreative", "click_id", "visitor_id", "network", "campaign_id",
          "ad_id", "country", "device")  # fmt: skip


@app.post("/webhooks/<sender>")
def take(sender: str) -> dict[str, bool]:
    """Parse, insert, commit (the pool does on leaving), answer."""
    event = request.get_json()
    with _pool.connection() as connection:
        connection.execute(_INSERT, [event[name] for name in _NAMES])
    return {"ok": True}
