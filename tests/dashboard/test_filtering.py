"""Filters: what SQL they become, on a file of the real pipeline, and what is said where a mart lacks one."""

from pathlib import Path

import pytest

from dashboard.config import Settings
from dashboard.filtering import period_values, where
from dashboard.look import Look, look_at
from dashboard.options import of_facts
from dashboard.reading import columns_of, rows
from dashboard.state import State

ALL = "select count(*), sum(clicks)::bigint from facts_daily where day between $first and $last"


@pytest.fixture
def look(real_arbitrage: Path, settings: Settings):
    """A look at the real world by the URL's query."""
    return lambda search: look_at(real_arbitrage, settings, search)


def counted(look: Look) -> tuple[object, ...]:
    asked = where(look, "facts_daily")
    assert asked.unserved == ()
    return rows(look.real, f"{ALL} and {asked.sql}", {**period_values(look.period), **asked.values})[0]


def test_without_a_filter_all_is_there(look):
    bare = look("?period=all")
    assert counted(bare) == rows(bare.real, ALL, period_values(bare.period))[0]


@pytest.mark.parametrize("name", ["network", "account", "campaign", "ad", "sender", "country", "device"])
def test_each_filter_keeps_its_own_and_with_the_rest_it_is_the_whole(look, name: str):
    bare = look("?period=all")
    values = of_facts(bare.real, name, State())
    assert values, "the world has none to choose from"
    column = {"account": "account_id", "campaign": "campaign_id", "ad": "ad_id"}.get(name, name)
    parts = [counted(look(f"?period=all&{name}={value}"))[0] for value in values]
    none = rows(bare.real, f"{ALL} and {column} is null", period_values(bare.period))[0][0]
    assert sum(parts) + none == counted(bare)[0]


def test_text_and_verdict_go_by_the_creative(look):
    text = counted(look("?period=all&q=MATTRESS"))
    verdict = counted(look("?period=28&verdict=winner"))
    assert 0 < text[0] < counted(look("?period=all"))[0]
    assert 0 < verdict[0] < counted(look("?period=28"))[0]


def test_an_unknown_value_finds_nothing_and_hostile_ones_are_only_values(look):
    assert counted(look("?period=all&network=myspace"))[0] == 0
    assert counted(look("?period=all&q=' or 1=1 --"))[0] == 0
    assert counted(look("?period=all&campaign=%25"))[0] == 0


def test_what_a_mart_lacks_is_said_and_not_applied(look):
    asked = where(look("?device=mobile&network=facebook&q=x"), "funnel_daily")
    assert asked.unserved == ("device", "text")
    assert asked.sql == "network = $f_network"
    assert asked.values == {"f_network": "facebook"}


def test_campaigns_are_those_of_the_chosen_network(look):
    real = look("").real
    networks = of_facts(real, "network", State())
    within = [set(of_facts(real, "campaign", State(network=name))) for name in networks]
    assert set().union(*within) == set(of_facts(real, "campaign", State()))
    assert of_facts(real, "network", State(network="chosen"))[-1] == "chosen"


def test_a_mart_of_another_version_has_no_columns(look):
    assert columns_of(look("").real, "no_such_mart") == frozenset()
