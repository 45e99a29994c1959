"""This module owns the promise of migrations: what a release left is opened by today's code, nothing is lost.

The record is derived. A migration puts the old one aside under its version and makes a new one from the journal.
"""

import json
import tarfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fixtures.make import CONTENT, RELEASES, said
from running import ROOT

from analytics.build import Inputs, build
from analytics.config import AnalyticsSettings
from analytics.publish import publish
from analytics.refresh import utc_now
from analytics.verify import verify
from ingest.config import load
from ingest.journal import segments
from ingest.segments.segment import SegmentReader
from ingest.store import Record, RecordError, drain, read_record
from ingest.store.opening import SCHEMA_VERSION

NEVER_RELEASED = {3}  # it lived between two commits of one change


def unpacked(version: int, folder: Path) -> AnalyticsSettings:
    """A data folder as the release with that schema left it."""
    with tarfile.open(ROOT / "tests" / "fixtures" / f"schema-{version}.tar.gz") as tar:
        tar.extractall(folder, filter="data")
    return load(AnalyticsSettings, folder / "whichad.toml")


def content(path: Path) -> dict[str, list[list[Any]]]:
    with read_record(path) as record:
        return {name: said(record.execute(query).fetchall()) for name, query in CONTENT.items()}


def migrated(version: int, folder: Path) -> AnalyticsSettings:
    settings = unpacked(version, folder)
    with Record(settings.record_path) as record:
        assert record.rebuilt is not None and f"version {version}" in record.rebuilt
        assert drain(record, settings.journal_dir).damaged == []
    return settings


@pytest.mark.parametrize("version", RELEASES)
def test_the_record_of_a_release_is_made_again_and_says_the_same(tmp_path: Path, version: int):
    settings = migrated(version, tmp_path)
    was = json.loads((tmp_path / "content.json").read_text(encoding="utf-8"))
    now = content(settings.record_path)
    for table, rows in was.items():
        assert now[table] == rows, table
    build(settings.work_path, settings.record_path, Inputs(utc_now(), settings))  # every check included
    publish(settings.work_path, settings.published_link, utc_now())
    assert [line for line in verify(settings) if not line.ok] == []


@pytest.mark.parametrize("version", RELEASES)
def test_the_old_record_stays_as_a_backup_that_says_its_version(tmp_path: Path, version: int):
    settings = migrated(version, tmp_path)
    (old,) = settings.data_dir.glob(f"interactions.duckdb.schema-{version}-*")
    with duckdb.connect(str(old), read_only=True) as connection:
        assert connection.execute("select max(version) from schema_version").fetchall() == [(version,)]
    assert list(settings.data_dir.glob("*.damaged-*")) == []


@pytest.mark.parametrize("version", RELEASES)
def test_old_segments_are_read_also_the_one_whose_writer_was_killed(tmp_path: Path, version: int):
    settings = unpacked(version, tmp_path)
    sealed, rows = [], 0
    for path in segments(settings.journal_dir):
        with SegmentReader(path) as reader:
            sealed.append(reader.seal() is not None)
            rows += len(list(reader.after(0, 100)))
    assert (sealed.count(False), rows) == (1, {1: 7, 2: 9}[version])


def test_a_record_of_a_newer_whichad_is_refused_and_stays_where_it_is(tmp_path: Path):
    path = tmp_path / "interactions.duckdb"
    with Record(path):
        pass
    with duckdb.connect(str(path)) as connection:
        connection.execute("update schema_version set version = version + 1")
    before = path.read_bytes()
    with pytest.raises(RecordError, match=rf"schema {SCHEMA_VERSION + 1}.*newer whichad"), Record(path):
        pass
    assert [found.name for found in tmp_path.iterdir() if found.suffix != ".lock"] == [path.name]
    assert path.read_bytes() == before


def test_every_released_schema_before_ours_has_its_fixture():
    assert {*RELEASES, *NEVER_RELEASED} >= set(range(1, SCHEMA_VERSION))
