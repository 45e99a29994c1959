"""This module owns names and addresses: what counts as this machine, under which names the dashboard may be asked,
whose word about the visitor's address is believed, and whether a request came from our own page.

A hostile page can point a name of its own at 127.0.0.1 (DNS rebinding) and would then read a dashboard without login
as its own: so a name that we do not know is refused. An address cannot be rebound.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import Request

from dashboard.config import Settings

_WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def is_loopback(name: str) -> bool:
    """Whether a host name or address is this machine, for itself only."""
    address = _address(name)
    return name.lower() == "localhost" if address is None else address.is_loopback


def public_url(settings: Settings) -> str | None:
    """The address that people open, as far as the settings say one."""
    return settings.dashboard.public_url or settings.public_url


def asked_host(request: Request) -> str:
    """The name in the Host header, in lower case, without port and brackets; empty where it is none."""
    try:
        return (urlsplit(f"//{request.headers.get('Host', '')}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_known(name: str, settings: Settings) -> bool:
    """Whether the dashboard may be asked under a name."""
    bound = settings.dashboard.host
    public = urlsplit(public_url(settings) or "").hostname
    if is_loopback(name) or name in {host.lower() for host in (bound, *settings.dashboard.hosts, public) if host}:
        return True
    return bound in _WILDCARDS and _address(name) is not None


def is_from_our_page(request: Request, settings: Settings) -> bool:
    """Whether a request that changes something comes from a page of ours, or from no browser at all.

    Sec-Fetch-Site is the browser's own word where it sends it (HTTPS, loopback); else Origin has to be ours.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    public = urlsplit(public_url(settings) or "")
    ours = {f"http://{request.host}", f"https://{request.host}", f"{public.scheme}://{public.netloc}"}
    return origin.lower() in {each.lower() for each in ours}


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether the visitor's browser speaks TLS: its cookies are then kept from going without."""
    if is_believed(request, settings) and request.headers.get("X-Forwarded-Proto", "").lower() == "https":
        return True
    return (public_url(settings) or "").startswith("https:") and not is_loopback(asked_host(request))


def visitor_address(request: Request, settings: Settings) -> str:
    """The visitor's address: the peer's, or what a proxy that we believe says it is."""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    peer = request.remote_addr or ""
    return told if told and is_believed(request, settings) else peer


def is_believed(request: Request, settings: Settings) -> bool:
    """Whether the peer is a proxy of ours."""
    peer = request.remote_addr or ""
    return is_loopback(peer) or peer in settings.dashboard.proxies


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None
