"""This module owns the limit on guessing: how many logins may fail per account and per address, across restarts."""

import hashlib
import ipaddress
import sqlite3

WINDOW_SECONDS = 900  # failures count for a quarter of an hour, and that is how long a lock lasts
ACCOUNT_MAX = 5
ADDRESS_MAX = 20
# The oldest of the last so many: once it is out of the window, there is room for one more.
_OF_ACCOUNT = "select at from attempts where account = ? order by at desc limit 1 offset ?"
_OF_ADDRESS = "select at from attempts where address = ? order by at desc limit 1 offset ?"


def reserve(connection: sqlite3.Connection, account: str, address: str, now: int) -> int:
    """Take one try, before the password is looked at, so that many at once do not slip through. 0: go on; else the
    seconds to wait, and the try is not counted."""
    since = now - WINDOW_SECONDS
    connection.execute("delete from attempts where at <= ?", (since,))
    account, address = _hash(account.casefold()), _hash(network_of(address))
    waits = []
    for query, value, most in ((_OF_ACCOUNT, account, ACCOUNT_MAX), (_OF_ADDRESS, address, ADDRESS_MAX)):
        row = connection.execute(query, (value, most - 1)).fetchone()
        waits.append(0 if row is None else max(1, row[0] - since))
    if not any(waits):
        connection.execute("insert into attempts (at, account, address) values (?, ?, ?)", (now, account, address))
    return max(waits)


def forgive(connection: sqlite3.Connection, account: str) -> None:
    """Forget the failures of an account: somebody who knows the password came in, or it is another one now."""
    connection.execute("delete from attempts where account = ?", (_hash(account.casefold()),))


def network_of(address: str) -> str:
    """What one visitor may be expected to have: an IPv4 address, the /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
