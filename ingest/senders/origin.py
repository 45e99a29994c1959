"""This module owns a sender as the door knows it: its settings, its profile, who may post as it, how it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.auth import Verifier, verifier
from ingest.auth.scheme import WITHOUT_KEY, Auth
from ingest.config import ConfigError, IngestSettings, Sender, resolve_secret
from ingest.mapping import Mapper
from ingest.profile import Profile, profile

PROFILES_FOLDER = "profiles"
TOKEN_CHARS_MIN = 8  # a shorter part of a secret, such as a user name, stands in bodies by chance
LOOPBACK = ("127.0.0.1", "::1", "localhost")
TRIAL_SECRET = "whsec_dHJpYWwtc2VjcmV0LWtub3duLXRvLWV2ZXJ5b25l"  # noqa: S105 (in the example whichad.toml, not secret)
# What is kept beside every body, so that it can be read again; signatures also go on to where a sender relays to.
KEPT_HEADERS = ("content-encoding", "whichad-test", "whichad-relay")
SIGNATURE_HEADERS = (
    "webhook-id", "webhook-timestamp", "webhook-signature", "svix-id", "svix-timestamp", "svix-signature",
    "stripe-signature", "x-hub-signature-256", "x-shopify-hmac-sha256", "typeform-signature",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """A configured sender, ready to be posted to. `mapper` is None where objects are canonical already."""

    name: str
    sender: Sender
    profile: Profile
    verifier: Verifier
    mapper: Mapper | None
    verify_token: str | None
    strict: bool
    zone: ZoneInfo
    currency: str
    network: str | None
    kept_headers: tuple[str, ...]
    tokens: tuple[bytes, ...]  # what travels as it is, and must not be kept


def origins(settings: IngestSettings) -> dict[str, Origin]:
    """The configured senders. Raises ConfigError that names the sender and what is wrong with it."""
    return {name: origin(name, sender, settings) for name, sender in settings.senders.items()}


def own_profiles(settings: IngestSettings) -> Path:
    """The folder of the user's own profiles, beside whichad.toml."""
    return settings.base_dir / PROFILES_FOLDER


def origin(name: str, sender: Sender, settings: IngestSettings) -> Origin:
    """One sender. Raises ConfigError."""
    found = profile(sender.profile, own_profiles(settings))
    try:
        texts = proofs(sender, found, settings.base_dir)
        token = resolve_secret(sender.verify_token, settings.base_dir) if sender.verify_token else None
    except ConfigError as error:
        raise ConfigError(f"senders.{name}: {error}") from None
    if TRIAL_SECRET in texts and (settings.public_url or settings.ingest.host not in LOOPBACK):
        raise ConfigError(
            f"senders.{name}.secrets still holds the trial secret, which everybody knows. Make a new one before "
            "anybody else can reach this port: whichad ingest senders add writes one."
        )
    headers = {*KEPT_HEADERS, *found.keep_headers, *(SIGNATURE_HEADERS if sender.relay_to else ())}
    return Origin(
        name=name,
        sender=sender,
        profile=found,
        verifier=_verifier(name, sender, found, texts),
        mapper=mapper(name, sender, found),
        verify_token=token,
        strict=found.strict if sender.strict is None else sender.strict,
        zone=ZoneInfo(sender.timezone or found.timezone),
        currency=sender.currency or found.currency,
        network=sender.network or found.network,
        kept_headers=tuple(sorted(headers)),
        tokens=_tokens(auth_of(sender, found), texts),
    )


def _tokens(auth: Auth, texts: list[str]) -> tuple[bytes, ...]:
    if auth.scheme not in ("token", "bearer", "basic"):
        return ()
    parts = [part for text in texts for part in (text, *text.split(":")) if len(part) >= TOKEN_CHARS_MIN]
    return tuple(dict.fromkeys(part.encode() for part in parts))


def auth_of(sender: Sender, found: Profile) -> Auth:
    """The profile's scheme, unless the sender says that anybody may post."""
    return Auth(scheme="none") if sender.auth == "none" else found.auth


def proofs(sender: Sender, found: Profile, base_dir: Path) -> list[str]:
    """What a sender's requests are held against, the one to sign with first: its secrets, or its pages' origins.

    Raises ConfigError where a secret is not there, or where a setting would promise what nobody checks.
    """
    auth = auth_of(sender, found)
    if sender.origins and auth.scheme != "origin":
        raise ConfigError(f"origins are checked by the scheme origin only, and here it is {auth.scheme}. Remove them.")
    if auth.scheme in WITHOUT_KEY and sender.secrets:
        raise ConfigError("this profile checks no secret (its platform sends none), so remove the secrets.")
    return [*sender.origins, *(resolve_secret(secret, base_dir) for secret in sender.secrets)]


def _verifier(name: str, sender: Sender, found: Profile, texts: list[str]) -> Verifier:
    auth = auth_of(sender, found)
    if not texts and auth.scheme == "origin":
        raise ConfigError(
            f"senders.{name}.origins is empty: no page could post. List the origins of your pages: "
            'origins = ["https://shop.example"] (senders add: --origin https://shop.example).'
        )
    if not texts and auth.scheme != "none":
        raise ConfigError(
            f"senders.{name}.secrets is empty: nobody could post. Give it a secret"
            + (', or say auth = "none" if the platform has none.' if auth.scheme == "token" else ".")
        )
    try:
        return verifier(auth, texts)
    except ValueError as error:
        raise ConfigError(f"senders.{name}.secrets: {error}") from None


def mapper(name: str, sender: Sender, found: Profile) -> Mapper | None:
    """What reads a sender's records; None where they are canonical already. Raises ConfigError."""
    if found.read.canonical:
        return None
    chosen: Mapping[str, str] = {k: v for k, v in sender.options.items() if k != "repeats"}
    repeats = sender.options.get("repeats", found.repeats)
    if repeats not in ("replace", "ignore", "add"):
        raise ConfigError(f"senders.{name}.options.repeats = {repeats!r}: replace, ignore or add.")
    try:
        return Mapper(found, chosen, repeats)
    except ValueError as error:
        raise ConfigError(f"senders.{name} (profile {sender.profile}): {error}") from None
