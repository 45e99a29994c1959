"""This module owns which fields hold a visitor's address or user agent: never stored outside the raw body."""

import re
from typing import Any

BLANK = "(redacted)"
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PRIVATE = re.compile(r"(^|[_\-. ])(ip|ip_?v[46]|ip_?addr(ess)?|remote_addr|user_?agent|ua)$")
_KNOWN: dict[str, bool] = {}
_KNOWN_MAX = 10_000  # keys are the senders': they must not fill our memory


def is_private(name: str) -> bool:
    """Whether a field of this name, whatever a sender calls it, holds an address or an agent."""
    found = _KNOWN.get(name)
    if found is None:
        snake = _SNAKE.sub("_", name[:100]).lower()
        found = _PRIVATE.search(snake) is not None or snake in ("ipaddress", "useragent", "clientip", "remoteaddr")
        if len(_KNOWN) < _KNOWN_MAX:
            _KNOWN[name] = found
    return found


def nameless(value: Any) -> Any:
    """A copy of a JSON value without addresses and agents, however deep."""
    if isinstance(value, list):
        return [nameless(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: BLANK if is_private(str(name)) else nameless(each) for name, each in value.items()}
