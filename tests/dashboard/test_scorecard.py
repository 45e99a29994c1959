"""The ranking in words: verdicts summarised, intervals placed, the careful end to sort by."""

from dataclasses import replace
from math import isnan
from pathlib import Path

import pandas as pd
import pytest

from dashboard import queries, scorecard
from dashboard.state import State

A, B = "rac1_" + "a" * 32, "rac1_" + "b" * 32


def shown(real: Path, state: State) -> dict[str, dict[str, object]]:
    fresh = queries.freshness(real)
    frame = scorecard.with_objective(queries.ranking(real, state), fresh)
    return {str(row["id"]): row for row in scorecard.rows(frame, queries.cells(real, state), fresh, state.pinned)}


def verdicts(row: dict[str, object]) -> str:
    return " · ".join(f"{chip['n']} {chip['word']}" for chip in row["verdicts"])  # type: ignore[attr-defined]


def test_all_scopes_show_how_many_of_each_verdict_the_cells_have(by_hand: Path):
    row = shown(by_hand, State())[A]
    assert verdicts(row) == "2 Needs work" or " · " in verdicts(row)
    assert "facebook · 2384 · US: " in str(row["each"])
    assert "tiktok · 9917 · US: " in str(row["each"])
    assert str(row["action"]).endswith("(in facebook · 2384 · US, the largest spend)")


def test_a_pinned_cell_shows_its_own_verdict_and_action(by_hand: Path):
    row = shown(by_hand, State(network="facebook"))[A]
    assert [chip["n"] for chip in row["verdicts"]] == [0]  # type: ignore[attr-defined]
    assert "largest spend" not in str(row["action"])


def test_a_filtered_row_without_a_verdict_says_so(by_hand: Path):
    fresh = queries.freshness(by_hand)
    state = State(network="facebook")
    frame = scorecard.with_objective(queries.ranking(by_hand, state), fresh)
    nothing = queries.cells(by_hand, state).assign(verdict=None)
    assert {row["none"] for row in scorecard.rows(frame, nothing, fresh, True)} == {"Filtered: no verdict"}
    assert {row["none"] for row in scorecard.rows(frame, nothing, fresh, False)} == {"No verdict yet"}


def test_a_row_of_too_early_cells_only_is_dimmed(by_hand: Path):
    rows = shown(by_hand, State())
    assert rows[B]["early"] is True
    assert rows[A]["early"] is False


def test_numbers_are_written_and_funnel_rates_carry_their_interval(by_hand: Path):
    row = shown(by_hand, State())[A]
    assert (row["profit_text"], row["spend_text"], row["clicks_text"]) == ("$15.00", "$30.00", "250")
    assert row["rate_text"] == "$0.060"
    assert str(row["ctr1_tip"]).startswith("CTR1 41.2%, interval ")


def test_no_row_holds_a_nan_that_json_would_refuse(by_hand: Path):
    for row in shown(by_hand, State()).values():
        assert not any(isinstance(value, float) and isnan(value) for value in row.values())


def test_cpa_has_the_limits_of_cvr_turned_round():
    fresh_like = pd.DataFrame(
        {"objective": ["cpa"], "target": [30.0], "cpa": [20.0], "cvr": [0.05], "cvr_low": [0.04], "cvr_high": [0.0625]}
    )
    frame = scorecard.with_objective(fresh_like, _fresh())
    assert frame["low"].iloc[0] == pytest.approx(16.0)
    assert frame["high"].iloc[0] == pytest.approx(25.0)
    assert frame["floor"].iloc[0] == pytest.approx(-25.0), "lower is better: sort by the dear end"


def test_the_scale_is_not_flattened_by_one_wild_row():
    lows = [0.01] * 40 + [-90.0]
    frame = pd.DataFrame({"low": lows, "mid": [0.02] * 41, "high": [0.03] * 40 + [90.0], "aim": [0.0] * 41})
    scale = scorecard.scale_of(frame)
    assert -1 < scale.low < 0 < scale.high < 1
    assert scale.place(90.0) == 100.0
    assert scale.place(None) is None


def _fresh():
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from dashboard.marts import Freshness

    made = Freshness(None, datetime(2026, 11, 23, tzinfo=UTC), ZoneInfo("UTC"), "USD", "shop", "roas", 2.0, 1)
    return replace(made, objective="cpa")
