"""This module owns the first set-up: a `whichad.toml` that explains itself, with a first sender."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.config import CONFIG_NAME, ConfigError
from ingest.currency import check_currency
from ingest.profile import profile
from ingest.senders.adding import Added, Wish, add, check_name
from ingest.senders.asking import answer, their_secret
from ingest.senders.origin import PROFILES_FOLDER
from ingest.settings import address
from ingest.settings.mistakes import near
from ingest.zones import check_zone, zones

COMMENT_COLUMN = 40
PORT = 8080
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


@dataclass(frozen=True, slots=True)
class Given:
    """The answers that came with the command; None where nothing was said."""

    kind: str | None = None
    timezone: str | None = None
    currency: str | None = None
    public_url: str | None = None
    sender: str | None = None
    profile: str | None = None
    secret: str = ""


def ask(folder: Path, given: Given) -> Answers:
    """Ask for what was not given, each answer checked at once; without a terminal the defaults hold."""
    check_folder(folder)
    kind = answer(given.kind, "What do you run: a shop, or search arbitrage (shop, arbitrage)", "shop", check_kind)
    timezone = answer(given.timezone, "Time zone of your reporting days", "UTC", check_timezone)
    currency = answer(given.currency, "Reporting currency", "USD", check_money)
    public_url = answer(given.public_url, "Address that senders reach (empty for now)", "", check_public_url)
    sender = answer(given.sender, "Name of the first sender", "shop", check_name)
    name = answer(given.profile, "Its profile (whichad ingest senders profiles)", "standard", check_profile(folder))
    found = profile(name, folder / PROFILES_FOLDER)
    secret = their_secret(given.secret, sender, found, public_url.rstrip("/") or f"http://127.0.0.1:{PORT}")
    return Answers(kind, timezone, currency, public_url, sender, name, secret)


def write(folder: Path, answers: Answers) -> Added:
    """Write `whichad.toml` with its first sender into `folder`. Raises ConfigError; never overwrites."""
    config = folder / CONFIG_NAME
    check_folder(folder)
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
        (f"port = {PORT}", "webhooks"),
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


def check_folder(folder: Path) -> None:
    """Raise ConfigError where settings are there already, or where none can be written."""
    config = folder / CONFIG_NAME
    if config.exists():
        raise ConfigError(f"{config} exists already; it is yours to edit. Move it away to start over.")
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}. Make it first: mkdir -p {folder}")


def check_timezone(name: str) -> None:
    """Raise ConfigError where the time-zone database does not know a name."""
    try:
        check_zone(name)
    except ValueError as error:
        raise ConfigError(f"{error}{near(name, zones())}.") from None


def check_money(code: str) -> None:
    """Raise ConfigError where ISO 4217 does not know a currency."""
    try:
        check_currency(code)
    except ValueError as error:
        raise ConfigError(f"{error}.") from None


def check_kind(kind: str) -> None:
    """Raise ConfigError where a kind of business is not known."""
    if kind not in TARGETS:
        raise ConfigError(f"{kind!r} is no kind of business whichad knows{near(kind, TARGETS)}: shop or arbitrage.")


def check_public_url(url: str) -> None:
    """Raise ConfigError where an address is none that a platform could post to; an empty one is given later."""
    try:
        address.check_public_url(url)
    except ValueError as error:
        raise ConfigError(f"{error}.") from None


def check_profile(folder: Path) -> Callable[[str], None]:
    """What raises ConfigError where there is no such profile, shipped or beside the settings in `folder`."""

    def check(name: str) -> None:
        profile(name, folder / PROFILES_FOLDER)

    return check


def _check(answers: Answers) -> None:
    check_kind(answers.kind)
    check_timezone(answers.timezone)
    check_money(answers.currency)
    check_public_url(answers.public_url)
    check_name(answers.sender)
