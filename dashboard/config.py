"""This module owns the settings that the dashboard reads, and the whole `whichad.toml` with nothing unknown."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from analytics.config import AnalyticsSettings
from ingest.config import ENV_PREFIX, Section
from ingest.settings.address import check_public_url


class Oidc(Section):
    """An identity provider that says who comes in, and which of its claims gives whom which role."""

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret: str = ""  # "env:…" and "file:…" as for senders; empty: a public client, PKCE alone
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    role_claim: str = "groups"
    editors: tuple[str, ...] = ()  # values of the claim, "*" stands for anything
    viewers: tuple[str, ...] = ()
    label: str = Field("single sign-on", min_length=1, max_length=40)

    @field_validator("issuer")
    @classmethod
    def _safe(cls, url: str) -> str:
        is_here = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
        if not url.startswith("https://") and not is_here:
            raise ValueError("an issuer is an https address, such as 'https://login.example.com'")
        return check_public_url(url)

    @field_validator("scopes")
    @classmethod
    def _open_id(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("without the scope 'openid' a provider says nothing of who comes in")
        return scopes


class Dashboard(Section):
    """Where the dashboard listens, under which names, and how people come in."""

    host: str = "127.0.0.1"
    port: int = Field(8050, ge=0, le=65535)
    public_url: str | None = None  # the address that people open, where a proxy stands before it
    hosts: tuple[str, ...] = ()  # further names it may be asked under
    proxies: tuple[str, ...] = ()  # addresses of proxies that are believed; loopback is
    session_idle_minutes: int = Field(720, ge=1)
    session_days: int = Field(14, ge=1, le=365)
    oidc: Oidc | None = None

    _public = field_validator("public_url")(lambda url: None if url is None else check_public_url(url) or None)


class Settings(AnalyticsSettings):
    """Every setting of whichad; a key that nobody knows is refused by name."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid")

    dashboard: Dashboard = Dashboard()


def choose(config: Path) -> None:
    """Let this process and those that it starts read this whichad.toml, where no flag of their own names another."""
    os.environ[f"{ENV_PREFIX}CONFIG"] = str(config)
