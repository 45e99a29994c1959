"""This module owns damage at rest: a byte that flipped, a sector of zeros, at chosen places of a file."""

import random
from dataclasses import dataclass
from pathlib import Path

from crashes import SECTOR


@dataclass(frozen=True, slots=True)
class Damage:
    """One place of a file, and what became of it."""

    at: int
    zeros: bool

    def to(self, path: Path) -> bool:
        """Damage a file; False where its bytes are what they were."""
        with path.open("r+b") as file:
            start = self.at // SECTOR * SECTOR if self.zeros else self.at
            file.seek(start)
            before = file.read(SECTOR if self.zeros else 1)
            after = bytes(len(before)) if self.zeros else bytes(byte ^ 0x10 for byte in before)
            file.seek(start)
            file.write(after)
        return before != after


def damages(size: int, count: int, seed: int) -> list[Damage]:
    """Flips and zeroed sectors in turn, spread evenly over `size` bytes and a little at random."""
    rng = random.Random(seed)
    return [Damage(min(size - 1, int((n + rng.random()) * size / count)), n % 2 == 1) for n in range(count)]
