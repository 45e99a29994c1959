"""This module owns what the process that serves `/metrics` counts itself, in its own memory: restarts, and canaries.

Nothing here is made when it is imported: in a worker it would be made in the files that all count in.
"""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class Tally:
    """The counts of one supervisor, from its start on."""

    def __init__(self) -> None:
        """Everything at zero."""
        disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each, which Prometheus has no use for
        self.registry = CollectorRegistry()
        self._answer = Histogram(
            "whichad_canary_answer_seconds", "From the canary's post to its answer", registry=self.registry,
            buckets=_SECONDS,
        )  # fmt: skip
        self._failures = Counter(
            "whichad_canary_failures", "Canaries that were not answered with 200", registry=self.registry
        )
        self._restarts = Counter(
            "whichad_restarts", "Processes of ingest that ended by themselves and were started again", ("process",),
            registry=self.registry,
        )  # fmt: skip

    def canary(self, seconds: float, answered: bool) -> None:
        """Count a canary; its time counts where it was answered with 200."""
        if answered:
            self._answer.observe(seconds)
        else:
            self._failures.inc()

    def restarted(self, process: str) -> None:
        """Count a process of ingest that is started again."""
        self._restarts.labels(process).inc()


@cache
def tally() -> Tally:
    """This process's."""
    return Tally()
