"""This module owns the settings that ingest reads, and how a `whichad.toml` becomes checked values.

Order: defaults < `whichad.toml` < environment (`WHICHAD_INGEST__PORT`), which only `config.py` files read < flags.
`analytics.config` and `dashboard.config` add their own sections to `IngestSettings` and reuse `load`.
"""

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from ingest.archive.settings import Retention
from ingest.canary.settings import Canary
from ingest.currency import check_currency
from ingest.listening.settings import Ingest
from ingest.logs.settings import Logs
from ingest.nodes.settings import Nodes
from ingest.relaying.target import target
from ingest.settings.address import check_origin, check_public_url
from ingest.settings.sections import OURS, advice, check_named, sentence
from ingest.terminal import called
from ingest.traces.settings import Traces
from ingest.zones import check_zone

CONFIG_NAME, ENV_PREFIX = "whichad.toml", "WHICHAD_"
COUNTS = "PROMETHEUS_MULTIPROC_DIR"
SENDER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
# Sections that other folders read: known here, so that a misspelt one is refused by every command.
ELSEWHERE = frozenset({"refresh", "targets", "attribution", "conversions", "spend", "steps", "currencies",
                       "experiments", "verdicts", "alerts", "dashboard"})  # fmt: skip


class ConfigError(Exception):
    """A setting is wrong or missing; the message names it and says what to do."""


class Section(BaseModel):
    """A table of `whichad.toml`: frozen, and an unknown key is an error rather than a silent typo."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sender(Section):
    """One configured origin of webhooks (→ `POST /webhooks/<name>`)."""

    profile: str = "standard"
    secrets: tuple[str, ...] = ()
    auth: Literal["none"] | None = None  # said explicitly: anybody who knows the URL may post
    origins: tuple[str, ...] = ()  # whose pages may post, such as "https://shop.example"
    verify_token: str | None = None  # what a platform's subscription challenge must bring
    timezone: str | None = None  # else the profile's
    currency: str | None = None  # else the profile's
    network: str | None = None
    strict: bool | None = None
    options: dict[str, str] = {}  # the profile's choices, such as revenue = "subtotal"
    settles: str | None = None  # whose money its settlements finalise; else its own
    relay_to: str | None = None
    rate_per_second: float | None = Field(None, gt=0)
    rate_burst: int | None = Field(None, ge=1)

    _zone = field_validator("timezone")(lambda name: None if name is None else check_zone(name))
    _currency = field_validator("currency")(lambda code: None if code is None else check_currency(code))
    _origins = field_validator("origins")(lambda origins: tuple(check_origin(origin) for origin in origins))

    @field_validator("relay_to")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is not None:
            target(url)  # its sentence does not repeat the address, which may hold a password
        return url


class IngestSettings(BaseSettings):
    """What ingest needs to know. Sections of other folders are read by their own `config.py`."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_nested_delimiter="__", frozen=True, extra="ignore")

    kind: Literal["shop", "arbitrage"] = "shop"
    base_dir: Path = Path()  # the folder of the loaded whichad.toml, set by `load`
    config_path: Path | None = None  # the whichad.toml itself, set by `load`
    data_dir: Path = Path("data")
    timezone: str = "UTC"
    currency: str = "USD"
    public_url: str | None = None
    ingest: Ingest = Ingest()
    retention: Retention = Retention()
    nodes: Nodes = Nodes()
    canary: Canary = Canary()
    logs: Logs = Logs()
    traces: Traces = Traces()
    senders: dict[str, Sender] = {}

    _zone = field_validator("timezone")(check_zone)
    _currency = field_validator("currency")(check_currency)
    _public = field_validator("public_url")(lambda url: None if url is None else check_public_url(url) or None)

    @field_validator("senders")
    @classmethod
    def _names(cls, senders: dict[str, Sender]) -> dict[str, Sender]:
        for name in senders:
            if not SENDER_NAME.fullmatch(name):
                raise ValueError(f"sender {name!r}: use lower-case letters, digits, '-' and '_'")
        check_named({f"{name}.settles": each.settles for name, each in senders.items()}, tuple(senders))
        return senders

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose values arrive as keyword arguments of `load`."""
        return (env_settings, init_settings)

    @property
    def journal_dir(self) -> Path:
        """The folder of the journal's segments."""
        return self.data_dir / "journal"

    @property
    def shared_dir(self) -> Path:
        """The folder that all nodes share; this machine's own data folder where none is set, and nothing is there."""
        return Path(os.path.normpath(self.base_dir / self.nodes.shared)) if self.nodes.shared else self.data_dir

    def child_environment(self) -> dict[str, str]:
        """The environment of our own child processes: what flags changed reaches them, too."""
        return {**os.environ, "WHICHAD_DATA_DIR": str(self.data_dir)}

    @property
    def record_path(self) -> Path:
        """The DuckDB file of the record: interactions, statements, refusals."""
        return self.data_dir / "interactions.duckdb"


def count_in(folder: Path) -> None:
    """Let this process count in files of a folder: prometheus-client reads it from the environment."""
    os.environ[COUNTS] = str(folder)


SettingsT = TypeVar("SettingsT", bound=IngestSettings)


def find_config(explicit: Path | None = None) -> Path | None:
    """The `whichad.toml` to load: the flag, else `WHICHAD_CONFIG`, else the one in this folder, else None."""
    named = explicit or (Path(os.environ["WHICHAD_CONFIG"]) if os.environ.get("WHICHAD_CONFIG") else None)
    path = named or Path(CONFIG_NAME)
    called.use(path if path.is_file() else None)
    if named is not None and not path.is_file():
        raise ConfigError(f"There is no configuration file at {named}. Make one with: whichad init")
    return path if path.is_file() else None


def load(cls: type[SettingsT], config: Path | None = None) -> SettingsT:
    """Read and check the settings of type `cls`.

    Relative paths resolve against the loaded `whichad.toml`; without one, `./data` counts only inside a
    checkout of the project. Raises ConfigError with the name of the wrong setting.
    """
    path = find_config(config)
    values = read_toml(path) if path else {}
    if unknown := set(values) - (set(cls.model_fields) - OURS) - ELSEWHERE:
        name = min(unknown)
        raise ConfigError(f"{path}: there is no setting or section named {name!r}{advice(cls, [name])}")
    try:
        settings = cls(**values)
    except ValidationError as error:
        raise ConfigError(sentence(error, cls, str(path or "environment"))) from None
    except SettingsError as error:  # the environment held no JSON where a table is expected
        raise ConfigError(f"The environment is wrong: {error}.") from None
    if path is None and "data_dir" not in settings.model_fields_set and not Path("ingest/store/schema.sql").is_file():
        raise ConfigError(f"There is no {CONFIG_NAME} here. Make one with: whichad init (or name one with --config)")
    base = (path.parent if path else Path()).resolve()
    data_dir = (base / settings.data_dir).resolve()
    return settings.model_copy(update={"base_dir": base, "data_dir": data_dir, "config_path": path})


def resolve_secret(secret: str, base: Path) -> str:
    """The secret itself: `env:NAME` from the environment, `file:PATH` from a file, else the literal."""
    if secret.startswith("env:"):
        value = os.environ.get(secret[4:])
        if not value:
            raise ConfigError(f"The secret {secret!r} is not set in the environment.")
        return value
    if secret.startswith("file:"):
        path = base / secret[5:]
        if not path.is_file():
            raise ConfigError(f"The secret file {path} does not exist.")
        return _text(path, f"The secret file {path} is not UTF-8 text. Write the secret into it anew.").strip()
    return secret


def read_toml(path: Path) -> dict[str, Any]:
    """The values of a `whichad.toml`, unchecked. Raises ConfigError that names the file."""
    try:
        return tomllib.loads(_text(path, f"{path} is not valid TOML: it is not UTF-8 text. Save it as UTF-8."))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def _text(path: Path, otherwise: str) -> str:
    """The text of a file; a byte order mark, which some editors write, is no part of it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(otherwise) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}).") from None
