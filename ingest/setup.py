"""This module owns the first set-up: a `whichad.toml` that explains itself, with a first sender."""

from dataclasses import dataclass
from pathlib import Path

from ingest.adding import Added, Wish, add
from ingest.config import CONFIG_NAME, SENDER_NAME, ConfigError, check_zone
from ingest.currency import check_currency

COMMENT_COLUMN = 40
TARGETS = {"shop": ("roas = 2.0", "or cpa"), "arbitrage": ("profit_per_click = 0.0", "break even")}


@dataclass(frozen=True, slots=True)
class Answers:
    """What `whichad init` asks."""

    kind: str
    timezone: str
    currency: str
    public_url: str
    sender: str
    profile: str = "standard"
    secret: str = ""


def write(folder: Path, answers: Answers) -> Added:
    """Write `whichad.toml` with its first sender into `folder`. Raises ConfigError; never overwrites."""
    config = folder / CONFIG_NAME
    if config.exists():
        raise ConfigError(f"{config} exists already; it is yours to edit. Move it away to start over.")
    _check(answers)
    config.write_text("\n".join(_lines(answers)) + "\n", encoding="utf-8")
    # Code of one's own speaks one's own zone; a platform's times are in the zone its profile knows.
    zone = answers.timezone if answers.profile == "standard" else ""
    wish = Wish(answers.sender, answers.profile, zone, answers.currency, answers.secret)
    try:
        return add(config, wish)
    except ConfigError:
        config.unlink()  # as if nothing had been asked
        raise


def _lines(answers: Answers) -> list[str]:
    """The lines of a settings file that explains itself."""
    public = (f'public_url = "{answers.public_url.rstrip("/")}"', "what senders reach")
    settings: list[tuple[str, str]] = [
        ("", "whichad: settings. Defaults < this file < environment (WHICHAD_INGEST__PORT=9000) < flags."),
        ("", ""),
        (f'kind = "{answers.kind}"', "shop or arbitrage: headline rule, objective, words on the pages"),
        ('data_dir = "data"', "relative to this file"),
        (f'timezone = "{answers.timezone}"', "the zone of reporting days"),
        (f'currency = "{answers.currency}"', "reporting currency"),
        *([public] if answers.public_url else []),
        ("", ""),
        ("[ingest]", ""),
        ("port = 8080", "webhooks"),
        ("admin_port = 8081", "readiness, loopback only"),
        ("", ""),
        ("[dashboard]", ""),
        ("port = 8050", ""),
        ("", ""),
        ("[targets]", "what a verdict measures against"),
        TARGETS[answers.kind],
    ]
    return [
        (f"{setting:<{COMMENT_COLUMN}}# {comment}" if setting else f"# {comment}") if comment else setting
        for setting, comment in settings
    ]


def _check(answers: Answers) -> None:
    try:
        check_zone(answers.timezone)
        check_currency(answers.currency)
    except ValueError as error:
        raise ConfigError(f"{error}.") from None
    if answers.kind not in TARGETS:
        raise ConfigError(f"{answers.kind!r} is no kind of business whichad knows: shop or arbitrage.")
    if not SENDER_NAME.fullmatch(answers.sender):
        raise ConfigError(f"{answers.sender!r} cannot name a sender: lower-case letters, digits, '-' and '_'.")
