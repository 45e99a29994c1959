"""This module owns the settings that the dashboard reads, and the whole `whichad.toml` with nothing unknown."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from analytics.config import AnalyticsSettings
from ingest.config import ENV_PREFIX, Section


class Dashboard(Section):
    """Where the dashboard listens."""

    host: str = "127.0.0.1"
    port: int = Field(8050, ge=0, le=65535)


class Settings(AnalyticsSettings):
    """Every setting of whichad; a key that nobody knows is refused by name."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid")

    dashboard: Dashboard = Dashboard()
