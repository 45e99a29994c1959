"""This module owns the trial of a sender: its profile's own sample goes through the door's steps, nothing is kept."""

import time
from typing import cast

from ingest.auth import sign
from ingest.config import ConfigError, IngestSettings, Sender
from ingest.delivery import Door, Limits
from ingest.door.passage import Passage
from ingest.journal import Journal
from ingest.rejection import REASONS, REFUSALS, DeliveryRefusedError
from ingest.senders.origin import auth_of, origin, proofs
from ingest.senders.send_test import filled

WHY = "the profile's own sample would end in the quarantine, and so would what its platform sends"


def tried(name: str, sender: Sender, settings: IngestSettings) -> None:
    """Raise ConfigError where a sender cannot be used, or where its profile cannot read its own sample."""
    found, now = origin(name, sender, settings), time.time()
    auth = auth_of(sender, found.profile)
    held = proofs(sender, found.profile, settings.base_dir)
    which = f"The profile {sender.profile!r} is not ready"
    try:
        request = sign(
            auth, held[0] if held else "", filled(found.profile.sample, now), f"msg_test_{int(now * 1000)}", now
        )
        passage = Passage(found, request, int(now * 1e6))
        # The step that journals is not taken, so no journal is needed.
        door = Door(cast(Journal, None), b"trial", Limits(settings.ingest.body_bytes_max, settings.ingest.items_max))
        for step in (door.authenticate, door.decode, door.parse):
            step(passage)
    except DeliveryRefusedError as error:
        raise ConfigError(
            f"{which}: its own sample would be refused: {error.refusal.sentence} {error.detail}"
        ) from None
    except ValueError as error:
        raise ConfigError(f"senders.{name}.secrets: {error}") from None
    if passage.quarantined:
        first = passage.quarantined[0]
        reason = REASONS.get(first.code) or REFUSALS[first.code].sentence
        raise ConfigError(f"{which}: {WHY}: {first.code} ({first.field}): {reason} {first.detail}".rstrip())
    if not passage.accepted and not passage.ignored:
        raise ConfigError(f"{which}: nothing is read of its own sample. Look at read.each and at its items.")
