"""This module owns clocks that jump: the product sees another time of day (time-machine), while posts go on.

Only the wall clock jumps, as on a machine whose clock is set: the monotonic one goes on. The senders' signatures
carry the time that the product sees, as they would if the world's clocks were right and ours had been wrong.
libfaketime will not do: under its 0.9.10 `time.sleep` of Python 3.11 fails with EINVAL after a jump.
"""

import random
import time
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from auditing import audit
from certificate import Tried
from ledger import clients, entries, posting
from product import Product

from ingest.journal import segments
from ingest.segments.segment import SegmentReader

HOUR = 3600
JUMPS = (HOUR, -HOUR, 0, 26 * HOUR, -2, 400, -26 * HOUR, 0)  # seconds off: longer and shorter than a signature's window
# Python imports this module by itself before any other of a process.
SITE = """
import threading
import time
from pathlib import Path
import time_machine

file, real, offset = Path({file!r}), time_machine.escape_hatch.time, 0
clock = time_machine.travel(time.time(), tick=True).start()

def follow():
    global offset
    while True:
        wanted = int(file.read_text() or 0)
        if wanted != offset:
            clock.move_to(real.time() + wanted)
            offset = wanted
        time.sleep(0.02)

threading.Thread(target=follow, daemon=True).start()
"""


def may_jump() -> str:
    """Why the clock cannot jump here; "" where it can."""
    return "" if find_spec("time_machine") else "there is no time-machine: pip install time-machine"


class Clock:
    """A wall clock that is `offset` seconds off; what runs with its environment sees it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "offset"
        self.offset = 0
        self.set(0)
        site = folder / "site"
        site.mkdir(exist_ok=True)
        (site / "sitecustomize.py").write_text(SITE.format(file=str(self._file)), encoding="utf-8")
        self.environment = {"PYTHONPATH": str(site)}

    def set(self, offset: int) -> None:
        """Jump: from now on the clock is `offset` seconds off."""
        aside = self._file.with_suffix(".new")
        aside.write_text(str(offset), encoding="utf-8")
        aside.replace(self._file)
        self.offset = offset

    def time(self) -> float:
        """What the product sees, unix seconds."""
        return time.time() + self.offset


def clock_jumps(
    folder: Path, chance: random.Random, jumps: Sequence[int] = JUMPS, parts: tuple[str, str] = ("whichad", "up")
) -> Tried:
    """Set the clock of a product at work forth and back; ingest sees it, and the loop where `parts` start one."""
    clock, wrong = Clock(folder), []
    with Product(folder, workers=2, segment_rows_max=300) as product:
        process = product.start(*parts, **clock.environment)
        product.wait_for(product.answers, "ingest to answer")
        crew = clients(product.ledgers, lambda: product.port, 3, pause_seconds=0.02, clock=clock.time)
        with posting(crew, at_least=20):
            for jump in jumps:
                clock.set(jump)
                taken = _taken(product)
                product.wait_for(lambda: _taken(product) > taken + 20, f"deliveries after a jump to {jump:+d} s")  # noqa: B023
                time.sleep(chance.uniform(0.1, 0.4))
        wrong += [] if product.stop(process) == 0 else ["it did not stop well"]
        wrong += _said(product, jumps)
        times = len(jumps)
        return audit(product, "clock jumps", times, f"from {min(jumps):+d} to {max(jumps):+d} s").but(*wrong)


def _taken(product: Product) -> int:
    return sum(entry.status == 200 for entry in entries(product.ledgers))


def _said(product: Product, jumps: Sequence[int]) -> list[str]:
    """`received_at` follows the clock, the journal's order does not: what is wrong with that."""
    hours, back = set(), 0
    now = time.time()
    for path in segments(product.settings.journal_dir):
        with SegmentReader(path) as reader:
            times = [row.delivery.received_at / 1e6 for row in reader.after(0, 1 << 20)]
        hours |= {round((each - now) / HOUR) for each in times}
        back += sum(later < earlier - HOUR / 2 for earlier, later in pairwise(times))
    missing = {round(jump / HOUR) for jump in jumps} - hours
    return [f"nothing was received {missing} hours off"] * bool(missing) + ["no segment saw it go back"] * (not back)
