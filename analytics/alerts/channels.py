"""This module owns the channels: a webhook, apprise's (Slack, e-mail, Teams, …), and those that others install.

A channel of others is a callable `(event, url)`, named in the entry points `whichad.channels` of its package. `event`
is a dict: `id`, and what a webhook is posted: `type, timestamp, data`. What it returns is kept in the log; whatever it
raises means: not told, try again. It runs in the thread of its endpoint, under the same queue, schedule and log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from analytics.alerts import signing
from analytics.alerts.endpoints import APPRISE, WEBHOOK, Endpoint
from analytics.alerts.events import Event
from analytics.alerts.posting import UnansweredError, aim, post
from analytics.alerts.reachable import ForbiddenError, Network, places
from ingest.config import ConfigError
from ingest.extensions import CHANNELS, Extension, ExtensionError, installed, load
from ingest.settings.mistakes import near

GONE = 410
NO_APPRISE = 'Slack, e-mail and the like need one more package. Install it with: pip install "whichad[apprise]"'
# Those of apprise's schemes that post to any host: held against the same networks as a webhook.
_ANY_HOST = ("json", "xml", "form", "apprise")
# An ad's text is hostile: `<!channel>` or `@everyone` in it would call a whole team.
_NO_MENTION = str.maketrans({"<": "‹", ">": "›", "@": "@\u200b"})
Channel = Callable[[Mapping[str, Any], str], object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What telling came to. `wait_seconds`: how long the endpoint asks to be left alone; `is_gone`: for good."""

    ok: bool
    said: str
    status: int | None = None
    wait_seconds: float | None = None
    is_gone: bool = False


def tell(event: Event, endpoint: Endpoint, at_ms: int, allowed: Sequence[Network], timeout_seconds: float) -> Outcome:
    """Tell an endpoint of an event, over its channel. Never raises: what goes wrong is an outcome."""
    try:
        if endpoint.channel == WEBHOOK:
            return _posted(event, endpoint, at_ms, allowed, timeout_seconds)
        if endpoint.channel == APPRISE:
            return _notified(event, endpoint.url, allowed)
        said = _installed(endpoint.channel)({"id": event.id, **event.body}, endpoint.url)
        return Outcome(True, "" if said is None else str(said))
    except (ConfigError, ForbiddenError, UnansweredError) as error:
        return Outcome(False, str(error))
    except Exception as error:  # a channel of others may raise anything, and it all means: try again
        return Outcome(False, f"{type(error).__name__}: {error}".replace(endpoint.url, "…"))


def names() -> list[str]:
    """The channels that there are: ours, and what is installed."""
    return [WEBHOOK, APPRISE, *sorted(_others())]


def channel_of(url: str, told: str | None) -> str:
    """The channel of an address: as told, else by its scheme (http: a webhook; else apprise). Raises ConfigError."""
    channel = told or (WEBHOOK if url.partition("://")[0].casefold() in ("http", "https") else APPRISE)
    if channel not in names():
        raise ConfigError(f"There is no channel {channel!r}{near(channel, names())}. There are: {', '.join(names())}.")
    return channel


def check_address(channel: str, url: str, allowed: Sequence[Network]) -> None:
    """Raise ConfigError, before anything is kept, for an address that could never be told.

    A name that does not resolve now is no reason: it may tomorrow.
    """
    try:
        if channel == WEBHOOK:
            to = aim(url)
            try:
                places(to, allowed)
            except (OSError, UnicodeError):
                return
        elif channel == APPRISE:
            _apprise(url, allowed)
        else:
            _installed(channel)
    except ForbiddenError as error:
        raise ConfigError(str(error)) from None


def _posted(
    event: Event, endpoint: Endpoint, at_ms: int, allowed: Sequence[Network], timeout_seconds: float
) -> Outcome:
    body = orjson.dumps(event.body, default=str)
    headers = signing.headers(event.id, at_ms // 1000, body, endpoint.secrets)
    answer = post(endpoint.url, body, headers, allowed, timeout_seconds)
    ok = 200 <= answer.status < 300
    said = answer.said or ("redirects are not followed" if answer.status // 100 == 3 else "")
    return Outcome(ok, said, answer.status, answer.wait_seconds, answer.status == GONE)


def _notified(event: Event, url: str, allowed: Sequence[Network]) -> Outcome:
    said = event.sentence.translate(_NO_MENTION)
    if _apprise(url, allowed).notify(title=f"whichad: {event.type}", body=said, body_format="text"):
        return Outcome(True, "")
    return Outcome(False, "the service did not take it")


def _apprise(url: str, allowed: Sequence[Network]) -> Any:
    """Apprise with this one address. Raises ConfigError, ForbiddenError."""
    try:
        import apprise  # an extra, and it takes a second to load
    except ImportError:
        raise ConfigError(NO_APPRISE) from None
    made = apprise.Apprise()
    if not made.add(url):
        raise ConfigError("Apprise does not know this address. Its schemes: https://appriseit.com/services/")
    scheme, _, rest = url.partition("://")
    if scheme.casefold().removesuffix("s") in _ANY_HOST:
        try:
            places(aim(f"http{'s' if scheme.casefold().endswith('s') else ''}://{rest}"), allowed)
        except (OSError, UnicodeError):
            raise ConfigError("The host of this address is not known.") from None
    return made


def _installed(name: str) -> Channel:
    found = _others().get(name)
    if found is None:
        raise ConfigError(f"The channel {name!r} is not installed any more. There are: {', '.join(names())}.")
    try:
        return cast(Channel, load(found))
    except ExtensionError as error:
        raise ConfigError(str(error)) from error


def _others() -> dict[str, Extension]:
    return {each.name: each for each in installed(CHANNELS) if each.name not in (WEBHOOK, APPRISE)}
