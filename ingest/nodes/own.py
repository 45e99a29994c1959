"""This module owns what a data folder knows of itself as a node: its origin, what it sent last, its fingerprints."""

import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson

from ingest.archive.layout import ArchiveError
from ingest.config import IngestSettings
from ingest.holding import HeldError, hold
from ingest.nodes.folder import Sent, put
from ingest.visitors.key import KEY_NAME

LOCK, WAIT_SECONDS_MAX = "sending.lock", 60.0
OWN = "node.json"  # which data folder this is, and what it sent last
_UNFELT = ("secrets", "auth", "origins", "verify_token", "relay_to", "rate_per_second", "rate_burst", "strict")


def note_trouble(data_dir: Path, what: str) -> None:
    """Keep why nothing could be sent, for `whichad status`."""
    said = own(data_dir)
    put(data_dir / OWN, orjson.dumps({**said, "trouble": what}))


def own(data_dir: Path) -> dict[str, str]:
    """What this data folder knows of its sending: origin, sent_at, whole_to, seal, trouble; empty before the first."""
    try:
        return dict(orjson.loads((data_dir / OWN).read_bytes()))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveError(f"{data_dir / OWN} cannot be read ({error}). Restore it from a backup.") from None


def fingerprint(data_dir: Path) -> str:
    """Which visitor key a data folder has, without saying the key; empty where it has none yet."""
    path = data_dir / KEY_NAME
    return hashlib.sha256(b"visitor key\0" + path.read_bytes()).hexdigest()[:16] if path.exists() else ""


def mappings(settings: IngestSettings) -> dict[str, str]:
    """Of each sender, a fingerprint of the settings that decide what its webhooks become."""
    found = {}
    for name, sender in settings.senders.items():
        felt = {key: value for key, value in sender.model_dump(mode="json").items() if key not in _UNFELT}
        found[name] = hashlib.sha256(json.dumps(felt, sort_keys=True).encode()).hexdigest()[:12]
    return found


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """By hand and by the loop at once, two would write one copy: the second one waits. Raises ArchiveError."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        try:
            lock = hold(data_dir / LOCK)
            break
        except HeldError as error:
            if time.monotonic() > deadline:
                raise ArchiveError(
                    f"Another process sends right now ({error.holder}); it sends all there is."
                ) from None
            time.sleep(0.2)
    with closing(lock):
        yield


def origin_of(data_dir: Path) -> str:
    """The name that this data folder alone has, made on first use."""
    said = own(data_dir)
    if "origin" not in said:
        said["origin"] = secrets.token_hex(8)
        put(data_dir / OWN, orjson.dumps(said))
    return said["origin"]


def note(data_dir: Path, sent: Sent) -> None:
    """Keep what was sent last, for `whichad status`, and whose it is. Raises OSError."""
    whole_to = sent.whole_to.isoformat() if sent.whole_to else ""
    said = {"origin": sent.origin, "node": sent.node, "trouble": "", "seal": str(sent.archive.generation),
            "sent_at": sent.sent_at.isoformat(), "whole_to": whole_to}  # fmt: skip
    put(data_dir / OWN, orjson.dumps(said))
