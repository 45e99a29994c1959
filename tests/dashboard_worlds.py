"""This module owns the published files that the real pipeline makes for the dashboard's tests: a demo's world with some
creatives planted, posted through the door, drained, built, checked and published, twice before "now" and once after.

    def test_…(real_arbitrage: Path): …       # the newest file as of MOMENT: what a panel is asked about
    versions["shop"].before / .after          # a day before it; and a quarter of an hour after, with more clicks
    folder = publish_into(tmp_path, "shop")   # for a server of one's own: published/<version>.duckdb and the symlink
    publish_into(tmp_path, "shop", "after")   # the next version, while that server runs

Each is built once in a run of the tests, by the worker that asks first, and never at another moment than MOMENT.
"""

import fcntl
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import dashboard_planted
import orjson
import pytest

from analytics.build import Inputs
from analytics.config import AnalyticsSettings
from analytics.history.noting import keep, prepare
from analytics.incremental.bringing import Builder
from analytics.publish import new_version, publish
from ingest import decisions
from ingest.creative import identify
from ingest.delivery import Door, Limits
from ingest.door.passage import Passage
from ingest.door.request import Request
from ingest.journal import Journal
from ingest.senders.origin import origin
from ingest.store import Record, drain
from ingest.world import Parcel, fresh_secrets, toml_settings, world_for

MOMENT = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
DAY_BEFORE, AFTER = datetime(2026, 11, 22, 9, 0, tzinfo=UTC), MOMENT + timedelta(minutes=15)
DAYS, SCALES = 28, {"arbitrage": 0.06, "shop": 0.06}
DELIVERY_ITEMS = 400
KEY = b"a key of the tests' visitors"


@dataclass(frozen=True)
class Versions:
    """Three published files of one world: a day before MOMENT, at MOMENT, a quarter of an hour after it."""

    before: Path
    now: Path
    after: Path


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Versions]:
    """`versions["arbitrage"].now` and the like; a kind is built when it is first asked for."""
    return _Built(_run_folder(tmp_path_factory))


@pytest.fixture(scope="session")
def real_arbitrage(versions: Mapping[str, Versions]) -> Path:
    """The published file of an arbitrage install at MOMENT."""
    return versions["arbitrage"].now


@pytest.fixture(scope="session")
def real_shop(versions: Mapping[str, Versions]) -> Path:
    """The published file of a shop at MOMENT."""
    return versions["shop"].now


@pytest.fixture(scope="session")
def real_empty(versions: Mapping[str, Versions]) -> Path:
    """The published file of an install to which nobody has posted anything."""
    return versions["empty"].now


@pytest.fixture(scope="session")
def publish_into(versions: Mapping[str, Versions]) -> Callable[..., Path]:
    """`publish_into(folder, which, when="now")`: serve a real file from a data directory; returns the file."""

    def publish(folder: Path, which: str, when: str = "now") -> Path:
        made: Path = getattr(versions[which], when)
        (folder / "published").mkdir(parents=True, exist_ok=True)
        target = folder / "published" / made.name
        if not target.exists():
            aside = target.with_suffix(".new")
            shutil.copy(made, aside)
            aside.rename(target)
        link = folder / ".creatives.new"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("published") / target.name)
        link.replace(folder / "creatives.duckdb")
        return target

    return publish


def _run_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share, and no other run."""
    own = factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "dashboard_worlds"


class _Built(Mapping[str, Versions]):
    """The versions by kind: found in the run's folder, or built there while the other workers wait."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder, self._found = folder, cache(self._find)

    def __getitem__(self, kind: str) -> Versions:
        return self._found(kind)

    def __iter__(self) -> Iterator[str]:
        return iter((*SCALES, "empty"))

    def __len__(self) -> int:
        return len(SCALES) + 1

    def _find(self, kind: str) -> Versions:
        with (self._folder / f"{kind}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self._folder / kind
            if not done.exists():
                aside = self._folder / f"{kind}.half"
                shutil.rmtree(aside, ignore_errors=True)
                if kind == "empty":
                    _build_empty(aside)
                else:
                    _build(aside, kind)
                aside.rename(done)
        # Versions sort by when they were built; of an empty install all three are the same.
        return Versions(*((sorted(done.glob("*.duckdb")) * 3)[:3]))


def build_world(folder: Path, kind: str) -> Path:
    """Build a kind's three versions in a new folder; returns the file of MOMENT. Takes about 15 s."""
    folder.mkdir()
    _build(folder, kind)
    return sorted(folder.glob("*.duckdb"))[1]


def _build_empty(folder: Path) -> None:
    settings = AnalyticsSettings(data_dir=folder / "data", kind="arbitrage", timezone="America/Los_Angeles")
    settings.data_dir.mkdir(parents=True)
    _publish(Builder(settings), settings, MOMENT, folder)


def _build(folder: Path, kind: str) -> None:
    told = tomllib.loads(toml_settings(kind, fresh_secrets(kind)))
    settings = AnalyticsSettings(data_dir=folder / "data", attribution={"clicks_min": 80}, **told)
    world = world_for(kind, MOMENT, days=DAYS, scale=SCALES[kind])
    sent = list(world.items_between(world.begin, AFTER)) + dashboard_planted.parcels(kind, AFTER)
    sent.sort(key=lambda each: each.send_at)
    builder = Builder(settings)
    begin = world.begin
    for until in (DAY_BEFORE, MOMENT, AFTER):
        window = [each for each in sent if _ms(begin) <= each.send_at < _ms(until)]
        _post(settings, window, until)
        _decide(settings, until)
        _publish(builder, settings, until, folder)
        begin = until
    shutil.rmtree(settings.data_dir)


def _publish(builder: Builder, settings: AnalyticsSettings, at: datetime, folder: Path) -> None:
    """A cycle of the loop, but for the archive, which takes two seconds and which nobody looks at here."""
    with Record(settings.record_path) as record:
        drain(record, settings.journal_dir)
    inputs = Inputs(at.replace(tzinfo=None), settings)
    version = new_version(inputs.as_of)
    builder.bring_up(inputs)
    note = prepare(inputs, version, settled=True)
    publish(settings.work_path, settings.published_link, inputs.as_of, version)
    trouble = keep(note)
    assert trouble == "", trouble
    os.link(settings.published_link.resolve(), folder / f"{version}.duckdb")


def _post(settings: AnalyticsSettings, sent: list[Parcel], until: datetime) -> None:
    """Put parcels on disk by the door's own steps, each sender's in deliveries, and a refusal beside them."""
    by_sender: dict[str, list[Parcel]] = {}
    for parcel in sent:
        by_sender.setdefault(parcel.sender, []).append(parcel)
    journal = Journal(settings.journal_dir, "w1", rows_max=100_000, seconds_max=3600, clock=until.timestamp)
    with closing(journal):
        door = Door(journal, KEY, Limits(1 << 24, 1000))
        for sender, own in by_sender.items():
            known = origin(sender, settings.senders[sender], settings)
            for first in range(0, len(own), DELIVERY_ITEMS):
                due = own[first : first + DELIVERY_ITEMS]
                body = orjson.dumps([each.item for each in due])
                request = Request("POST", body, {"content-type": "application/json"})
                passage = Passage(known, request, due[-1].send_at * 1000)
                door.decode(passage)
                door.parse(passage)
                door.journal(passage)
        door.count_refusal(next(iter(by_sender)), "signature_wrong", 120)


def _decide(settings: AnalyticsSettings, until: datetime) -> None:
    """A merge before the first version, taken back before the last; and a derived alias that somebody overrules."""
    merged, into = (identify(text).creative_id for text in (dashboard_planted.MERGED, dashboard_planted.INTO))
    at = int(until.timestamp() * 1e6) - 60_000_000
    if until == DAY_BEFORE:
        decisions.append(settings.journal_dir, "merge", str(merged), into, "maria", "The same ad, <b>shorter</b>", at)
    if until == AFTER:
        decisions.append(settings.journal_dir, "unmerge", str(merged), None, "tom", "They run side by side", at)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
