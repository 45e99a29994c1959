"""This module owns the types of events: what each tells, and which of them a person may want."""

from dataclasses import dataclass

from ingest.config import ConfigError
from ingest.settings.mistakes import near


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of event. `is_built_in`: there is one rule of it, on by default, under the type's own name."""

    name: str
    what: str
    is_built_in: bool = True


KINDS = (
    Kind("creative.verdict_changed", "A creative became a winner, fatigued, one to cut, or anything else than before"),
    Kind("money.unattributable", "Money of a closed day that no creative can be given, above a floor"),
    Kind("sender.silent", "A sender that used to post fell silent, by its own rhythm"),
    Kind("data.stale", "Nothing new was published for a while, although the loop should run"),
    Kind("publish.failed", "A check failed: the version before it stays published"),
    Kind("digest.daily", "What changed since yesterday, once a day"),
    Kind("threshold.crossed", "A metric crossed a threshold of a rule of yours", is_built_in=False),
    Kind("alerts.test", "Sent by hand, to see whether an endpoint takes it", is_built_in=False),
)
NAMES = tuple(kind.name for kind in KINDS)
BUILT_IN = tuple(kind.name for kind in KINDS if kind.is_built_in)
TEST, THRESHOLD, DIGEST = "alerts.test", "threshold.crossed", "digest.daily"


def check_types(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same names, each once. Raises ConfigError for one that is no type of event."""
    for name in names:
        if name not in NAMES:
            raise ConfigError(f"There is no event {name!r}{near(name, NAMES)}. The events: {', '.join(NAMES)}.")
    return tuple(dict.fromkeys(names))
