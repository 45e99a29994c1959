"""This module owns the promises of the page Reconcile: parts add up to gaps, the ledger adds up, and both say so."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from dashboard_looks import look_at

from dashboard.figures.theme import LIGHT
from dashboard.pages.reconcile import PAGE, gaps, ledger, measures, restated
from dashboard.pages.reconcile.gap_figures import parts_figure, said_figure
from dashboard.pages.reconcile.gap_panels import fill_campaigns, fill_cells, fill_parts
from dashboard.pages.reconcile.gap_words import gap_sentence, place
from dashboard.pages.reconcile.gaps import PARTS, Choice
from dashboard.pages.reconcile.money_panels import (
    NO_MONEY,
    fill_accounts,
    fill_restated,
    fill_settlement,
    fill_sheet,
    places_of,
)
from dashboard.panels.panel import Drawn, Rows
from dashboard.panels.shown import shown

COLUMNS = [part.column for part in PARTS]


def mart(real: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(real), read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.fixture(params=["real_arbitrage", "real_shop"])
def real(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def test_every_part_that_is_published_has_a_name_here(real: Path):
    names = mart(real, "select column_name from duckdb_columns() where table_name = 'reconciliation'")
    assert {name for (name,) in names if str(name).startswith("part_")} == set(COLUMNS)


@pytest.mark.parametrize("measure", list(gaps.MEASURES))
def test_the_parts_of_each_day_add_up_to_its_gap(real: Path, measure: str):
    look = look_at(real, f"?period=all&of={measure}")
    choice = gaps.chosen(look)
    assert choice == Choice(measure, "")
    days = gaps.days(look, choice)
    told = days[days["gap"].notna()]
    assert len(told) > 5
    assert told[COLUMNS].sum(axis=1).tolist() == pytest.approx(told["gap"].tolist(), abs=1e-6)
    rows, adds_up = gaps.exact(look, choice)
    ((counted,),) = mart(real, f"select count(gap) from reconciliation where measure = '{measure}'")
    assert (rows, adds_up) == (counted, True)
    assert "add up to the gap exactly" in str(fill_parts(look).caption)


def test_campaigns_come_by_the_size_of_their_gap_and_sum_to_it(real: Path):
    look = look_at(real, "?period=all&of=clicks")
    rows = fill_campaigns(look).rows
    sizes = [abs(row["gap"]) for row in rows if row["gap"] == row["gap"]]
    assert sizes == sorted(sizes, reverse=True)
    ((whole,),) = mart(real, "select sum(gap)::double from reconciliation where measure = 'clicks'")
    assert sum(row["gap"] for row in rows if row["gap"] == row["gap"]) == pytest.approx(whole)
    assert all(row["sentence"].endswith(".") for row in rows)
    one = next(row for row in rows if row.get("href"))
    assert str(one["href"]).startswith("/reconcile?") and "of=clicks" in str(one["href"])


def test_a_day_of_a_campaign_shows_parts_that_add_up_and_no_column_of_nothing(real: Path):
    answer = fill_cells(look_at(real, "?period=all&of=revenue"))
    told = [column.field for column in answer.columns if column.field in COLUMNS]
    assert told == [name for name in COLUMNS if any(row[name] for row in answer.rows)] != []
    for row in answer.rows:
        assert sum(row[name] for name in told) == pytest.approx(row["gap"], abs=1e-6)


ROW = {"network": "facebook", "account_id": "act_9", "campaign_id": "2384", "against": "platform", "platform": 12.0,
       "feed": None, "tracker": 9.0, "observed": 8.0, "gap": 4.0, "part_time_zone": 2.0, "part_non_human": 1.0,
       "part_no_identity": 0.0, "part_late": -1.0, "part_not_settled": 0.0, "part_duplicates": 0.0,
       "part_other_currency": 0.0, "part_claimed": 0.0, "part_unexplained": 2.0}  # fmt: skip


def test_the_sentence_of_the_docs_example():
    assert gap_sentence(ROW, Choice("clicks", ""), "USD") == (
        "The ad account said 12 clicks, here 8 are counted (+4): +2 on another day in its time zone,"
        " +2 without an explanation, +1 of no person, −1 after its statement was made."
    )
    assert place(ROW) == "facebook · act_9 · 2384"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"gap": 0.0, "observed": 12.0, **dict.fromkeys(COLUMNS, 0.0)},
         "The ad account said 12 clicks, here 12 are counted: the same."),
        ({"against": None, "gap": None}, "Nobody else said anything of it."),
        ({"platform": float("nan"), "gap": -8.0, **dict.fromkeys(COLUMNS, 0.0), "part_unexplained": -8.0},
         "The ad account said nothing, here 8 are counted (−8): −8 without an explanation."),
    ],
)  # fmt: skip
def test_no_gap_nobody_and_silence_have_sentences_of_their_own(changed: dict[str, object], words: str):
    assert gap_sentence({**ROW, **changed}, Choice("clicks", ""), "USD") == words


def test_money_of_another_currency_does_not_wear_the_reporting_sign():
    row = {**ROW, **dict.fromkeys(COLUMNS, 0.0), "part_other_currency": 4.0}
    said = gap_sentence(row, Choice("revenue", "EUR"), "USD")
    assert said == "The ad account said €12.00 of revenue, here €8.00 is counted (+€4.00): +€4.00 in another currency."
    assert (Choice("revenue", "EUR").key, Choice("clicks", "").title) == ("revenue-EUR", "Clicks")


def test_the_bars_of_a_day_stack_to_the_diamond(real: Path):
    look = look_at(real, "?period=28&of=clicks")
    days = gaps.days(look, gaps.chosen(look))
    figure = parts_figure(days, Choice("clicks", ""), "USD", LIGHT)
    *bars, diamond = figure.data
    sums = [sum(bar.y[place] for bar in bars) for place in range(len(diamond.x))]
    assert sums == pytest.approx(list(diamond.y))
    assert len({(bar.marker.color, bar.marker.pattern.shape) for bar in bars}) == len(bars)
    lines = {line.name: line for line in said_figure(days, Choice("clicks", ""), "USD", LIGHT).data}
    assert list(lines["Counted here"].y) == days["observed"].tolist()


def test_the_ledgers_sum_line_is_what_came_in_to_the_last_digit(real: Path):
    lines = ledger.sheet(look_at(real))
    for side in {line["side"] for line in lines}:
        own = [line for line in lines if line["side"] == side]
        came, *parts, whole = own
        assert (came["bucket"], whole["bucket"]) == ("in", "sum")
        assert sum((part["amount"] for part in parts), Decimal(0)) == came["amount"] == whole["amount"]
        assert whole["adds_up"] is True
    ((spend,),) = mart(real, "select sum(amount) from money_ledger where side = 'spend' and bucket = 'in'")
    assert next(line["amount"] for line in lines if line["side"] == "spend") == spend


def test_what_the_sheet_shows_adds_up_as_it_is_shown(real: Path):
    answer = fill_sheet(look_at(real))
    column = next(column for column in answer.columns if column.field == "amount")
    told: dict[str, list[Decimal]] = {}
    for row in answer.rows:
        words = shown(row["amount"], column, "USD").replace("$", "").replace(",", "").replace("−", "-")
        told.setdefault(str(row["id"]).split("|")[0], []).append(Decimal(words))
    for came, *parts, whole in told.values():
        assert came == whole == sum(parts)


@pytest.mark.parametrize(
    ("amounts", "places"), [(["1", "2.50"], 2), (["2117.6556", "15"], 4), (["0.000001"], 6), ([], 2), (["1E+3"], 2)]
)
def test_as_many_digits_are_shown_as_it_takes(amounts: list[str], places: int):
    assert places_of([Decimal(each) for each in amounts]) == places


def test_a_ledger_that_does_not_add_up_would_say_so(real: Path, monkeypatch: pytest.MonkeyPatch):
    broken = [("spend", "USD", "in", Decimal(10)), ("spend", "USD", "direct", Decimal(9))]
    monkeypatch.setattr(ledger.reading, "rows", lambda *_: broken)
    words = [row["meaning"] for row in fill_sheet(look_at(real)).rows]
    assert words[-1] == "does NOT equal what came in"


def test_each_account_of_the_ledger_adds_up(real: Path):
    rows = fill_accounts(look_at(real)).rows
    assert rows and {row["adds_up"] for row in rows} == {"✓ adds up"}
    for row in rows:
        assert row["placed"] + row["not_placed"] == pytest.approx(row["came_in"], abs=1e-6)


def test_settled_cells_say_what_became_of_the_estimates(real_arbitrage: Path, real_shop: Path):
    answer = fill_settlement(look_at(real_arbitrage))
    assert answer.rows and "= " in str(answer.note) and "factor" in str(answer.note)
    for row in answer.rows:
        assert row["shared"] + row["unallocated"] == pytest.approx(row["amount"])
    assert fill_settlement(look_at(real_shop)).rows == []


def test_restatements_are_told_by_cause_and_sum_to_the_mart(real: Path):
    look = look_at(real)
    found = restated.changes(look)
    ((moved, days),) = mart(real, "select coalesce(sum(change), 0)::double, count(distinct day) from restatements")
    assert found["change"].sum() == pytest.approx(moved)
    assert found["day"].nunique() == days
    answer = fill_restated(look)
    assert len(answer.rows) == len(found)
    assert all(str(row["why"]) and "_" not in str(row["why"]) for row in answer.rows)


def test_a_cause_and_several_are_said_in_words():
    assert restated.cause_words("late_data, refund") == "data came late; money was taken back"
    assert restated.cause_words("something_new") == "something_new"


def test_filters_reach_every_panel(real: Path):
    look = look_at(real, "?period=all&network=facebook&of=clicks")
    assert {row["place"].split(" · ")[0] for row in fill_campaigns(look).rows} == {"facebook"}
    assert {row["network"] for row in fill_accounts(look).rows} == {"facebook"}


def test_the_measures_that_exist_are_offered_and_an_unknown_one_falls_back(real: Path):
    look = look_at(real, "?of=nonsense")
    assert gaps.chosen(look).key == "clicks"
    items = measures(look).children.children
    assert [item.children.children for item in items] == ["Clicks", "Conversions", "Spend", "Revenue"]
    assert [getattr(item, "aria-current", None) for item in items] == ["true", None, None, None]


def test_without_anything_every_panel_teaches(real_empty: Path):
    look = look_at(real_empty)
    for panel in PAGE.panels:
        answer = panel.fill(look)
        assert isinstance(answer, Drawn | Rows)
        words = str(answer.caption) if isinstance(answer, Drawn) else answer.empty
        assert len(words) > 20 and words.endswith((".", "`."))
        assert isinstance(answer, Drawn) or answer.rows == []
    assert fill_sheet(look).empty == NO_MONEY
    assert restated.closed(look) == 0
