"""This module owns which part this machine has among several: the `[nodes]` section of `whichad.toml`."""

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_NODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class Nodes(BaseModel):
    """Where the shared folder is, under which name this machine seals into it, and whether it gathers the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shared: Path | None = None  # relative to whichad.toml; a mounted object store or a network folder, too
    node: str | None = None
    gather: bool = False
    retired: tuple[str, ...] = ()  # nodes that send nothing any more: what they sealed stays, nobody waits for them
    silent_minutes: int = Field(180, ge=2)  # a node that said nothing for so long is named by `whichad status`

    @field_validator("node")
    @classmethod
    def _named(cls, node: str | None) -> str | None:
        if node is not None and not _NODE.fullmatch(node):
            raise ValueError(f"{node!r}: a node's name has lower-case letters, digits, '-' and '_', at most 32")
        return node

    @model_validator(mode="after")
    def _whole(self) -> "Nodes":
        """A folder alone says nothing, and without a folder there is nothing to say."""
        if (self.node or self.gather) and self.shared is None:
            raise ValueError("shared is missing: the folder that all nodes seal into")
        if self.shared and not (self.node or self.gather):
            raise ValueError('give this machine a name (node = "a"), or let it gather the others (gather = true)')
        return self

    @property
    def is_door_only(self) -> bool:
        """Whether this machine takes webhooks and seals them for another, which builds."""
        return self.node is not None and not self.gather
