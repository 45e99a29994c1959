"""This module owns the comparison with the packages of others: the paths both are given, and what they answered.

`python tests/outside.py` asks ChannelAttribution (GPL-3.0; it is neither imported at run time nor locked, because
PyPI has only its source, which needs a C++ compiler) and writes its answers beside the fixtures, for machines where it
is not installed. Its own PathData is not in the package; `journeys` makes 10,000 paths of that shape: a dozen channels,
one to twenty touches, repeats, most of them without a conversion.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import Any

from journeys import START, Item, item

ANSWERS = Path(__file__).resolve().parent / "fixtures" / "channelattribution.json"
VERSION = "2.2.5"
CHANNELS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mi")
SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Journey:
    """One visitor's path with the hours between its touches, and the last gap to its end; `cents` if it converted."""

    channels: tuple[str, ...]
    gaps: tuple[int, ...]
    cents: int | None

    @property
    def hours_left(self) -> list[int]:
        """From each touch to the end, in hours."""
        return list(accumulate(reversed(self.gaps)))[::-1]


def journeys(count: int = 10_000, seed: int = 7) -> list[Journey]:
    """The same paths on every machine: common channels are touched often, the last of them hardly ever."""
    chance = random.Random(seed)
    weights = [1 / (at + 1) ** 1.4 for at in range(len(CHANNELS))]
    told = []
    for _ in range(count):
        length = min(1 + int(chance.expovariate(0.4)), 20)
        channels = tuple(chance.choices(CHANNELS, weights, k=length))
        likely = 0.15 + 0.25 * ("beta" in channels) + 0.02 * length
        cents = chance.randrange(0, 20_000) if chance.random() < likely else None
        told.append(Journey(channels, tuple(chance.randint(1, 8) for _ in channels), cents))
    return told


def interactions(told: list[Journey]) -> Iterator[Item]:
    """The adapter: every journey as the webhooks that tell of it, clicks and an order of one visitor."""
    for number, journey in enumerate(told):
        moments = accumulate(journey.gaps, lambda at, gap: at + timedelta(hours=gap), initial=START)
        for nth, (channel, at) in enumerate(zip(journey.channels, moments, strict=False)):
            yield item("click", f"p{number}-{nth:02}", at, visitor_id=f"p{number}", network="facebook",
                       referrerAdCreative=channel)  # fmt: skip
        if journey.cents is not None:
            ended = START + timedelta(hours=sum(journey.gaps))
            revenue = f"{journey.cents // 100}.{journey.cents % 100:02}"
            yield item("conversion", f"p{number}-order", ended, visitor_id=f"p{number}", transaction_id=f"p{number}",
                       conversion_kind="purchase", revenue=revenue)  # fmt: skip


def package(name: str) -> Any:
    """A package of others, or None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None


def channel_attribution(asked: Any, told: list[Journey]) -> dict[str, Any]:
    """What ChannelAttribution says of the paths: heuristics, and Markov with and without null journeys."""
    import pandas as pd

    frame = pd.DataFrame({
        "path": [SEPARATOR.join(each.channels) for each in told],
        "conversions": [int(each.cents is not None) for each in told],
        "value": [(each.cents or 0) / 100 for each in told],
        "null": [int(each.cents is None) for each in told],
    })  # fmt: skip
    names = ("path", "conversions", "value")
    heuristics = asked.heuristic_models(frame, *names, sep=">", flg_pro=False)
    markov = {
        label: asked.markov_model(
            frame[frame["conversions"] > 0] if null is None else frame, *names, var_null=null, out_more=True, sep=">",
            seed=1, flg_pro=False, verbose=False,
        )
        for label, null in (("with_null", "null"), ("without_null", None))
    }  # fmt: skip
    return {
        "version": VERSION,
        "heuristics": heuristics.set_index("channel_name").to_dict("index"),
        **{label: _markov(found) for label, found in markov.items()},
    }


def _markov(found: Any) -> dict[str, Any]:
    totals = found["result"].set_index("channel_name")["total_conversions"]
    effects = found["removal_effects"].set_index("channel_name")["removal_effects_conversion"]
    return {"totals": totals.to_dict(), "effects": effects.to_dict()}


if __name__ == "__main__":
    here = package("ChannelAttribution")
    if here is None:
        raise SystemExit(f"Install ChannelAttribution=={VERSION} and matplotlib first; it needs a C++ compiler.")
    ANSWERS.write_text(json.dumps(channel_attribution(here, journeys()), indent=1, sort_keys=True) + "\n")
