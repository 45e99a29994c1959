"""This module owns the promises of the checks: they pass on sound marts, and each fails when what it guards breaks."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from journeys import NOW, START, Books, item, journey, report, shown

from analytics.build import CheckFailedError, open_work, run_checks
from analytics.plan import CHECKS

# What breaks, by the check that must see it before any other does.
BREAKS = [
    ("transactions_stand_once", "update goal_money set stated_amount = stated_amount + 0.01 where stated_amount > 0"),
    ("transactions_stand_once", "insert into goals select * from goals where amount > 0 limit 1"),
    ("transactions_stand_once", "delete from goals where amount > 0"),
    ("transactions_stand_once", "update goals set estimate = estimate + 0.01 where estimate > 0"),
    ("settlements_add_up", "update goals set amount = amount + 0.01 where settlement_key is not null"),
    ("settlements_add_up", "update settlement_cells set unallocated = unallocated - 0.000001"),
    ("settlements_add_up", "update settlement_cells set stated = stated + 1"),
    ("credit_sums_to_one", "update credits set weight = weight - 1 where rule = 'linear'"),
    ("credit_sums_to_one", "update credits set revenue_millionths = revenue_millionths + 1 where rule = 'last_paid'"),
    ("credit_sums_to_one", "delete from credits where rule = 'linear' and position = 1"),
    ("attribution_balances", "update attribution_ledger set conversions = conversions + 1 where bucket = 'total'"),
    ("attribution_balances", "update attribution_ledger set revenue = revenue + 0.000001 where bucket = 'credited'"),
    ("attribution_balances", "delete from attribution_ledger where bucket = 'unattributed'"),
    ("credit_equals_ledger", "update creative_credit set revenue = revenue - 0.000001 where date_basis = 'click'"),
    ("credit_equals_ledger", "delete from creative_credit where rule = 'first_touch' and date_basis = 'event'"),
    ("orphans_equal_the_ledger", "delete from orphans where reason = 'no_id'"),
    ("orphans_equal_the_ledger", "update orphans set revenue = revenue + 0.000001 where reason = 'no_id'"),
    ("lags_equal_the_ledger", "update lags set conversions = conversions + 1 where touch_basis = 'credited_touch'"),
    ("lags_equal_the_ledger", "delete from lags where touch_basis = 'first_touch'"),
    ("lags_equal_the_ledger", "update journeys set revenue = revenue - 0.000001"),
    ("money_balances", "update money_ledger set amount = amount + 0.01 where bucket = 'direct'"),
    ("money_balances", "delete from money_ledger where bucket = 'campaign_only'"),
    ("money_balances", "update money_ledger set amount = amount - 0.01 where bucket = 'matched'"),
    ("facts_hold_all_money", "update facts_daily set cost_direct = cost_direct + 0.000001 where cost_direct > 0"),
    ("facts_hold_all_money", "delete from facts_daily where revenue_settled > 0"),
    ("facts_hold_all_money", "update facts_daily set day = day + 1 where refunds > 0"),
    ("hours_add_up", "update creative_hourly set revenue = revenue + 0.000001 where conversions > 0"),
    ("hours_add_up", "update creative_hourly set day = day - 1 where hour is null"),
    ("hours_add_up", "delete from creative_hourly where clicks > 0"),
    ("variants_add_up", "delete from variant_daily where variant_id is null"),
    ("variants_add_up", "update variant_daily set sessions = sessions + 1"),
    ("variants_add_up", "update creative_term_daily set searches = searches + 1 where term = 'used suv'"),
    ("reconciliation_balances", "update reconciliation set part_unexplained = part_unexplained + 0.000001"),
    ("reconciliation_balances", "update reconciliation set platform_said = platform_said + 1 where measure = 'spend'"),
    ("reconciliation_observes_the_facts", "delete from reconciliation where measure = 'clicks' and observed > 0"),
    ("reconciliation_observes_the_facts", "update reconciliation set day = day + 1 where measure = 'revenue'"),
    ("health_holds_all_money", "update rac_health set cost = cost + 0.000001 where status = 'campaign_only'"),
    ("health_holds_all_money", "delete from rac_health where revenue > 0"),
    ("quality_equals_the_ledger", "update data_quality set revenue = revenue - 0.01 where kind = 'unattributable'"),
    ("quality_equals_the_ledger", "delete from data_quality where kind = 'unattributable'"),
    ("received_adds_up", "update data_quality set items = items + 1 where kind = 'accepted'"),
    ("received_adds_up", "delete from data_quality where kind = 'received'"),
    ("sessions_never_increase", "update funnel_daily set sessions = sessions_before + 1 where step = 'landing_view'"),
    ("creatives_are_known", "delete from creatives"),
    ("scorecard_is_finite", "update creative_scorecard set roas = 'nan'"),
    ("scorecard_is_finite", "update creative_scorecard set profit_per_click = '-inf'"),
    ("scorecard_is_finite", "update creative_scorecard set ctr = ctr_high + 0.001"),
    ("scorecard_is_finite", "update creative_scorecard set epc = epc_low - 0.001"),
    ("verdicts_hold_their_promises", "update verdicts set verdict = 'winner', action = 'scale', net_per_click = -0.01"),
    ("verdicts_hold_their_promises", "update verdicts set verdict = 'cut', action = 'cut', p_meets_target = 0.51"),
    ("verdicts_hold_their_promises", "update verdicts set action = 'scale' where verdict <> 'winner'"),
    ("verdicts_hold_their_promises", "update verdicts set thresholds_version = 99"),
    ("verdicts_hold_their_promises", "update verdicts set p_beats_scope = 1.01"),
    ("verdicts_hold_their_promises", "update creative_scorecard set reason = '' where scope = 'campaign'"),
    ("verdicts_hold_their_promises", "update creative_scorecard set verdict = null where scope = 'campaign'"),
    (
        "verdicts_hold_their_promises",
        "update creative_scorecard set verdict = 'cut', action = 'cut' where scope = 'all'",
    ),
    ("scorecard_is_finite", "update creative_scorecard set cpa = cpa_high + 0.001"),
    ("scorecard_is_finite", "update creative_scorecard set epc_shrunk = 'nan'"),
    ("fit_adds_up", "update creative_removal_effects set conversions = conversions + 0.000001 where null_journeys"),
    ("fit_adds_up", "update creative_removal_effects set removal_effect = 'nan' where chain_order = 2"),
    ("fit_adds_up", "update paths set revenue = revenue + 0.01 where outcome = 'converted'"),
    ("fit_adds_up", "update shapley_weights set weight = weight - 1"),
    (
        "projections_stay_apart",
        "insert into maturity_daily (day, mature, clicks, revenue, revenue_projected)"
        " values ('2026-11-01', true, 0, 0, 1)",
    ),
    (
        "projections_stay_apart",
        "insert into maturity_daily (day, mature, clicks, revenue) values ('2026-11-01', true, 0, 1)",
    ),
    (
        "projections_stay_apart",
        "insert into maturity_daily (day, mature, clicks, revenue)"
        " select day, true, sum(clicks) + 1, sum(revenue_millionths) / 1e6 from click_outcomes"
        " group by day",
    ),
    ("projections_stay_apart", "insert into experiments (experiment, srm, lift) values ('e', true, 0.1)"),
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Marts with something in every table and bucket, on which every check passes."""
    books = Books(tmp_path_factory.mktemp("sound"))
    day, ad = START.date(), {"ad_id": "ad-1", "campaign_id": "c1", "account_id": "act_1"}
    books.post(
        *journey("A B* => 30 -5 => lead", **ad), *journey("C =>? 7", "w"), *journey("A* => 3", "x", traffic="suspect"),
        *(item("landing_view", f"l{n}", START + timedelta(hours=2), click_id=f"c-v-0{n}") for n in (1, 2)),
        item("click", "free", cost="0.07", referrerAdCreative=shown("A"), network="taboola"),
        report(day, "10.01", impressions=900, clicks=4, **ad), report(day, "40", "campaign", campaign_id="c1"),
        report(day, "3", ad_id="ad-9"),
        item("conversion", "settled", START + timedelta(days=1), revenue="5", conversion_kind="lead"),
        {"type": "settlement", "day": str(day + timedelta(days=1)), "revenue": "4"},
        {"type": "settlement", "day": str(day + timedelta(days=1)), "offer_id": "o1", "revenue": "1"},
        *journey("D* => 9", "y", start=NOW - timedelta(days=2)), report(NOW.date(), "2", ad_id="ad-9"),
        item("search_click", "s1", NOW - timedelta(days=2), click_id="c-y-01", term="used suv"),
        item("click", "silent", NOW - timedelta(days=2), ad_id="ad-9", network="facebook"),
    )  # fmt: skip
    return books.build()


@pytest.fixture(scope="module")
def marts(sound: Books) -> Iterator[duckdb.DuckDBPyConnection]:
    """Those marts, open to be broken for a while: opening a copy for each break took longer than its checks."""
    with closing(open_work(sound.settings.work_path)) as connection:
        yield connection


@contextmanager
def broken(marts: duckdb.DuckDBPyConnection, change: str) -> Iterator[None]:
    """The marts with a change, which is taken back."""
    marts.execute("begin")
    try:
        (changed,) = marts.execute(change).fetchone() or (0,)
        assert changed, "the change must change something"
        yield
    finally:
        marts.execute("rollback")


@pytest.mark.parametrize(("check", "change"), BREAKS)
def test_a_check_sees_what_it_guards_break_and_names_itself_and_the_rows(
    sound: Books, marts: duckdb.DuckDBPyConnection, check: str, change: str
) -> None:
    with broken(marts, change), pytest.raises(CheckFailedError, match=check) as failed:
        run_checks(marts, sound.inputs())
    assert failed.value.check == check
    assert failed.value.rows
    assert len(failed.value.columns) == len(failed.value.rows[0])


def test_every_check_is_broken_above() -> None:
    assert {check for check, _ in BREAKS} == set(CHECKS)


def test_sound_marts_pass(sound: Books, marts: duckdb.DuckDBPyConnection) -> None:
    with broken(marts, "update freshness set version = 'untouched otherwise'"):
        run_checks(marts, sound.inputs())


# Sums of doubles differ from run to run, counts at their ends must not: each of these stopped a build once.
EDGES: list[tuple[str, Callable[[int], dict[str, int]]]] = [
    ("no click in n impressions", lambda n: {"impressions": n, "clicks": 0}),
    ("a click for every impression", lambda n: {"impressions": n, "clicks": n}),
    ("more clicks than impressions", lambda n: {"impressions": n, "clicks": n + 1}),
]


@pytest.mark.parametrize("counts", [edge for _, edge in EDGES], ids=[what for what, _ in EDGES])
def test_rates_at_the_ends_of_their_range_pass(tmp_path: Path, counts: Callable[[int], dict[str, int]]) -> None:
    books = Books(tmp_path)
    books.post(*(report(START.date(), "1", ad_id=f"ad-{n}", **counts(n)) for n in range(1, 60)))
    books.build()


def test_an_order_of_a_thousand_and_its_cents_pass(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*journey("A* => 1000.00", campaign_id="c1"), *journey("A B* => 123456.78", "w", campaign_id="c1"))
    assert books.build().query(
        "select sum(revenue) from creative_scorecard where window_days = 0 and scope = 'all'"
    ) == [(Decimal("124456.78"),)]


def test_an_empty_record_passes_and_gives_every_mart(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.build()
    assert books.query("select count(*) from facts_daily union all select count(*) from freshness order by 1") == [
        (0,), (1,)
    ]  # fmt: skip
