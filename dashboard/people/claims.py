"""This module owns what a provider's claims mean here: the role, and the name to show."""

import fnmatch
from collections.abc import Mapping
from typing import Any

from dashboard.config import Oidc
from dashboard.people.provider import ProviderError
from dashboard.people.visitor import Role


def role_of(oidc: Oidc, claims: Mapping[str, Any]) -> Role:
    """The role that the settings give for the claim. Raises ProviderError for whom they name in none."""
    values = _values(claims, oidc.role_claim)
    for patterns, role in ((oidc.editors, "editor"), (oidc.viewers, "viewer")):
        if any(fnmatch.fnmatchcase(value, pattern.lower()) for value in values for pattern in patterns):
            return "editor" if role == "editor" else "viewer"
    raise ProviderError(
        "You are who you say, and have no role here. Ask whoever runs the dashboard.",
        f"claim {oidc.role_claim!r} has {values}; it matches neither [dashboard.oidc] editors nor viewers",
    )


def name_of(claims: Mapping[str, Any]) -> str:
    """The name to show: an address that was verified, else what the person is called there, else the provider's id."""
    email = claims.get("email") if claims.get("email_verified") is True else None
    for value in (email, claims.get("preferred_username"), claims.get("sub")):
        if isinstance(value, str) and value:
            return value
    return "user"


def _values(claims: Mapping[str, Any], name: str) -> list[str]:
    """The claim's values in lower case; an address that nobody verified is none, for anybody could claim it."""
    if name == "email" and claims.get("email_verified") is not True:
        return []
    found = claims.get(name)
    values = found if isinstance(found, list) else [found]
    return [value.lower() for value in values if isinstance(value, str)]
