"""This module owns the sample delivery: its profile's sample, signed, marked as a test, posted or shown as a curl."""

import secrets
import shlex
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from urllib.parse import quote

from ingest.auth import sign
from ingest.config import ConfigError, IngestSettings
from ingest.door.request import Request
from ingest.profile import Sample, profile
from ingest.senders.origin import auth_of, own_profiles, proofs
from ingest.terminal.commands import check_sender

TEST_HEADER = "whichad-test"


def filled(sample: Sample, now: float) -> Request:
    """A profile's sample as its platform would send it at `now` (unix seconds), unsigned, marked as a test."""
    number = f"{int(now * 1000)}{secrets.randbelow(1000):03}"
    moment = datetime.fromtimestamp(now, UTC)
    marks = {
        "@UNIX@": str(int(now)), "@MS@": str(int(now * 1000)), "@N@": number, "@DAY@": moment.date().isoformat(),
        "@ISO@": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }  # fmt: skip
    query, body = sample.query, sample.body.strip()
    for mark, value in marks.items():
        query, body = query.replace(mark, value), body.replace(mark, value)
    headers = {name.lower(): _fill(value, marks) for name, value in sample.headers.items()}
    return Request(sample.method, body.encode(), headers | {TEST_HEADER: "1"}, query, sample.suffix)


def signed_sample(settings: IngestSettings, sender: str, now: float | None = None) -> Request:
    """The signed sample delivery of a sender. Raises ConfigError."""
    check_sender(settings, sender)
    known_sender = settings.senders[sender]
    found = profile(known_sender.profile, own_profiles(settings))
    auth = auth_of(known_sender, found)
    at = time.time() if now is None else now
    try:
        held = proofs(known_sender, found, settings.base_dir)
        if not held and auth.scheme != "none":
            raise ConfigError("there is none.")
        return sign(auth, held[0] if held else "", filled(found.sample, at), f"msg_test_{int(at * 1000)}", at)
    except (ConfigError, ValueError) as error:
        what = "origins" if auth.scheme == "origin" else "secrets"
        raise ConfigError(f"senders.{sender}.{what}: {error}") from None


def send_test(settings: IngestSettings, sender: str, as_curl: bool) -> tuple[bool, str]:
    """Post the sample as `sender`; returns (whether it was taken, the answer or the curl). Raises ConfigError."""
    request = signed_sample(settings, sender)
    host = f"[{settings.ingest.host}]" if ":" in settings.ingest.host else settings.ingest.host
    url = address(f"http://{host}:{settings.ingest.port}", sender, request)
    if as_curl:
        return True, curl(url, request)
    body = None if request.method == "GET" else request.body
    posted = urllib.request.Request(url, body, dict(request.headers), method=request.method)  # noqa: S310 (http)
    return _post(posted, url)


def address(base: str, sender: str, request: Request) -> str:
    """The whole URL of a request to a sender."""
    suffix = f"/{quote(request.suffix)}" if request.suffix else ""
    return f"{base}/webhooks/{sender}{suffix}" + (f"?{request.query}" if request.query else "")


def curl(url: str, request: Request) -> str:
    """A request as a command line for the shell."""
    parts = ["curl", "-i", url, *(p for k, v in request.headers.items() for p in ("-H", f"{k}: {v}"))]
    if request.method != "GET":
        parts += ["--data-binary", request.body.decode()]
    return shlex.join(parts)


def _fill(text: str, marks: dict[str, str]) -> str:
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text


def _post(request: urllib.request.Request, url: str) -> tuple[bool, str]:
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 (http, to our own ingest)
            answer, kind = response.read(), response.headers.get_content_type()
            if kind == "application/json":  # it holds the receipt
                return True, answer.decode()
            shown = answer.decode() if kind.startswith("text/") else f"{response.status} {kind}, {len(answer)} bytes"
            return True, f"{shown}\nreceipt: {response.headers['Whichad-Receipt']}"
    except urllib.error.HTTPError as error:
        return False, error.read().decode("utf-8", "replace")
    except urllib.error.URLError as error:
        return False, f"Nothing answers at {url} ({error.reason}). Start it with: whichad up"
