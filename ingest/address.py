"""This module owns what counts as the address that senders reach: `public_url`."""

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
