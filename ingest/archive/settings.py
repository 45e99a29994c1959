"""This module owns how long things are kept: the `[retention]` section of `whichad.toml`."""

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Retention(BaseModel):
    """How long the journal, the quarantine and the archive are kept, and how often the archive is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seal_minutes: int = Field(60, ge=1, le=1440)
    raw_days: float = Field(7, ge=0)
    quarantine_days: float = Field(90, gt=0)
    archive_days: float = Field(0, ge=0)  # 0: for ever

    @model_validator(mode="after")
    def _in_order(self) -> "Retention":
        """What can still be read again from its raw body must not be gone elsewhere."""
        if self.quarantine_days < self.raw_days:
            raise ValueError("quarantine_days must not be less than raw_days: a body is mended from there")
        if 0 < self.archive_days < self.raw_days:
            raise ValueError("archive_days must be 0 (for ever) or not less than raw_days")
        return self
