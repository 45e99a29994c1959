"""This module owns the endpoints: who is told, over which channel, of which events, signed with which secrets."""

import base64
import json
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from analytics.alerts.kinds import check_types
from analytics.alerts.store import now_ms, reading, writing
from ingest.config import ConfigError
from ingest.settings.mistakes import near

WEBHOOK, APPRISE = "webhook", "apprise"
SECRET_BYTES = 32  # the specification asks for 24 to 64
OVERLAP_MS = 24 * 3600 * 1000  # how long the secret before a rotation signs, too
_SELECT = """
select id, name, channel, url, events, created_at, failing_since, disabled_at, disabled_why,
  (select json_group_array(secret) from (select secret from secrets s where s.endpoint_id = e.id
    and (until is null or until > ?1) order by until is not null, made_at desc))
from endpoints e
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address that is told. Times are unix ms; `events` empty: all; `secrets`: the newest first, all sign."""

    id: str
    name: str
    channel: str
    url: str
    events: tuple[str, ...]
    created_at: int
    failing_since: int | None
    disabled_at: int | None
    disabled_why: str
    secrets: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The address as it may be shown: its path and its query may hold a token."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        if self.channel == WEBHOOK:
            return f"{parts.scheme}://{host}" + ("/…" if parts.path.strip("/") or parts.query else "")
        return f"{parts.scheme or self.channel}://…"

    def wants(self, kind: str) -> bool:
        """Whether events of this type go to it."""
        return not self.events or kind in self.events


def listed(data_dir: Path) -> list[Endpoint]:
    """Every endpoint, by name. Raises StoreError."""
    with reading(data_dir) as store:
        return of(store)


def of(store: sqlite3.Connection) -> list[Endpoint]:
    """The same, of an opened store."""
    return _found(store, "order by name")


def named(data_dir: Path, name: str) -> Endpoint:
    """The endpoint of a name or an id. Raises ConfigError where there is none, StoreError."""
    with reading(data_dir) as store:
        return find(store, name)


def add(data_dir: Path, name: str, url: str, channel: str = WEBHOOK, events: tuple[str, ...] = ()) -> Endpoint:
    """A new endpoint; a webhook's secret is made here. Raises ConfigError for a name that is taken, StoreError."""
    name, wanted, at = name.strip(), check_types(events), now_ms()
    if not name:
        raise ConfigError("An endpoint needs a name, such as: team")
    made = f"ep_{secrets.token_hex(6)}"
    with writing(data_dir) as store:
        try:
            store.execute(
                "insert into endpoints(id, name, channel, url, events, created_at, changed_at)"
                " values (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
                (made, name, channel, url, json.dumps(wanted), at),
            )
        except sqlite3.IntegrityError:
            raise ConfigError(
                f"There is an endpoint {name!r} already. Remove it first, or take another name."
            ) from None
        if channel == WEBHOOK:
            _add_secret(store, made, at)
        return find(store, made)


def change(data_dir: Path, name: str, events: tuple[str, ...]) -> Endpoint:
    """Let it want these events from now on; () is all. Raises ConfigError, StoreError."""
    wanted = check_types(events)
    with writing(data_dir) as store:
        found = find(store, name)
        store.execute(
            "update endpoints set events = ?, changed_at = ? where id = ?", (json.dumps(wanted), now_ms(), found.id)
        )
        return find(store, found.id)


def remove(data_dir: Path, name: str) -> Endpoint:
    """Remove it, with what waits for it and its log; returns what it was. Raises ConfigError, StoreError."""
    with writing(data_dir) as store:
        found = find(store, name)
        store.execute("delete from endpoints where id = ?", (found.id,))
        return found


def enable(data_dir: Path, name: str) -> Endpoint:
    """Send to it again; what waited for it is due at once. Raises ConfigError, StoreError."""
    with writing(data_dir) as store:
        found, at = find(store, name), now_ms()
        store.execute(
            "update endpoints set disabled_at = null, disabled_why = '', failing_since = null, changed_at = ?"
            " where id = ?", (at, found.id),
        )  # fmt: skip
        store.execute(
            "update deliveries set due_at = ?, tries = 0 where endpoint_id = ? and state = 'waiting'", (at, found.id)
        )
        return find(store, found.id)


def disable(data_dir: Path, name: str, why: str) -> Endpoint:
    """Send nothing to it until it is enabled. Raises ConfigError, StoreError."""
    with writing(data_dir) as store:
        found = find(store, name)
        store.execute(
            "update endpoints set disabled_at = ?1, disabled_why = ?2, changed_at = ?1 where id = ?3",
            (now_ms(), why, found.id),
        )
        return find(store, found.id)


def rotate(data_dir: Path, name: str) -> Endpoint:
    """A new secret, first in `secrets`; the one before signs beside it for a day. Raises ConfigError, StoreError."""
    with writing(data_dir) as store:
        found, at = find(store, name), now_ms()
        if found.channel != WEBHOOK:
            raise ConfigError(f"{found.name} is reached over {found.channel}: only a webhook is signed.")
        store.execute("delete from secrets where endpoint_id = ? and until <= ?", (found.id, at))
        store.execute(
            "update secrets set until = ? where endpoint_id = ? and until is null", (at + OVERLAP_MS, found.id)
        )
        _add_secret(store, found.id, at)
        return find(store, found.id)


def find(store: sqlite3.Connection, name: str) -> Endpoint:
    """The endpoint of a name or an id, of an opened store. Raises ConfigError."""
    found = _found(store, "where id = ?2 or name = ?2", name)
    if not found:
        names = [each.name for each in of(store)]
        known = f"There are: {', '.join(names)}." if names else "There is none: whichad alerts endpoints add"
        raise ConfigError(f"There is no endpoint {name!r}{near(name, names)}. {known}")
    return found[0]


def _found(store: sqlite3.Connection, more: str, *values: str) -> list[Endpoint]:
    rows = store.execute(_SELECT + more, (now_ms(), *values)).fetchall()
    return [_endpoint(*row) for row in rows]


def _endpoint(*row: Any) -> Endpoint:
    *first, events, created_at, failing_since, disabled_at, disabled_why, signing = row
    wanted, sign = tuple(json.loads(events)), tuple(json.loads(signing))
    i, name, channel, url = first
    return Endpoint(i, name, channel, url, wanted, created_at, failing_since, disabled_at, disabled_why, sign)


def _add_secret(store: sqlite3.Connection, endpoint_id: str, at: int) -> None:
    made = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    store.execute("insert into secrets(endpoint_id, secret, made_at) values (?, ?, ?)", (endpoint_id, made, at))
