"""This module owns who asks: the visitor of a request, with a name, a role, and what the role allows."""

from dataclasses import dataclass
from typing import Literal, cast

from flask import g, has_request_context

Role = Literal["viewer", "editor"]
ROLES: tuple[Role, ...] = ("viewer", "editor")


@dataclass(frozen=True)
class Visitor:
    """Who asks. `user_id` is None for the local visitor, who needs no login; `method` says how one came in."""

    name: str
    role: Role
    user_id: int | None = None
    method: str = "local"

    @property
    def may_edit(self) -> bool:
        """Whether the visitor may merge, annotate and save shared views."""
        return self.role == "editor"


# Without a user nobody but this machine reaches the page, and who sits at it owns the data anyway.
LOCAL = Visitor("local", "editor")
# What is not known to be somebody may change nothing.
NOBODY = Visitor("nobody", "viewer", method="none")


def visitor() -> Visitor:
    """The visitor of the request that is answered now, as `people.protect` found it."""
    return cast(Visitor, g.get("visitor", NOBODY)) if has_request_context() else NOBODY


def admit(found: Visitor) -> None:
    """Say who the request that is answered now is from."""
    g.visitor = found
