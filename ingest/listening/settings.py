"""This module owns where ingest listens, and its limits: the `[ingest]` section of `whichad.toml`."""

from pydantic import BaseModel, ConfigDict, Field


class Ingest(BaseModel):
    """Where ingest listens, and its limits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    admin_host: str = "127.0.0.1"
    admin_port: int = Field(8081, ge=0, le=65535)
    workers: int = Field(2, ge=1, le=64)
    threads: int = Field(16, ge=1, le=256)
    body_bytes_max: int = Field(1 << 20, ge=1024)
    items_max: int = Field(1000, ge=1)
    segment_rows_max: int = Field(20_000, ge=1)
    segment_seconds_max: int = Field(300, ge=1)
    free_bytes_min: int = Field(512 << 20, ge=0)
    journal_seconds_max: float = Field(2.0, gt=0)  # a commit slower than this is answered with 503
    headers_max: int = Field(100, ge=10)
    slow_seconds_max: int = Field(30, ge=1)  # a request must be complete by then
