"""What the dashboard's callbacks cost is measured whole: every one of a page, at each file, cold and warm."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import duckdb
import pytest
from bench import callbacks, larger

PANELS = ("overview-leaderboard", "attribution-rules")


@pytest.fixture(scope="module")
def more(real_arbitrage: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file with twice the creatives and twice the days."""
    file = tmp_path_factory.mktemp("more") / "more.duckdb"
    larger.write(real_arbitrage, file, larger.Growth(creatives=2, spans=2))
    yield file
    file.unlink()


def test_panels_are_measured_cold_and_warm_at_a_file_and_at_a_larger_one(
    real_arbitrage: Path, more: Path, tmp_path: Path
):
    found = [
        took
        for label, file in (("×1", real_arbitrage), ("×4", more))
        for took in callbacks.measured(file, tmp_path / label, label, PANELS, repeats=1)
    ]
    by = {(each.panel, each.state, each.file): each for each in found}
    assert set(by) == set(product(PANELS, ("cold", "warm"), ("×1", "×4"))) and len(by) == len(found)
    assert all(each.cpu_p95 >= each.cpu_p50 > 0 and each.bytes > 1000 for each in found)
    assert by["overview-leaderboard", "cold", "×4"].rows == 2 * by["overview-leaderboard", "cold", "×1"].rows > 0
    lines = callbacks.table(found, ["×1", "×4"]).splitlines()
    for panel, state in product(PANELS, ("cold", "warm")):
        assert sum(line.split()[1:3] == [panel, state] for line in lines) == 1


def test_every_panel_of_every_page_is_asked_for(real_arbitrage: Path, tmp_path: Path):
    desk = callbacks.Desk(tmp_path / "desk", real_arbitrage, "arbitrage")
    asked = list(callbacks.questions(desk, callbacks.VIEW))
    assert [each.panel for each in asked if "-" in each.panel] == [
        panel.name for page in callbacks.PAGES for panel in page.panels
    ]
    assert {each.panel for each in asked if "-" not in each.panel} == {"pulse", "period", "filters", "head"}


def test_a_larger_file_holds_the_same_numbers_more_often(real_arbitrage: Path, more: Path):
    sql = "select count(distinct creative_id), count(distinct day), sum(clicks), sum(cost_direct) from facts_daily"
    (one,), (many,) = (duckdb.connect(str(file), read_only=True).execute(sql).fetchall()
                       for file in (real_arbitrage, more))  # fmt: skip
    assert many == (2 * one[0], 2 * one[1], 4 * one[2], 4 * one[3])
