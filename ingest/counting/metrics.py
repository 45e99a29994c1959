"""This module owns what whichad counts about itself: the names, the labels, and who counts in this process.

Workers, relay, loop, alerts and dashboard count in files of one folder (`ingest.counting.files`), which ingest reads
for `/metrics`. Where neither `start` nor `begin` was called, in commands and tests, all is counted in this process
only. Only configured senders become labels: whoever posts to made-up names must not fill our memory.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, values

from ingest.config import count_in
from ingest.counting.files import FOLDER, Own, own_files

_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
_LONG = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

REGISTRY = CollectorRegistry()
_DELIVERIES = Counter(
    "whichad_deliveries", "Deliveries on disk: accepted, or kept for diagnosis", ("sender", "disposition"),
    registry=REGISTRY,
)  # fmt: skip
_ITEMS = Counter("whichad_items", "Items of those: accepted or quarantined", ("sender", "result"), registry=REGISTRY)
_QUARANTINED = Counter("whichad_quarantined", "Quarantined items by reason", ("sender", "reason"), registry=REGISTRY)
_REFUSALS = Counter("whichad_refusals", "Requests refused, by code", ("sender", "code"), registry=REGISTRY)
_ANSWER = Histogram(
    "whichad_answer_seconds", "From the whole request to its answer", ("sender",), registry=REGISTRY, buckets=_SECONDS
)
_GROUP = Histogram(
    "whichad_journal_group_size", "Deliveries that shared one commit", ("worker",), registry=REGISTRY, buckets=_ROWS
)
_COMMIT = Histogram(
    "whichad_journal_commit_seconds", "Duration of one commit, fsync included", ("worker",), registry=REGISTRY,
    buckets=_SECONDS,
)  # fmt: skip
_LOADED = Counter(
    "whichad_loaded_items", "Items that the loop took from the journal, by what became of them", ("sender", "result"),
    registry=REGISTRY,
)  # fmt: skip
_LOAD = Histogram(
    "whichad_load_seconds", "One look into the journal that loaded something", ("part",), registry=REGISTRY,
    buckets=_LONG,
)  # fmt: skip
_BUILD = Histogram(
    "whichad_build_seconds", "One build: of everything (full), or of what is new (news)", ("kind",),
    registry=REGISTRY, buckets=_LONG,
)  # fmt: skip
_PUBLISH = Histogram(
    "whichad_publish_seconds", "Writing and naming one version", ("part",), registry=REGISTRY, buckets=_LONG
)
_CYCLE = Histogram(
    "whichad_cycle_seconds", "One cycle of the loop: load, build, check, publish", ("outcome",), registry=REGISTRY,
    buckets=_LONG,
)  # fmt: skip
_CHECKS = Counter("whichad_checks_failed", "Cycles that a check kept from publishing", ("check",), registry=REGISTRY)
_OUTGOING = Counter(
    "whichad_outgoing", "Tries to deliver what goes out: relayed deliveries, alerts", ("kind", "result"),
    registry=REGISTRY,
)  # fmt: skip
_OUTGOING_SECONDS = Histogram(
    "whichad_outgoing_seconds", "From the request to the target's answer, or to giving it up", ("kind",),
    registry=REGISTRY, buckets=_LONG,
)  # fmt: skip
_DASHBOARD = Histogram(
    "whichad_dashboard_seconds", "One answer of the dashboard", ("page", "panel"), registry=REGISTRY, buckets=_SECONDS
)
_DASHBOARD_ERRORS = Counter("whichad_dashboard_errors", "Answers that broke", ("page",), registry=REGISTRY)
_VISIBLE = Histogram(
    "whichad_canary_visible_seconds", "From the canary's receipt to the end of the cycle that includes it", ("part",),
    registry=REGISTRY, buckets=_LONG,
)  # fmt: skip
Names = Callable[[], Container[str]]


@dataclass(slots=True)
class _Own:
    """Who counts in this process."""

    worker: str = ""
    senders: Names = tuple
    files: Own | None = None


_own = _Own()


def start(worker: str, senders: Names) -> None:
    """Say who counts, and which senders are labels now; a worker calls this once, before it counts anything.

    Its files carry its name, not its process id: one that starts again goes on counting in them.
    """
    _own.worker, _own.senders = worker, senders
    if values.ValueClass is not values.MutexValue:
        values.ValueClass = values.MultiProcessValue(lambda: worker)  # type: ignore[no-untyped-call]


def begin(part: str, data_dir: Path) -> None:
    """Count in files of this part from now on, going on from where its last process ended.

    Where the disk gives no room, or another process of the same part runs, this one counts for itself alone.
    """
    _own.files = own_files(data_dir / FOLDER, part)
    if _own.files is not None:
        count_in(data_dir / FOLDER)
        values.ValueClass = values.MultiProcessValue(lambda: part)  # type: ignore[no-untyped-call]
        _own.worker = part


def delivery(
    sender: str, accepted: int, quarantined: Sequence[str], seconds: float, disposition: str = "accepted"
) -> None:
    """Count a delivery that is on disk: its accepted items, a reason for each other one, what the answer took."""
    name = _label(sender)
    _counter(_DELIVERIES, name, disposition).inc()
    _answer(name).observe(seconds)
    if accepted:
        _counter(_ITEMS, name, "accepted").inc(accepted)
    if quarantined:
        _counter(_ITEMS, name, "quarantined").inc(len(quarantined))
        for reason in set(quarantined):
            _counter(_QUARANTINED, name, reason).inc(quarantined.count(reason))


def refusal(sender: str, code: str) -> None:
    """Count a refused request; `code` is a key of REFUSALS."""
    _counter(_REFUSALS, _label(sender), code).inc()


def commit(rows: int, seconds: float) -> None:
    """Note one commit of the journal."""
    _GROUP.labels(_own.worker).observe(rows)
    _COMMIT.labels(_own.worker).observe(seconds)


def _label(sender: str) -> str:
    return sender if sender in _own.senders() else ""


@cache
def _counter(counter: Counter, sender: str, what: str) -> Counter:
    return counter.labels(sender, what)  # the client's own look-up takes as long as the counting


@cache
def _answer(sender: str) -> Histogram:
    return _ANSWER.labels(sender)


def loaded(sender: str, result: str, items: int) -> None:
    """Count items that are in the record now; `result`: accepted, new_version, duplicate, quarantined or ignored."""
    if items:
        _LOADED.labels(sender, result).inc(items)


def load(seconds: float) -> None:
    """Note one look into the journal that loaded something."""
    _LOAD.labels(_own.worker).observe(seconds)


def build(kind: str, seconds: float) -> None:
    """Note one build; `kind`: full or news."""
    _BUILD.labels(kind).observe(seconds)


def publish(seconds: float) -> None:
    """Note one version that was published."""
    _PUBLISH.labels(_own.worker).observe(seconds)


def cycle(ok: bool, seconds: float, check: str = "") -> None:
    """Note one cycle of the loop; `check`: the one that kept it from publishing."""
    _CYCLE.labels("ok" if ok else "failed").observe(seconds)
    if check:
        _CHECKS.labels(check).inc()


def outgoing(kind: str, result: str, seconds: float) -> None:
    """Count one try to deliver something: `kind` relay or alert; `result` delivered, failed or given_up."""
    _OUTGOING.labels(kind, result).inc()
    _OUTGOING_SECONDS.labels(kind).observe(seconds)


def page(name: str, panel: str, seconds: float, broke: bool) -> None:
    """Note one answer of the dashboard. The caller passes names of our own only, never what was asked for."""
    _DASHBOARD.labels(name, panel).observe(seconds)
    if broke:
        _DASHBOARD_ERRORS.labels(name).inc()


def canary_visible(seconds: float) -> None:
    """Note a canary that a finished cycle includes."""
    _VISIBLE.labels(_own.worker).observe(seconds)
