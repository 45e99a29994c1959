"""This module owns the door as imports use it: rows take its steps as a delivery's body, without a signature."""

from ingest.config import IngestSettings
from ingest.delivery import Door, Limits
from ingest.door.keeping import kept, pack
from ingest.door.passage import Passage
from ingest.door.request import Request
from ingest.importing.known import Known
from ingest.journal import Journal
from ingest.rejection import DeliveryRefusedError
from ingest.relaying.kept import RELAY_HEADER
from ingest.segments.segment import Delivery
from ingest.senders.origin import Origin, origin
from ingest.terminal.commands import check_sender
from ingest.visitors.key import visitor_key

NDJSON = "application/x-ndjson"


class Desk:
    """One sender's door, for rows; `journal` is None where nothing is to be stored."""

    def __init__(self, settings: IngestSettings, sender: str, journal: Journal | None) -> None:
        """Raises ConfigError where there is no such sender, or where it cannot be used."""
        check_sender(settings, sender)
        self.origin: Origin = origin(sender, settings.senders[sender], settings)
        self.known = Known(self.origin)
        self.limits = Limits(settings.ingest.body_bytes_max, settings.ingest.items_max)
        self._journal = journal
        self._door = Door(journal, visitor_key(settings.data_dir), self.limits)  # type: ignore[arg-type]

    def read(self, body: bytes, message_id: str, received_at: int) -> Passage:
        """What becomes of a body of rows (`received_at`: unix microseconds), unstored. Raises DeliveryRefusedError.

        It says that it is no webhook: whoever relays a sender's webhooks has had them, and must not get them again.
        """
        headers = {"content-type": NDJSON, RELAY_HEADER: "import", self.origin.profile.message_id_header: message_id}
        passage = Passage(self.origin, Request("POST", body, headers), received_at)
        self._door.decode(passage)
        if passage.undecodable:
            raise passage.undecodable
        self._door.parse(passage)
        return passage

    def store(self, passage: Passage) -> Delivery:
        """Put what was read on disk; returns after its fsync. Raises JournalError."""
        items = pack(passage.accepted, passage.quarantined, passage.ignored)
        delivery = kept(passage.request, self.origin, passage.received_at, "accepted", items)
        assert self._journal is not None  # noqa: S101 (who stores has opened one)
        self._journal.append(delivery)
        return delivery


def refusal(error: DeliveryRefusedError) -> str:
    """Why a body cannot be a delivery of this sender."""
    return f"{error.refusal.sentence} {error.detail}".strip()
