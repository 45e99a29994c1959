"""What the dashboard's callbacks cost is measured whole: every one of a page, at each file, cold and warm."""

from itertools import product
from pathlib import Path

import duckdb
from bench import callbacks, larger

PANELS = ("overview-leaderboard", "attribution-rules")


def test_panels_are_measured_cold_and_warm_at_a_file_and_at_a_larger_one(real_arbitrage: Path, tmp_path: Path):
    more = tmp_path / "more.duckdb"
    larger.write(real_arbitrage, more, larger.Growth(creatives=2, spans=2))
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
    assert [line.split()[1:3] for line in lines[1:5]] and all(
        sum(panel in line and state in line for line in lines) == 1
        for panel, state in product(PANELS, ("cold", "warm"))
    )


def test_every_panel_of_every_page_is_asked_for(real_arbitrage: Path, tmp_path: Path):
    desk = callbacks.Desk(tmp_path / "desk", real_arbitrage, "arbitrage")
    asked = list(callbacks.questions(desk, callbacks.VIEW))
    assert [each.panel for each in asked if "-" in each.panel] == [
        panel.name for page in callbacks.PAGES for panel in page.panels
    ]
    assert {each.panel for each in asked if "-" not in each.panel} == {"pulse", "period", "filters", "head"}


def test_a_larger_file_holds_the_same_numbers_more_often(real_arbitrage: Path, tmp_path: Path):
    more = tmp_path / "more.duckdb"
    larger.write(real_arbitrage, more, larger.Growth(creatives=3, spans=2))
    sql = "select count(distinct creative_id), count(distinct day), sum(clicks), sum(cost_direct) from facts_daily"
    (one,), (many,) = (duckdb.connect(str(file), read_only=True).execute(sql).fetchall()
                       for file in (real_arbitrage, more))  # fmt: skip
    assert many == (3 * one[0], 2 * one[1], 6 * one[2], 6 * one[3])
