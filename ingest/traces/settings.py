"""This module owns where traces go: the `[traces]` section of `whichad.toml`."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ingest.settings.address import check_public_url


class Traces(BaseModel):
    """An OTLP/HTTP receiver, and which share of all deliveries it hears of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str | None = None  # such as "http://127.0.0.1:4318/v1/traces"
    sample_ratio: float = Field(1.0, gt=0, le=1)

    @field_validator("endpoint")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        """An address, and not an empty one."""
        if url is None:
            return None
        try:
            return check_public_url(url) or None
        except ValueError:
            raise ValueError("an OTLP receiver has an address such as 'http://127.0.0.1:4318/v1/traces'") from None
