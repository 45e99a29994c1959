"""This module owns a request as the door sees it: the parts of HTTP that steps may look at, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to `/webhooks/<sender>[/<suffix>]`.

    `query` is the raw query string as received, `headers` have lower-case names, `suffix` is what follows the
    sender's name in the path without its leading slash.
    """

    method: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    suffix: str = ""
