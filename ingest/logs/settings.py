"""This module owns how running parts log: the `[logs]` section of `whichad.toml`."""

import logging
from typing import Literal

from pydantic import BaseModel, ConfigDict

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Logs(BaseModel):
    """The form of what is said on stderr, and from which level on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"
