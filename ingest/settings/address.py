"""This module owns what counts as an address of settings: where senders reach us (`public_url`), whose pages post."""

from urllib.parse import urlsplit


def check_public_url(url: str) -> str:
    """Return `url` if senders could post below it, or if it is empty; raise ValueError otherwise."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        is_address = False
    strange = not url.isprintable() or any(character in url for character in ' "\\')  # it is written into TOML
    if url and (not is_address or parts.query or parts.fragment or strange):
        raise ValueError(f"{url!r} is no address that senders could reach, such as 'https://hooks.example.com'")
    return url


def check_origin(origin: str) -> str:
    """Return `origin` if it is a page's as a browser writes it (RFC 6454); raise ValueError otherwise."""
    if origin != _origin_of(origin):
        raise ValueError(f"{origin!r} is no origin of pages as a browser writes it, such as 'https://shop.example'")
    return origin


def _origin_of(address: str) -> str | None:
    """The origin of an address, without the port that its scheme has anyway; None where it has none."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if usual is None or not host or not address.isascii():
        return None
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}" + (
        f":{port}" if port not in (None, usual) else ""
    )
