"""The published file is opened once a version, whoever asks, and let go when there is a newer one."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dashboard_worlds import Versions

from dashboard import published
from dashboard.published import NothingPublished, newest, opened
from dashboard.reading import columns_of

COUNT = "select (select version from freshness), count(*) from facts_daily where hash(day, ad_id) % 7 = ?"


def held(file: Path) -> bool:
    """Whether this process has the file open."""
    return any(each.resolve() == file.resolve() for each in Path("/proc/self/fd").iterdir() if each.exists())


def test_a_version_stays_open_until_a_newer_one_is_asked_for(versions: Mapping[str, Versions]):
    before, now = versions["arbitrage"].before, versions["arbitrage"].now
    with opened(before):
        pass
    assert held(before)
    with opened(now):
        assert held(now) and not held(before)


def test_who_reads_an_old_version_reads_it_to_the_end(versions: Mapping[str, Versions]):
    before, now = versions["arbitrage"].before, versions["arbitrage"].now
    with opened(before) as old:
        with opened(now) as new:
            told = [each.execute("select version from freshness").fetchall() for each in (old, new)]
        assert told[0] != told[1]
        assert old.execute("select count(*) > 0 from facts_daily").fetchall() == [(True,)]
    assert held(now) and not held(before)


def test_many_threads_get_their_own_rows_while_versions_change(versions: Mapping[str, Versions]):
    files = [versions["arbitrage"].before, versions["arbitrage"].now]

    def ask(number: int) -> tuple[int, int, object]:
        with opened(files[number % 2]) as cursor:
            return number % 2, number % 7, cursor.execute(COUNT, [number % 7]).fetchall()[0]

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(600)))
    assert len(found) == 14, "one answer for each question"


def test_what_cannot_be_opened_is_not_remembered(tmp_path: Path, real_arbitrage: Path):
    file = tmp_path / "v.duckdb"
    with pytest.raises(published.duckdb.IOException), opened(file):
        pass
    file.write_bytes(real_arbitrage.read_bytes())
    with opened(file) as cursor:
        assert cursor.execute("select count(*) from freshness").fetchall() == [(1,)]


def test_the_columns_of_a_mart_are_those_of_the_file(real_arbitrage: Path):
    with opened(real_arbitrage) as cursor:
        for mart in ("facts_daily", "creative_daily"):
            cursor.execute(f"select * from {mart} limit 0")
            assert columns_of(real_arbitrage, mart) == {column[0] for column in cursor.description}
    assert columns_of(real_arbitrage, "nothing_of_the_kind") == frozenset()


def test_without_a_link_nothing_is_published(tmp_path: Path):
    with pytest.raises(NothingPublished):
        newest(tmp_path / "creatives.duckdb")
