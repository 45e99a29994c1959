"""This module owns how long the relay waits: between the tries of a delivery, for a target in trouble, in all."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: after each try of a delivery, after failures of a target in a row, in all."""

    steps: tuple[float, ...] = (1, 5, 30, 120, 600, 3600)
    pauses: tuple[float, ...] = (1, 5, 15, 30, 60)
    misses_borne: int = 3
    give_up: float = 86_400
    timeout: float = 10
    jitter: float = 0.2

    def step(self, tries: int) -> float:
        """The wait after the `tries`-th try of a delivery."""
        return self._spread(self.steps[min(tries, len(self.steps)) - 1])

    def pause(self, misses: int) -> float:
        """The wait of a whole target after `misses` failures in a row."""
        return self._spread(self.pauses[min(misses, len(self.pauses)) - 1])

    def _spread(self, seconds: float) -> float:
        return seconds * (1 + random.uniform(-self.jitter, self.jitter))  # noqa: S311 (spreads load, hides nothing)
