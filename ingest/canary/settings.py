"""This module owns how often the canary flies: the `[canary]` section of `whichad.toml`."""

from pydantic import BaseModel, ConfigDict, Field


class Canary(BaseModel):
    """A signed delivery of our own that measures answer and visibility; it is in no mart and no count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every_seconds: float = Field(60, ge=0)  # 0: off
