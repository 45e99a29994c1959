"""This module owns the states that a power cut can leave: every way the disk may have kept what was not synced.

    for crash in crashes(trace, seed=1):
        image = crash.image()          # {path: bytes | FOLDER | Link}; `lay(image, folder)` puts it on a disk
        crash.promised                 # what had been promised by then, and so must be there

A crash can come between any two steps. What a sync covers is there; of the rest the disk may have kept nothing,
everything, a part in order (each prefix), everything but one step, one step alone, any few at random; and of a write
a part that ends at a sector or within one, its end without its beginning, or its length with zeros for its bytes.
The same for names: a file may be there without its name, and a name may be gone, back, or still the old one.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracing import FOLDER, Cut, Names, Said, Sync, Trace, Write

SECTOR = 512
EXHAUSTIVE_MAX = 4  # of so few unsynced steps every subset is tried
RANDOM_EACH = 6

Image = dict[str, bytes | int | str]


@dataclass(frozen=True, slots=True)
class Torn:
    """A write of which a part arrived: bytes `start` to `stop`, or zeros in its place."""

    step: int
    start: int
    stop: int
    zeros: bool = False


@dataclass(frozen=True, slots=True)
class Crash:
    """One state: the cut came before step `at`; `kept` has a bit for each step that reached the disk."""

    trace: Trace
    at: int
    kept: int
    torn: Torn | None = None

    @property
    def promised(self) -> list[str]:
        """What the program had promised by then."""
        return [step.what for step in self.trace.steps[: self.at] if isinstance(step, Said) and step.what]

    def image(self) -> Image:
        """What is found when the machine is back."""
        names: dict[str, int | str] = dict(self.trace.names)
        contents: dict[int, bytearray] = {file: bytearray(data) for file, data in self.trace.contents.items()}
        for number, step in enumerate(self.trace.steps[: self.at]):
            if not self.kept >> number & 1:
                continue
            torn = self.torn if self.torn and self.torn.step == number else None
            _apply(step, names, contents, torn)
        there = {path for path in names if all(names.get(over) == FOLDER for over in _over(path))}
        return {
            path: bytes(contents.get(node, b"")) if isinstance(node, int) and node != FOLDER else node
            for path, node in sorted(names.items())
            if path in there
        }

    def __str__(self) -> str:
        lost = [n for n, step in enumerate(self.trace.steps[: self.at]) if not self.kept >> n & 1 and _matters(step)]
        torn = f", step {self.torn.step} torn to {self.torn.start}:{self.torn.stop}" if self.torn else ""
        zeros = " as zeros" if self.torn and self.torn.zeros else ""
        return f"cut before step {self.at} of {len(self.trace.steps)}, steps {lost} lost{torn}{zeros}"


def crashes(trace: Trace, seed: int = 0) -> list[Crash]:
    """All different states, in an order that the seed shuffles. Of equal states the one with the most promises."""
    rng, found = random.Random(seed), {}
    for at, durable, pending in _moments(trace):
        for kept, torn in _choices(trace, pending, rng):
            found[durable | kept, torn] = Crash(trace, at, durable | kept, torn)  # the last has the most promises
    states = list(found.values())
    rng.shuffle(states)
    return states


def settled(trace: Trace, at: int) -> tuple[int, list[int]]:
    """The steps before `at` that a sync covers, as bits, and the numbers of those that none does."""
    *_, (_, durable, pending) = _moments(Trace(trace.names, trace.contents, trace.steps[:at]))
    return durable, pending


def _moments(trace: Trace) -> Iterator[tuple[int, int, list[int]]]:
    """When a cut tells most: before each sync, after each promise, at the end; and what is durable and not by then.

    What a cut within a burst of writes leaves is among what it leaves after it: prefixes, subsets, torn writes.
    """
    steps, durable, pending = trace.steps, 0, []
    covered: dict[int | str, int] = {}
    for at in range(len(steps) + 1):
        if at == len(steps) or isinstance(steps[at], Sync | Said) or (at and isinstance(steps[at - 1], Said)):
            yield at, durable, list(pending)
        if at == len(steps):
            return
        step = steps[at]
        if isinstance(step, Sync):
            covered[step.target] = max(covered.get(step.target, 0), step.began)
            settled_now = [n for n in pending if all(covered.get(target, 0) > n for target in _needs(steps[n]))]
            durable |= sum(1 << number for number in settled_now)
            pending = [number for number in pending if number not in settled_now]
        elif _matters(step):
            pending.append(at)
        else:
            durable |= 1 << at


def without_folder_syncs(trace: Trace) -> Trace:
    """The same steps by a program, and an SQLite, that never sync a folder."""
    steps = [Said("") if isinstance(step, Sync) and isinstance(step.target, str) else step for step in trace.steps]
    return Trace(trace.names, trace.contents, steps)


def lay(image: Image, folder: Path) -> None:
    """Put a state on a disk."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, node in image.items():
        target = folder / path
        if node == FOLDER:
            target.mkdir(exist_ok=True)
        elif isinstance(node, bytes):
            target.write_bytes(node)
        elif isinstance(node, str):
            target.symlink_to(node)


def _choices(trace: Trace, pending: list[int], rng: random.Random) -> Iterator[tuple[int, Torn | None]]:
    bits = [1 << number for number in pending]
    everything = sum(bits)
    yield everything, None
    if not bits:
        return
    yield 0, None
    for end in range(1, len(bits)):
        yield sum(bits[:end]), None
    for bit in bits:
        yield everything & ~bit, None
        yield bit, None
    if len(bits) <= EXHAUSTIVE_MAX:
        for chosen in range(1 << len(bits)):
            yield sum(bit for i, bit in enumerate(bits) if chosen >> i & 1), None
    else:
        for _ in range(RANDOM_EACH):
            yield sum(bit for bit in bits if rng.random() < 0.5), None
    for place, number in enumerate(pending):
        step = trace.steps[number]
        if isinstance(step, Write):
            for torn in _tears(number, len(step.data), rng):
                yield sum(bits[: place + 1]), torn  # the last that arrived
                if place + 1 < len(bits):
                    yield everything, torn  # one of many, the ones after it whole


def _tears(number: int, size: int, rng: random.Random) -> list[Torn]:
    at_sector = rng.randrange(0, size, SECTOR)
    middle = rng.randrange(1, size) if size > 1 else 0
    return [
        Torn(number, 0, at_sector), Torn(number, 0, middle), Torn(number, at_sector or min(SECTOR, size), size),
        Torn(number, 0, size, zeros=True),
    ]  # fmt: skip


def _apply(step: object, names: dict[str, int | str], contents: dict[int, bytearray], torn: Torn | None = None) -> None:
    if isinstance(step, Names):
        for path, node in step.changes:
            if node is None:
                names.pop(path, None)
            else:
                names[path] = node
    elif isinstance(step, Cut):
        data = contents.setdefault(step.file, bytearray())
        del data[step.size :]
        data.extend(bytes(step.size - len(data)))
    elif isinstance(step, Write):
        data = contents.setdefault(step.file, bytearray())
        start, stop = (torn.start, torn.stop) if torn else (0, len(step.data))
        put = bytes(stop - start) if torn and torn.zeros else step.data[start:stop]
        data.extend(bytes(max(0, step.at + stop - len(data))))
        data[step.at + start : step.at + stop] = put


def _matters(step: object) -> bool:
    return isinstance(step, Write | Cut | Names)


def _needs(step: object) -> set[int | str]:
    """What has to be synced before a step is sure: its file, or the folders of its names."""
    if isinstance(step, Write | Cut):
        return {step.file}
    if isinstance(step, Names):
        return {path.rpartition("/")[0] for path, _ in step.changes}
    return set()


def _over(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]
