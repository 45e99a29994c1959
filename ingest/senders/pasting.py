"""This module owns what is pasted into a platform: the address with its macros, the secret, a curl to try it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from ingest.auth import Auth
from ingest.auth.scheme import WITHOUT_KEY
from ingest.config import ConfigError, IngestSettings, resolve_secret
from ingest.profile import Profile, own, profile, shipped
from ingest.senders.origin import LOOPBACK, auth_of, own_profiles
from ingest.senders.send_test import address, curl, signed_sample

MACROS = "{}[]$%#!<>|()@:,/;"  # what platforms build their macros of: encoded, they would not be replaced
ENTERED = ("standard_webhooks", "bearer", "basic", "stripe", "hmac")  # the secret is not in the address
ANY_HOST = ("0.0.0.0", "::")  # noqa: S104 (compared, not bound)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What the owner of a sender enters at its platform, and what to know about it."""

    name: str
    profile: Profile
    url: str = field(repr=False)  # it may hold the token
    secret: str = field(repr=False)  # "" where there is none
    is_entered: bool  # whether the secret is entered at the platform on its own
    verify_token: str | None = field(repr=False)
    curl: str = field(repr=False)
    script: str  # what pages of one's own hold; "" where a platform posts
    warnings: tuple[str, ...]


def base_url(settings: IngestSettings) -> str:
    """The address that senders reach: `public_url`, else this machine's own."""
    host = f"[{settings.ingest.host}]" if ":" in settings.ingest.host else settings.ingest.host
    return (settings.public_url or f"http://{host}:{settings.ingest.port}").rstrip("/")


def url_of(base: str, name: str, found: Profile, auth: Auth, token: str) -> str:
    """The address with the platform's own macros: those stay as they are. `token` is percent-encoded already.

    An SDK that adds a path of its own (Segment's /v1/batch) is given the address without it.
    """
    url, query = f"{base}/webhooks/{name}", quote(found.url, safe="&=+~*'" + MACROS)
    if auth.scheme == "token" and auth.path:
        url += f"/{token}"
    elif auth.scheme in ("token", "bearer") and auth.query:
        query = f"{auth.query[0]}={token}" + (f"&{query}" if query else "")
    return f"{url}?{query}" if query else url


def script_of(base: str, name: str) -> str:
    """The line of HTML that puts the tag on a page."""
    return f'<script async src="{base}/t.js" data-sender="{name}" data-consent="pending"></script>'


def pasted(settings: IngestSettings, name: str) -> Pasted:
    """What is entered for a configured sender. Raises ConfigError."""
    request = signed_sample(settings, name)
    sender, folder = settings.senders[name], own_profiles(settings)
    found = profile(sender.profile, folder)
    auth, base = auth_of(sender, found), base_url(settings)
    has_secret = sender.secrets and auth.scheme not in WITHOUT_KEY
    secret = resolve_secret(sender.secrets[0], settings.base_dir) if has_secret else ""
    try:
        token = resolve_secret(sender.verify_token, settings.base_dir) if sender.verify_token else None
    except ConfigError as error:
        raise ConfigError(f"senders.{name}.verify_token: {error}") from None
    return Pasted(
        name, found, url_of(base, name, found, auth, quote(secret, safe="")), secret,
        auth.scheme in ENTERED and not found.is_secret_theirs, token, curl(address(base, name, request), request),
        script_of(base, name) if auth.scheme == "origin" else "",
        tuple(warnings(settings, name, sender.profile, found, secret)),
    )  # fmt: skip


def warnings(settings: IngestSettings, name: str, profile_name: str, found: Profile, secret: str) -> list[str]:
    """What the owner of a sender should know before pasting anything."""
    said = []
    if not settings.public_url and settings.ingest.host in (*LOOPBACK, *ANY_HOST):
        said.append(
            f"public_url is not set, and no platform can reach {base_url(settings)}: that address works on this "
            'machine only. Write public_url = "https://…" at the top of whichad.toml; then print the address again: '
            f"whichad ingest senders show {name}"
        )
    if found.auth.scheme == "stripe" and secret and not secret.startswith("whsec_"):
        said.append(
            "Stripe's signing secrets begin with whsec_, and this one does not. If it is another key (sk_…, rk_…), "
            "every delivery will be refused."
        )
    mine = own(own_profiles(settings))
    if profile_name in mine and profile_name in shipped():
        said.append(
            f"Your own {mine[profile_name]} is used instead of the profile {profile_name} that comes with whichad."
        )
    return said


def tell(found: Pasted, say: Callable[[str], None], show: Callable[[str], None], has_secret: bool) -> None:
    """What to do (narrated), and what to paste (data); the secret with `has_secret`."""
    say(f"\n{found.profile.setup.strip()}")
    for warning in found.warnings:
        say(f"\nWarning: {warning}")
    say("\nPaste this into your pages:" if found.script else "\nPaste this address:")
    show(found.script or found.url)
    if has_secret and found.secret:
        say("\nand this secret:" if found.is_entered else "\nIts secret:")
        show(found.secret)
    if found.verify_token:
        say("\nand this verify token:")
        show(found.verify_token)
    if found.profile.unconfirmed:
        say("\nNot confirmed by a document yet:" + "".join(f"\n- {each}" for each in found.profile.unconfirmed))
    if not found.script:  # a page is tried by opening it
        say("\nTry it (marked as a test):")
        show(found.curl)
