"""This module owns the senders of the simulated world: who posts, how they write, and their part of whichad.toml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_bytes

from ingest.signature import new_secret


@dataclass(frozen=True)
class WorldSender:
    """One sender and its habits.

    `speaks` is "array" or "ndjson"; `states` marks a sender of statements, whose deliveries are one report run
    each; `mess` gives, for each kind of `ingest.world.mess.KINDS`, the share of clicks whose ad text it spoils.
    """

    name: str
    timezone: str
    network: str | None = None
    speaks: str = "array"
    states: bool = False
    creative_key: str = "referrerAdCreative"
    unix_times: bool = False
    cut_length: int = 100
    mess: Mapping[str, float] = field(default_factory=dict)
    profile: str = "standard"
    currency: str = "USD"


REPORTING_ZONES = {"arbitrage": "America/Los_Angeles", "shop": "America/New_York"}

_FEEDS = (
    WorldSender(
        "tonic", "America/Los_Angeles",
        mess={"plus": 0.05, "percent": 0.03, "entities": 0.02, "caps": 0.03, "spaces": 0.02, "cut": 0.05,
              "cut_ellipsis": 0.02, "macro": 0.02, "placeholder": 0.02, "missing": 0.02},
    ),
    WorldSender(
        "system1", "America/Los_Angeles", speaks="ndjson", creative_key="rac", unix_times=True, cut_length=80,
        mess={"percent": 0.06, "plus": 0.02, "entities": 0.03, "caps": 0.02, "spaces": 0.03, "cut": 0.03,
              "cut_ellipsis": 0.03, "macro": 0.03, "placeholder": 0.01, "missing": 0.03},
    ),
)  # fmt: skip
_SHOP = (
    WorldSender(
        "tracker", "UTC", creative_key="referrer_ad_creative", cut_length=90,
        mess={"percent": 0.04, "plus": 0.03, "entities": 0.03, "caps": 0.02, "spaces": 0.03, "cut": 0.03,
              "cut_ellipsis": 0.02, "macro": 0.03, "placeholder": 0.02, "missing": 0.02},
    ),
    WorldSender("shop", "America/New_York"),
    WorldSender("pixel", "UTC", speaks="ndjson", unix_times=True),
)  # fmt: skip
SENDERS: dict[str, tuple[WorldSender, ...]] = {
    "arbitrage": (
        *_FEEDS,
        WorldSender("facebook", "America/Los_Angeles", network="facebook", states=True),
        WorldSender("facebook-eu", "Europe/Berlin", network="facebook", states=True),
        WorldSender("tiktok", "America/New_York", network="tiktok", states=True),
        WorldSender("taboola", "America/Los_Angeles", network="taboola", states=True),
        WorldSender("taboola-de", "Europe/Berlin", network="taboola", states=True),
    ),
    "shop": (
        *_SHOP,
        WorldSender("facebook", "America/Los_Angeles", network="facebook", states=True),
        WorldSender("tiktok", "America/New_York", network="tiktok", states=True),
        WorldSender("google", "America/Los_Angeles", network="google", states=True),
        WorldSender("google-eu", "Europe/Berlin", network="google", states=True),
    ),
}


def fresh_secrets(kind: str) -> dict[str, str]:
    """A new random `whsec_` secret for every sender of a world."""
    return {sender.name: new_secret(token_bytes(32)) for sender in SENDERS[kind]}


def toml_settings(kind: str, secrets: Mapping[str, str]) -> str:
    """The part of whichad.toml that describes a world: kind, zone, currency, senders, conversions.

    It begins with top-level keys: put further ones (`data_dir`) before it, further tables after it.
    Raises KeyError for a sender without a secret.
    """
    head = f'kind = "{kind}"\ntimezone = "{REPORTING_ZONES[kind]}"\ncurrency = "USD"\n'
    tables = [_sender_table(sender, secrets[sender.name]) for sender in SENDERS[kind]]
    if kind == "shop":  # the pixel reports the same orders again
        tables += [f'[conversions.{goal}]\nfrom = "shop"\n' for goal in ("purchase", "lead")]
    return "\n".join([head, *tables])


def _sender_table(sender: WorldSender, secret: str) -> str:
    lines = [
        f"[senders.{sender.name}]",
        f'profile = "{sender.profile}"',
        f'secrets = ["{secret}"]',
        f'timezone = "{sender.timezone}"',
        f'currency = "{sender.currency}"',
    ]
    if sender.network:
        lines.append(f'network = "{sender.network}"')
    return "\n".join(lines) + "\n"
