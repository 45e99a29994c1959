"""This module owns the senders' own books: clients that write down every answer, and what the product owes them.

A ledger is a file of JSON lines, one for each answer, written before the next request is sent: which items were
posted, the SHA-256 of the body, the status (0 where no answer came), the receipt, and what else the answer said.
"""

import hashlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from running import signed

MOMENT = "2026-01-05T08:00:00Z"
ANSWER_SECONDS = 30.0
Port = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ledger: delivery `number` of `client` with its items, and the answer."""

    client: str
    number: int
    items: int
    sha256: str
    status: int  # 0: no answer
    receipt: str = ""
    retry_after: str = ""
    seconds: float = 0.0

    @property
    def ids(self) -> list[str]:
        """The ids of its items."""
        return [f"{self.client}-{self.number}-{index}" for index in range(self.items)]


class Ledger:
    """The file of one client; what is noted survives the client's own end."""

    def __init__(self, path: Path) -> None:
        """`path` is made, or gone on with."""
        self.path = path
        self._file = path.open("a", encoding="utf-8", buffering=1)  # a line is written whole before it returns

    def note(self, entry: Entry) -> None:
        """Append one answer."""
        self._file.write(json.dumps({name: getattr(entry, name) for name in Entry.__slots__}) + "\n")

    def close(self) -> None:
        """No more answers will come."""
        self._file.close()


def entries(folder: Path) -> list[Entry]:
    """Every answer in the ledgers of a folder."""
    found = []
    for path in sorted(folder.glob("*.ledger")):
        found += [Entry(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    return found


@dataclass
class Client:
    """A sender that keeps a ledger: posts until told to stop, and what got no 200 again, the same."""

    name: str
    folder: Path
    port: Port
    per_delivery: int = 5
    pause_seconds: float = 0.01
    resends: float = 0.1  # the share that is posted once more although it was acknowledged
    text: str = "Quiet SUVs of 2026"
    clock: Callable[[], float] = time.time  # what the signatures say
    deliveries_max: int | None = None
    sent: int = 0
    broken: list[str] = field(default_factory=list)

    def run(self, stopping: threading.Event) -> None:
        """Post until `stopping` is set or `deliveries_max` are acknowledged."""
        chance, ledger = random.Random(self.name), Ledger(self.folder / f"{self.name}.ledger")
        try:
            while not stopping.is_set() and self.sent != self.deliveries_max:
                if not self._until_acknowledged(ledger, stopping):
                    return
                if chance.random() < self.resends:
                    ledger.note(self.post(self.sent))
                self.sent += 1
                stopping.wait(self.pause_seconds)
        except Exception as error:
            self.broken.append(f"{self.name}: {error!r}")
            raise
        finally:
            ledger.close()

    def _until_acknowledged(self, ledger: Ledger, stopping: threading.Event) -> bool:
        while not stopping.is_set():
            entry = self.post(self.sent)
            ledger.note(entry)
            if entry.status == 200:
                return True
            stopping.wait(0.05)
        return False

    def post(self, number: int) -> Entry:
        """Post delivery `number` once: the body and the message's id are always the same for a number."""
        body = self.body(number)
        digest, began = hashlib.sha256(body).hexdigest(), time.monotonic()
        status, headers = self._answer(body, number)
        seconds = round(time.monotonic() - began, 4)
        return Entry(
            self.name, number, self.per_delivery, digest, status, headers.get("whichad-receipt", ""),
            headers.get("retry-after", ""), seconds,
        )  # fmt: skip

    def body(self, number: int) -> bytes:
        """Clicks with a cost, and one purchase, so that counts and money can be held against each other."""
        items: list[dict[str, Any]] = [
            {"id": f"{self.name}-{number}-{i}", "type": "click", "occurred_at": MOMENT, "cost": "0.01",
             "click_id": f"{self.name}-{number}-{i}", "referrerAdCreative": f"{self.text} {number % 20}"}
            for i in range(self.per_delivery)
        ]  # fmt: skip
        items[-1] |= {"type": "conversion", "conversion_kind": "purchase", "revenue": "0.42"}
        del items[-1]["cost"]
        return json.dumps(items).encode()

    def _answer(self, body: bytes, number: int) -> tuple[int, dict[str, str]]:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=ANSWER_SECONDS)
            headers = signed(body, at=self.clock(), message_id=f"m-{self.name}-{number}")
            try:
                connection.request("POST", "/webhooks/shop", body, headers)
                answer = connection.getresponse()
                answer.read()
                return answer.status, {name.lower(): value for name, value in answer.getheaders()}
            finally:
                connection.close()
        except (OSError, ValueError, http.client.HTTPException):  # nobody there, or gone in the middle
            return 0, {}


@contextmanager
def posting(clients: list[Client], at_least: int = 1) -> Iterator[threading.Event]:
    """The clients at work in threads; what is yielded stops them, and so does the end. They must not break."""
    stopping = threading.Event()
    threads = [threading.Thread(target=client.run, args=(stopping,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline and sum(client.sent for client in clients) < at_least:
            time.sleep(0.02)
        yield stopping
    finally:
        stopping.set()
        for thread in threads:
            thread.join(2 * ANSWER_SECONDS)
    assert [line for client in clients for line in client.broken] == []
    assert not any(thread.is_alive() for thread in threads), "a client hangs"


def clients(folder: Path, port: Port, count: int, **more: Any) -> list[Client]:
    """`count` clients with ledgers in `folder`; a name is used once per folder."""
    folder.mkdir(parents=True, exist_ok=True)
    begun = len(list(folder.glob("*.ledger")))
    return [Client(f"c{begun + number}", folder, port, **more) for number in range(count)]


@dataclass(frozen=True, slots=True)
class Owed:
    """What a folder's ledgers say was promised, held against the ids that are there."""

    acknowledged: int  # items
    lost: list[str]
    doubled: list[str]
    receipts: list[str]
    statuses: dict[int, int]
    wrong: list[str]  # answers that are no true answer of the contract


def owed(folder: Path, there: Counter[str]) -> Owed:
    """Acknowledged items that are not there, items that are there twice or that nobody sent, answers that are wrong."""
    found = entries(folder)
    promised = {i for entry in found if entry.status == 200 for i in entry.ids}
    posted = {i for entry in found for i in entry.ids}
    wrong = [f"{e.status} without Retry-After" for e in found if e.status in (429, 503) and not e.retry_after]
    wrong += [f"{e.client}-{e.number}: a 200 with the receipt {e.receipt!r}" for e in found
              if e.status == 200 and e.receipt.partition(".")[2] != e.sha256]  # fmt: skip
    wrong += [f"{identity} was posted by nobody" for identity in there if identity not in posted]
    return Owed(
        acknowledged=len(promised),
        lost=sorted(promised - there.keys()),
        doubled=sorted(identity for identity, times in there.items() if times > 1),
        receipts=[entry.receipt for entry in found if entry.status == 200],
        statuses=dict(Counter(entry.status for entry in found)),
        wrong=wrong,
    )
