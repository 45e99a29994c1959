"""This module owns the two sockets of ingest: that of webhooks, that of its administration.

Who holds a listening socket decides who is refused: while anybody has it open, connections wait in its backlog. So
`whichad up`, or systemd, holds them while ingest itself is started again, and nobody who connects meanwhile is refused.
"""

import socket
import sys
from dataclasses import dataclass

from ingest.config import ConfigError, IngestSettings
from ingest.listening.config import handed

BACKLOG = 1024
WEBHOOKS, ADMIN = "webhooks", "admin"  # FileDescriptorName= of a socket unit


@dataclass(frozen=True, slots=True)
class Sockets:
    """What ingest listens on."""

    webhooks: socket.socket
    admin: socket.socket

    @property
    def fds(self) -> tuple[int, int]:
        """The file descriptors, as `taken` takes them in a child."""
        return self.webhooks.fileno(), self.admin.fileno()

    def close(self) -> None:
        """Let go of both; whoever else has them open still holds them."""
        self.webhooks.close()
        self.admin.close()


def opened(settings: IngestSettings) -> Sockets:
    """The sockets that a service manager handed to this process; what it did not is bound here. Raises ConfigError.

    One socket alone is that of webhooks, however its unit calls it.
    """
    found, limits = handed(), settings.ingest
    unknown = sorted(set(found) - {WEBHOOKS, ADMIN})
    if len(found) == 1 and unknown:
        found = {WEBHOOKS: found[unknown[0]]}
    elif unknown:
        raise ConfigError(
            f"The service manager handed a socket named {unknown[0]!r}. "
            f"Name each: FileDescriptorName={WEBHOOKS} or {ADMIN}."
        )
    webhooks, admin = (_checked(found[name], name) if name in found else None for name in (WEBHOOKS, ADMIN))
    if webhooks is not None and limits.port not in (0, port := webhooks.getsockname()[1]):
        said = f"whichad: ingest listens on port {port}, as it was handed, and not on ingest.port = {limits.port}"
        print(said, file=sys.stderr, flush=True)
    return Sockets(
        webhooks or bind(limits.host, limits.port, "ingest.port"),
        admin or bind(limits.admin_host, limits.admin_port, "ingest.admin_port"),
    )


def taken(fds: tuple[int, int]) -> Sockets:
    """The sockets of a parent, by their file descriptors. Raises ConfigError."""
    return Sockets(_checked(fds[0], WEBHOOKS), _checked(fds[1], ADMIN))


def bind(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket. Raises ConfigError that names the setting when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"Port {port} on {host} cannot be used ({error.strerror}). "
            f"Stop what holds it, or set {setting} in whichad.toml to another one."
        ) from None
    listener.listen(BACKLOG)
    return listener


def _checked(fd: int, name: str) -> socket.socket:
    """The socket of a file descriptor, if it is one that TCP connections come in by. Raises ConfigError."""
    try:
        found = socket.socket(fileno=fd)
        is_tcp = found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM
        if is_tcp and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            found.set_inheritable(False)  # it is passed on by name only
            return found
    except OSError as error:
        raise ConfigError(f"The socket {name!r} was handed as file descriptor {fd}: {error.strerror}.") from None
    raise ConfigError(
        f"What was handed as the socket {name!r} takes no TCP connections: a unit needs ListenStream=, and Accept=no."
    )
