"""This module owns the promises of the page Attribution: every rule adds up to the ledger, and only then says so."""

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from dashboard_looks import look_at

from analytics.ruling.rules import OWN
from dashboard.figures.theme import DARK, LIGHT
from dashboard.pages.attribution import PAGE, PANELS
from dashboard.pages.attribution.asked import (
    Asked,
    asked,
    kind_choices,
    kind_in_use,
    rule_choices,
    rule_in_use,
    window_choices,
    window_in_use,
)
from dashboard.pages.attribution.certainty import sure
from dashboard.pages.attribution.checks import Book, books, credited_words
from dashboard.pages.attribution.credit import change_words, complete_at, days, ranked, rules, slope
from dashboard.pages.attribution.dimensions import dimensions
from dashboard.pages.attribution.figures import lags_figure, slope_figure
from dashboard.pages.attribution.journeys import lags, lengths, removal
from dashboard.pages.attribution.ledger import REASONS, action, every_rule, exact, ledger, sum_words
from dashboard.panels.panel import Drawn, Rows, Words

both = pytest.mark.parametrize("kind", ["real_arbitrage", "real_shop"])
LEDGER = """select sum(conversions), sum(revenue) from attribution_ledger where bucket = 'credited' and rule = ?
  and window_days = ? and conversion_kind = ? and touch_types = 'click'"""


def mart(real: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with duckdb.connect(str(real), read_only=True) as con:
        return con.execute(sql, list(values)).fetchall()


@pytest.fixture
def real(kind: str, request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue(kind))


def ask(real: Path, search: str = "?period=all") -> Asked:
    found = asked(look_at(real, search))
    assert found is not None
    return found


@both
@pytest.mark.parametrize("basis", ["event", "click"])
def test_every_rule_of_the_grid_adds_up_to_the_ledger_to_the_last_millionth(real: Path, basis: str):
    for measure, place in (("", 1), ("%2Fnumber", 0)):
        for kind in ask(real).kinds:
            look = look_at(real, f"?period=all&basis={basis}&of={kind}{measure}")
            found = asked(look)
            assert found is not None and found.kind == kind
            table = ranked(look, found)
            for rule in found.rules:
                credited = mart(real, LEDGER, rule, found.other[1], kind)[0][place if found.measure == "revenue" else 0]
                assert Decimal(f"{table[rule].sum():.6f}") == credited, (rule, kind)


@both
def test_the_headline_and_its_window_are_those_of_the_headline_numbers(real: Path):
    found = ask(real)
    orphaned = mart(real, "select sum(conversions) from orphans where conversion_kind = ?", found.kind)[0][0] or 0
    rest = mart(
        real, "select sum(conversions) from attribution_ledger where bucket = 'unattributed' and rule = ?"
        " and window_days = ? and conversion_kind = ?", *found.headline, found.kind,
    )[0][0] or 0  # fmt: skip
    assert orphaned == rest
    assert found.headline == (("same_click", 30) if "arbitrage" in str(real) else ("last_paid", 7))
    assert found.other == ("linear", found.headline[1])  # the headline beside itself says nothing


@both
def test_only_what_the_ledger_has_is_offered_and_what_it_lacks_falls_back(real: Path):
    look = look_at(real)
    there = {str(rule) for (rule,) in mart(real, "select distinct rule from attribution_ledger")}
    assert {value for value, _ in rule_choices(look)} == there - {look.fresh.headline_rule}
    assert there <= {each.rule for each in OWN}
    windows = mart(real, "select distinct window_days from attribution_ledger order by 1")
    assert [int(value) for value, _ in window_choices(look)] == [days for (days,) in windows]
    odd = ask(real, "?period=all&rule=astrology&window=9&of=nothing")
    assert (odd.base, odd.other, odd.kind) == (ask(real).base, ask(real).other, ask(real).kind)
    chosen = ask(real, "?period=all&rule=markov&window=30")
    assert chosen.other == ("markov", 30) and chosen.base == chosen.headline
    assert set(PAGE.controls) >= set(PAGE.choices)


def test_kinds_are_chosen_one_at_a_time_by_money_or_by_number(real_shop: Path):
    offered = dict(kind_choices(look_at(real_shop)))
    assert offered["purchase"] == "Purchases: revenue" and offered["purchase/number"] == "Purchases: number"
    assert offered["lead"] == "Leads: number" and "lead/number" not in offered
    assert ask(real_shop, "?of=purchase%2Fnumber").measure == ask(real_shop, "?of=lead").measure == "conversions"


@both
def test_places_change_where_the_rules_say_so_and_words_say_how(real: Path):
    look = look_at(real, "?period=all&rule=first_touch")
    rows = rules(look).rows
    assert [row["base_rank"] for row in rows] == sorted(row["base_rank"] for row in rows)
    moved = [row for row in rows if row["strong"]]
    assert moved and all(row["base_rank"] != row["other_rank"] for row in moved)
    for row in rows:
        up = row["base_rank"] - row["other_rank"]
        assert row["change_text"] == change_words(up) and row["more"] == pytest.approx(row["other"] - row["base"])
        assert str(row["href"]).startswith("/creative?")
    assert (change_words(2), change_words(-3), change_words(0)) == ("▲ 2 up", "▼ 3 down", "same")
    answer = slope(look)
    assert isinstance(answer.table, pd.DataFrame) and len(answer.table) == len(answer.figure.data) <= 12


@both
def test_the_ledger_adds_up_on_the_page_and_names_every_reason(real: Path):
    look = look_at(real, "?period=all&rule=same_click&window=7")
    found = asked(look)
    assert found is not None
    book = books(look, found, ("same_click", 7))["USD"]
    assert book.off == (0, 0)
    words, holds = sum_words(book, "USD")
    assert holds and words.startswith("Adds up: ") and "✓ " in str(ledger(look))
    assert book.total("total") == mart(
        real, "select conversions, revenue from attribution_ledger where bucket = 'total' and rule = 'same_click'"
        " and window_days = 7 and conversion_kind = ? and currency = 'USD'", found.kind,
    )[0]  # fmt: skip
    reasons = {reason for (reason,) in mart(real, "select distinct reason from attribution_ledger") if reason}
    assert all(REASONS[str(reason)][0] and action(str(reason)) for reason in reasons)
    assert all(action(reason) for reason in REASONS)


@both
def test_a_ledger_with_a_cent_missing_is_not_said_to_add_up(real: Path):
    look = look_at(real)
    found = asked(look)
    assert found is not None
    whole = books(look, found, found.other)["USD"]
    less = [replace(each, revenue=each.revenue - Decimal("0.01")) if each.bucket == "credited" else each
            for each in whole.entries]  # fmt: skip
    words, holds = sum_words(Book(tuple(less)), "USD")
    assert not holds and words.startswith("Does not add up: 0 conversions and 0.010000 USD")


@both
def test_credit_that_is_not_the_ledgers_is_not_said_to_be(real: Path, tmp_path: Path):
    assert "each of the 10 rules adds up" in credited_words(look_at(real))
    other = Path(shutil.copy(real, tmp_path / "other.duckdb"))
    other.chmod(0o644)
    with duckdb.connect(str(other)) as con:
        con.execute("update creative_credit set revenue = revenue + 0.000001 where rowid = 0")
    assert "Attention: in 1 of" in credited_words(look_at(other))


@both
def test_the_ledger_of_every_rule_is_the_mart_row_by_row(real: Path):
    rows = every_rule(look_at(real)).rows
    kind = ask(real).kind
    ((published,),) = mart(real, "select count(*) from attribution_ledger where conversion_kind = ?", kind)
    assert len(rows) == published == len({row["id"] for row in rows})
    for name in ("Total", "Credited", "Not credited"):
        assert sum(row["revenue"] for row in rows if row["bucket"] == name and row["rule"] == "Linear") == (
            mart(real, "select coalesce(sum(revenue), 0) from attribution_ledger where rule = 'linear' and bucket = ?"
                 " and conversion_kind = ?", {"Total": "total", "Credited": "credited"}.get(name, "unattributed"),
                 kind)[0][0]
        )  # fmt: skip


@both
def test_a_control_that_is_not_set_names_the_rule_and_window_in_use(real: Path):
    look = look_at(real, "?period=28")
    found = ask(real, "?period=28")
    told = rules(look).columns
    assert rule_in_use(look) == found.title(found.other[0]) and window_in_use(look) == f"{found.other[1]} days"
    assert any(column.title.startswith(rule_in_use(look)) for column in told)
    assert kind_in_use(look) in [words for _value, words in kind_choices(look)]
    assert found.headline[0] not in dict(rule_choices(look)), "it would be held against itself"
    window = next(days for days in found.windows if days != found.headline[1])
    longer = look_at(real, f"?period=28&window={window}")
    assert found.headline[0] in dict(rule_choices(longer)) and rule_in_use(longer) == found.title(found.headline[0])


@both
def test_both_days_of_credit_have_the_same_sum_and_recent_click_days_are_hatched(real: Path):
    event, click = (days(look_at(real, f"?period=all&basis={basis}")) for basis in ("event", "click"))
    assert isinstance(click.table, pd.DataFrame)
    sums = click.table[["By day of conversion", "By day of click"]].sum()
    assert sums.iloc[0] == pytest.approx(sums.iloc[1]) and sums.iloc[0] > 0
    assert "Recent click days are not complete" in str(click.caption) and "not complete" not in str(event.caption)
    assert all("still maturing" in str(each.figure.layout.annotations) for each in (event, click))
    found, look = ask(real, "?period=all&basis=click"), look_at(real, "?period=all&basis=click")
    assert complete_at(look, found) >= complete_at(look, replace(found, basis="event")) == look.fresh.maturity_days


@both
def test_dimensions_add_up_each_alone(real: Path):
    look = look_at(real)
    found = ask(real)
    rows = dimensions(look).rows
    for which, side in ((found.base, "base"), (found.other, "other")):
        credited = float(str(mart(real, LEDGER, *which, found.kind)[0][1]))
        for name in ("Network", "Campaign", "Sender", "Search term"):
            own = [row for row in rows if row["dimension"] == name]
            assert sum(row[side] for row in own) == pytest.approx(credited), name
    assert len({row["id"] for row in rows}) == len(rows)


@both
def test_intervals_hold_the_value_and_the_sign_of_profit_is_told_over_every_rule(real: Path):
    rows = {row["id"]: row for row in sure(look_at(real)).rows}
    published = mart(
        real, "select creative_id, min(profit), max(profit), any_value(robust) from creative_rules"
        " where conversion_kind = '*' and touch_types = 'click' and profit is not null group by 1",
    )  # fmt: skip
    assert published
    for creative, worst, most, robust in published:
        row = rows[creative]
        assert (row["worst"], row["top"]) == pytest.approx((float(str(worst)), float(str(most))))
        assert row["robust"].startswith("keeps" if robust else "changes")
    assert any(row["base_limits"] for row in rows.values())


@both
def test_removal_effects_are_the_marts_and_are_told_apart_from_credit(real: Path):
    answer = removal(look_at(real))
    published = mart(
        real, "select removal_effect from creative_removal_effects where conversion_kind = ? and null_journeys"
        " and chain_order = 1 order by 1 desc", ask(real).kind,
    )  # fmt: skip
    assert [(row["removal_effect"],) for row in answer.rows] == published and published
    assert "only that one adds up in the ledger" in str(answer.note)
    assert any("not the ledger's credit" in column.tip for column in answer.columns)


@both
def test_lags_and_lengths_are_shares_of_the_marts_conversions(real: Path):
    kind, answer, lengths_ = ask(real).kind, lags(look_at(real)), lengths(look_at(real))
    assert isinstance(answer.table, pd.DataFrame) and isinstance(lengths_.table, pd.DataFrame)
    for basis, name in (("credited_touch", "From the credited touch"), ("first_touch", "From the first touch")):
        ((quick, every),) = mart(
            real, "select sum(conversions) filter (lag_hours_to <= 1), sum(conversions) from lags"
            " where conversion_kind = ? and touch_basis = ?", kind, basis,
        )  # fmt: skip
        assert answer.table[name][0] == pytest.approx(float(str(quick)) / float(str(every)))
        assert answer.table[name].sum() == pytest.approx(1)
    ((single, every),) = mart(
        real, "select sum(conversions) filter (touches = 1), sum(conversions) from journeys where conversion_kind = ?",
        kind,
    )  # fmt: skip
    assert lengths_.table["Of one creative"][0] == pytest.approx(float(str(single)) / float(str(every)))
    assert lengths_.table[["Of one creative", "Of several creatives"]].to_numpy().sum() == pytest.approx(1)


@both
def test_every_panel_answers_with_filters_and_where_nothing_is(real: Path, real_empty: Path):
    for each, search in ((real, "?network=facebook&campaign=7001&device=mobile&rule=shapley"), (real_empty, "?"),
                         (real, "?period=2020-01-01..2020-01-03&basis=click")):  # fmt: skip
        for panel in PANELS:
            answer = panel.fill(look_at(each, search))
            assert isinstance(answer, {"figure": Drawn, "grid": Rows, "words": Words}[panel.shape]), panel.name


def test_lines_of_the_slope_say_up_and_down_by_shape_and_words_and_hostile_text_is_text():
    row = {"creative_id": "x", "text": '<a href="https://evil.example">Win</a>'}
    rows = [{**row, "base_rank": a, "other_rank": b, "change": a - b} for a, b in ((1, 2), (2, 1), (3, 3))]
    for scheme in (LIGHT, DARK):
        figure = slope_figure(rows, ("Last paid", "Linear"), scheme)
        assert [trace.line.dash for trace in figure.data] == ["dash", "solid", "solid"]
        assert [trace.marker.symbol for trace in figure.data] == ["triangle-down", "triangle-up", "circle"]
        assert [tuple(trace.y) for trace in figure.data] == [(1, 2), (2, 1), (3, 3)]
        words = " ".join(note.text for note in figure.layout.annotations)
        assert "2 ▼1" in words and "1 ▲1" in words and "<a" not in words
    bars = lags_figure(pd.DataFrame({"step": ["0–1 h"], "credited_touch": [0.7], "first_touch": [0.3]}), LIGHT).data
    assert [bar.marker.pattern.shape for bar in bars] == ["", "/"]


def test_amounts_of_the_ledger_keep_every_digit():
    assert exact(Decimal("1234.5"), 2) == "1,234.50" and exact(Decimal("-0.000001"), 2) == "−0.000001"
    assert exact(Decimal("464.000000")) == "464" and exact(Decimal("0.250000")) == "0.25"
