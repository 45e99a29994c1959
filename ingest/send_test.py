"""This module owns the sample delivery: one signed webhook, marked as test traffic, posted or shown as a curl."""

import json
import shlex
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime

from ingest.config import ConfigError, IngestSettings, resolve_secret
from ingest.signature import sign


def sample(now: float) -> dict[str, object]:
    """A click with its ad's text, as a sender would post it at `now` (unix seconds)."""
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "id": f"test-{int(now * 1000)}", "type": "click", "occurred_at": moment,
        "referrerAdCreative": "This is a test: a click on an ad with this text",
        "click_id": f"c-{int(now * 1000)}", "network": "facebook", "campaign_id": "2384", "ad_id": "1202",
        "country": "US", "device": "mobile", "traffic": "test",
    }  # fmt: skip


def send_test(settings: IngestSettings, sender: str, as_curl: bool) -> tuple[bool, str]:
    """Post the sample as `sender`; returns (whether it was taken, the answer or the curl). Raises ConfigError."""
    if sender not in settings.senders:
        known = ", ".join(settings.senders) or "none"
        raise ConfigError(f"There is no sender {sender!r}. Configured: {known}.")
    secrets = settings.senders[sender].secrets
    if not secrets:
        raise ConfigError(f"senders.{sender}.secrets is empty.")
    now = time.time()
    body = json.dumps(sample(now)).encode()
    message_id = f"msg_test_{int(now * 1000)}"
    try:
        signature = sign(resolve_secret(secrets[0], settings.base_dir), message_id, int(now), body)
    except ValueError as error:
        raise ConfigError(f"senders.{sender}.secrets: {error}") from None
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": signature,
    }
    url = f"http://{settings.ingest.host}:{settings.ingest.port}/webhooks/{sender}"
    if as_curl:
        parts = ["curl", "-i", url, *(p for k, v in headers.items() for p in ("-H", f"{k}: {v}"))]
        return True, shlex.join([*parts, "-d", body.decode()])
    return _post(urllib.request.Request(url, body, headers), url)


def _post(request: urllib.request.Request, url: str) -> tuple[bool, str]:
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 (http, to our own ingest)
            return True, response.read().decode()
    except urllib.error.HTTPError as error:
        return False, error.read().decode()
    except urllib.error.URLError as error:
        return False, f"Nothing answers at {url} ({error.reason}). Start it with: whichad up"
