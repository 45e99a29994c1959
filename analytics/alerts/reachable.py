"""This module owns which addresses may be posted to: none inside a private network, unless the settings allow it.

Whoever may add an endpoint could otherwise make this machine ask its neighbours, its cloud's metadata service or its
own admin port (SSRF). A name is resolved once, what it resolves to is checked, and exactly that is connected to: a name
that answers otherwise the second time gains nothing. IPv4 in an IPv6 shell (mapped, NAT64, 6to4, Teredo) is refused,
for what is inside can be anything.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ingest.relaying.target import Target

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
# Ways to any IPv4 address or to a machine nearby, and what one Python version calls global and another does not.
_NEVER = tuple(map(ip_network, (
    "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/23", "::/96", "5f00::/16", "3fff::/20",
    "192.88.99.0/24", "192.0.0.0/24",
)))  # fmt: skip


class ForbiddenError(Exception):
    """The address may not be posted to; the message is a sentence, without the part that may hold a token."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address that was checked, ready to connect to."""

    family: socket.AddressFamily
    host: str
    port: int


def networks(told: Sequence[str]) -> tuple[Network, ...]:
    """Networks such as `10.0.0.0/8` or a single address. Raises ValueError."""
    return tuple(ip_network(each) for each in told)


def is_public(address: Address) -> bool:
    """Whether an address is reached over the internet, and is one machine's."""
    if isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address.is_site_local):
        return False
    if address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global:
        return False
    return not any(address in each for each in _NEVER if each.version == address.version)


def places(to: Target, allowed: Sequence[Network]) -> list[Place]:
    """Where a target may be connected to, in the resolver's order.

    Private addresses only within `allowed`, and plain http only there. Raises ForbiddenError where nothing is left,
    OSError and UnicodeError where the name is not known.
    """
    port = to.port or (443 if to.is_tls else 80)
    found = socket.getaddrinfo(to.host, port, type=socket.SOCK_STREAM)
    kept, opened = [], 0
    for family, _kind, _protocol, _name, where in found:
        address = ip_address(str(where[0]))
        is_allowed = any(_plain(address) in each for each in allowed if each.version == _plain(address).version)
        opened += is_allowed or is_public(address)
        if is_allowed or (is_public(address) and to.is_tls):
            kept.append(Place(family, str(where[0]), port))
    if kept:
        return list(dict.fromkeys(kept))
    if opened:
        raise ForbiddenError(
            f"{to.name} is not encrypted: use https, or name its network in allow_private of [alerts]."
        )
    raise ForbiddenError(
        f"{to.name} leads to this machine or into a private network, and is not posted to. If it shall be: write"
        f' allow_private = ["{_plain(ip_address(str(found[0][4][0])))}"] under [alerts] into the whichad.toml in use,'
        " and start whichad again."
    )


def _plain(address: Address) -> Address:
    """An IPv4 address out of its IPv6 shell: allowing 10.0.0.0/8 allows ::ffff:10.0.0.1."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
