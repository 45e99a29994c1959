"""This module owns the doctor's look at ports and addresses: can whichad listen, and can senders reach it?"""

import errno
import ipaddress
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from analytics.config import AnalyticsSettings
from analytics.status.health import Finding, is_running
from ingest.settings.sections import TOP

PROXY = "Put a proxy with a certificate before it (Caddy: `reverse_proxy 127.0.0.1:8080`), and say its https address."
_NAMELESS = (".local", ".lan", ".internal", ".home", ".localdomain")


def ports(settings: AnalyticsSettings) -> Iterator[Finding]:
    """Each port can be listened on, or is the running whichad's."""
    if is_running(settings):
        yield Finding("ports", True, "in use by the whichad that runs on this data")
        return
    wanted = [(settings.ingest.host, settings.ingest.port, "[ingest] port"),
              ("127.0.0.1", settings.ingest.admin_port, "[ingest] admin_port")]  # fmt: skip
    dashboard = getattr(settings, "dashboard", None)
    if dashboard is not None and not settings.nodes.is_door_only:
        wanted.append((dashboard.host, dashboard.port, "[dashboard] port"))
    troubles = [found for each in wanted if (found := _trouble(*each))]
    yield from troubles
    if not troubles:
        yield Finding("ports", True, ", ".join(str(port) for _, port, _ in wanted) + " are free")


def public(settings: AnalyticsSettings) -> Iterator[Finding]:
    """The address that senders are given is one that they can reach, and safely."""
    url = settings.public_url
    if url is None:
        yield Finding("public_url", True, f"none: only this machine can post. For the internet set it {TOP}")
        return
    parts = urlsplit(url)
    if _is_private(parts.hostname or ""):
        hint = "Give the name that the internet knows this machine by, such as https://hooks.example.com"
        yield Finding("public_url", False, f"{url} is reached from this machine or its network only", hint)
    elif parts.scheme != "https":
        yield Finding("public_url", False, f"{url} is not https: bodies and tokens can be read on their way", PROXY)
    else:
        yield Finding("public_url", True, url)


def _trouble(host: str, port: int, setting: str) -> Finding | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Finding("ports", False, *_words(host, port, setting, error))
    return None


def _words(host: str, port: int, setting: str, error: OSError) -> tuple[str, str]:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken by another program", f"Stop it (who: ss -ltnp), or set another {setting}."
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = f"Set {setting} to one above 1023, and let a proxy listen on {port}."
        return f"port {port} is for root only", hint
    return f"cannot listen on {host}:{port} ({error.strerror})", "Set host to an address of this machine: 127.0.0.1"


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith(_NAMELESS)
    return not address.is_global
