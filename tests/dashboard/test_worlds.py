"""The worlds of the dashboard's tests hold something for every page: what is missing here, no panel's test can see."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dashboard_planted import FORMULA, HOSTILE, LONG
from dashboard_worlds import Versions

from dashboard.published import opened

both = pytest.mark.parametrize("kind", ["arbitrage", "shop"])


def asked(path: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = duckdb.connect(str(path), read_only=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@both
def test_there_are_verdicts_of_every_kind_a_buyer_acts_on(versions: Mapping[str, Versions], kind: str) -> None:
    words = {word for (word,) in asked(versions[kind].now, "select distinct verdict from verdicts")}
    acted = {"winner", "promising", "average", "needs_work", "cut", "too_early", "unattributable"}
    assert words >= acted | ({"fatigued"} if kind == "arbitrage" else set())
    assert asked(versions[kind].now, "select count(*) > 0 from creative_fatigue where fatigued") == [(True,)]


@both
def test_there_are_several_networks_campaigns_countries_and_senders(
    versions: Mapping[str, Versions], kind: str
) -> None:
    ((networks, campaigns, countries, senders, devices),) = asked(
        versions[kind].now,
        "select count(distinct network), count(distinct campaign_id), count(distinct country), count(distinct sender),"
        " count(distinct device) from facts_daily",
    )
    assert networks >= 3 and campaigns >= 5 and countries >= 3 and senders >= 5 and devices >= 2


@both
def test_hostile_and_long_texts_are_there_as_they_were_sent(versions: Mapping[str, Versions], kind: str) -> None:
    texts = {text for (text,) in asked(versions[kind].now, "select creative_text from creatives")}
    assert {HOSTILE, LONG} <= texts and any(FORMULA[:20] in text for text in texts) and len(LONG) > 2000
    assert asked(versions[kind].now, "select max(variants) > 3, max(ads) > 1 from creatives") == [(True, True)]


@both
def test_money_was_restated_after_its_day_was_closed(versions: Mapping[str, Versions], kind: str) -> None:
    assert asked(versions[kind].before, "select count(*) from restatements") == [(0,)]
    assert len(asked(versions[kind].now, "select distinct causes from restatements")) > 2


@both
def test_something_waits_in_the_quarantine_and_something_was_refused(
    versions: Mapping[str, Versions], kind: str
) -> None:
    outcomes = dict(asked(versions[kind].now, "select kind, sum(items) from data_quality group by 1"))
    assert outcomes["in_quarantine"] >= 5 and outcomes["refused"] > 0


@both
def test_a_quarter_of_an_hour_later_there_is_more_and_a_merge_is_taken_back(
    versions: Mapping[str, Versions], kind: str
) -> None:
    clicks = [asked(getattr(versions[kind], when), "select sum(clicks), (select count(*) from creatives),"
                    " (select as_of from freshness) from facts_daily")[0] for when in ("now", "after")]  # fmt: skip
    assert all(before < after for before, after in zip(*clicks, strict=True))


def test_nobody_posted_anything_into_the_empty_one(real_empty: Path) -> None:
    assert asked(real_empty, "select (select count(*) from facts_daily), (select count(*) from freshness)") == [(0, 1)]


def test_a_file_is_published_into_a_folder_and_the_next_version_over_it(
    publish_into: Callable[..., Path], versions: Mapping[str, Versions], tmp_path: Path
) -> None:
    first = publish_into(tmp_path, "arbitrage")
    assert (tmp_path / "creatives.duckdb").resolve() == first.resolve()
    with opened(first) as connection:
        assert connection.execute("select kind from freshness").fetchall() == [("arbitrage",)]
    second = publish_into(tmp_path, "arbitrage", "after")
    assert (tmp_path / "creatives.duckdb").resolve() == second.resolve() != first.resolve()
    assert second.read_bytes() == versions["arbitrage"].after.read_bytes() and first.exists()
