"""This module owns the promise that the growth page's arithmetic is right; `make growth` takes the measurements."""

import pytest
from spark.arithmetic import Took, growth, line, told

DUCKDB = [Took("duckdb", 100_000, 12.0, 20.0, 0.0), Took("duckdb", 1_000_000, 102.0, 200.0, 0.0)]
SPARK = [Took("spark", 100_000, 121.0, 3.0, 30.0), Took("spark", 1_000_000, 192.0, 21.0, 120.0)]


def test_two_sizes_make_a_fixed_cost_and_one_per_row():
    found = line([(1_000_000, 102.0), (100_000, 12.0)])
    assert (found.fixed, found.per_row) == (pytest.approx(2), pytest.approx(1e-4))
    assert found.at(3_000_000) == pytest.approx(302)


def test_where_both_take_the_same_on_paper_is_the_crossover():
    found = growth([*DUCKDB, *SPARK], cores=2)
    assert found.driver.per_row == pytest.approx(2e-5) and found.cluster.per_row == pytest.approx(1e-4)
    assert found.fixed == pytest.approx(121 - 100_000 * (2e-5 + 1e-4 / 2))
    rows = found.crossover(8) or 0.0
    assert rows > 0 and found.on_spark(rows, 8) == pytest.approx(found.duckdb.at(rows))
    assert (found.crossover(1) is None) is (found.duckdb.per_row <= 2e-5 + 1e-4)
    assert (found.crossover(16) or 0.0) < rows


def test_the_price_of_a_billion_is_its_core_hours_times_the_price():
    said = told([*DUCKDB, *SPARK], cores=2, per_worker=4, price=0.05)
    assert "1 × 4 cores: quicker from " in said
    assert "DuckDB 27.8 h by the clock, 55.6 core hours = 2.78; Spark 33.3 core hours = 1.67, at 0.05" in said
    assert "Two sizes or more" in told(DUCKDB[:1], cores=2, per_worker=4, price=0.05)
