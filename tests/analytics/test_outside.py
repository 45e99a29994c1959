"""This module owns the promise that independent packages, given the same paths, find what our pipeline publishes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
from journeys import Books
from outside import ANSWERS, SEPARATOR, Journey, channel_attribution, interactions, journeys, package

DELIVERY_ITEMS = 1_000
# ChannelAttribution walks at random until its estimate moves by less than 5 %; it is off by 0.0098 and 0.0046 at most.
EFFECT_ERROR, SHARE_ERROR = 0.02, 0.01
Told = dict[str, tuple[float, float]]


@pytest.fixture(scope="module")
def told() -> list[Journey]:
    return journeys()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, told: list[Journey]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Ten thousand paths as webhooks, through the journal and the record into the published models."""
    books = Books(tmp_path_factory.mktemp("outside"))
    items = list(interactions(told))
    for first in range(0, len(items), DELIVERY_ITEMS):
        books.post(*items[first : first + DELIVERY_ITEMS])
    with books.ready().opened() as connection:
        yield connection


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """What ChannelAttribution said of these paths where it could be built; `python tests/outside.py` asks it again."""
    found: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def theirs(told: list[Journey]) -> Any:
    """marketing-attribution-models with the same paths, each with the hours from its touches to its end."""
    mam = package("mam")
    if mam is None:
        pytest.skip("marketing-attribution-models is not installed (make setup installs what is locked for the tests)")
    import pandas as pd

    frame = pd.DataFrame({
        "journey_id": [str(number) for number in range(len(told))],
        "path": [SEPARATOR.join(each.channels) for each in told],
        "time_till_end": [SEPARATOR.join(map(str, each.hours_left)) for each in told],
        "converted": [each.cents is not None for each in told],
        "value": [(each.cents or 0) / 100 for each in told],
    })  # fmt: skip
    return mam.MAM(frame, "journey", "path", "converted", user_id_colname="journey_id",
                   time_till_conv_colname="time_till_end", conversion_value_colname="value")  # fmt: skip


def credit(connection: duckdb.DuckDBPyConnection, rule: str) -> Told:
    """(conversions, money) per channel under a rule in the window of thirty days."""
    rows = connection.execute(
        "select creative_text, sum(conversions), sum(revenue) from creative_credit join creatives using (creative_id)"
        " where date_basis = 'event' and window_days = 30 and touch_types = 'click' and rule = ? group by 1",
        [rule],
    ).fetchall()
    return {text: (float(conversions), float(money)) for text, conversions, money in rows}


def chain(connection: duckdb.DuckDBPyConnection, null_journeys: bool) -> Told:
    """(removal effect, classical conversions) per channel of the order-1 chain."""
    rows = connection.execute(
        "select creative_text, removal_effect, conversions from creative_removal_effects"
        " join creatives using (creative_id) where chain_order = 1 and null_journeys = ?", [null_journeys],
    ).fetchall()  # fmt: skip
    return {text: (effect, float(conversions)) for text, effect, conversions in rows}


@pytest.mark.parametrize("rule", ["first_touch", "last_touch", "linear"])
def test_channel_attribution_finds_the_same_heuristics(
    built: duckdb.DuckDBPyConnection, recorded: dict[str, Any], rule: str
) -> None:
    prefix = "linear_touch" if rule == "linear" else rule
    ours = credit(built, rule)
    assert len(recorded["heuristics"]) == len(ours) == 12
    for channel, said in recorded["heuristics"].items():
        # A share is whole millionths of a conversion: of linear a few thousand of them may be rounded.
        assert ours[channel] == pytest.approx((said[f"{prefix}_conversions"], said[f"{prefix}_value"]), abs=0.01)


@pytest.mark.parametrize(("label", "null_journeys"), [("with_null", True), ("without_null", False)])
def test_channel_attribution_simulates_what_is_solved_here(
    built: duckdb.DuckDBPyConnection, recorded: dict[str, Any], label: str, null_journeys: bool
) -> None:
    ours, said = chain(built, null_journeys), recorded[label]
    whole = sum(total for _, total in ours.values())
    assert whole == pytest.approx(sum(said["totals"].values()))
    for channel, (effect, total) in ours.items():
        assert effect == pytest.approx(said["effects"][channel], abs=EFFECT_ERROR)
        assert total / whole == pytest.approx(said["totals"][channel] / whole, abs=SHARE_ERROR)


def test_the_recorded_answers_are_what_channel_attribution_says(told: list[Journey], recorded: dict[str, Any]) -> None:
    asked = package("ChannelAttribution")
    if asked is None:
        pytest.skip("ChannelAttribution is not installed: PyPI has its source only, which needs a C++ compiler")
    assert channel_attribution(asked, told)["heuristics"] == recorded["heuristics"]


RULES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "first_touch": ("attribution_value", lambda mam: mam.run_first_click()),
    "last_touch": ("attribution_value", lambda mam: mam.run_last_click()),
    "linear": ("attribution_value", lambda mam: mam.run_linear()),
    "position_based": ("attribution_value", lambda mam: mam.run_position_based()),
    "time_decay": ("attribution_value", lambda mam: mam.run_time_decay(half_life_hours=168.0)),
    "markov": ("attribution_value", lambda mam: mam.run_markov()),
}


@pytest.mark.parametrize("rule", RULES)
def test_marketing_attribution_models_splits_the_same_money(
    built: duckdb.DuckDBPyConnection, theirs: Any, rule: str
) -> None:
    """Its Markov splits each conversion within its own path: the reading that is our ledger's."""
    found = RULES[rule][1](theirs).to_polars()
    said = {str(row["channels"]): row["attribution"] for row in found.to_dicts()}
    ours = {channel: money for channel, (_, money) in credit(built, rule).items()}
    assert set(said) >= set(ours)
    for channel, money in ours.items():
        assert money == pytest.approx(said[channel], abs=0.25), channel  # weights are whole millionths


def test_marketing_attribution_models_finds_the_same_removal_effects(
    built: duckdb.DuckDBPyConnection, theirs: Any
) -> None:
    said = theirs.run_markov().metadata["removal_effect"]["removal_effect"].to_dict()
    ours = {channel: effect for channel, (effect, _) in chain(built, null_journeys=True).items()}
    assert ours == pytest.approx({str(name): effect for name, effect in said.items()}, abs=1e-9)


def test_the_two_readings_of_markov_are_not_the_same_numbers(built: duckdb.DuckDBPyConnection) -> None:
    ledger = {channel: conversions for channel, (conversions, _) in credit(built, "markov").items()}
    classical = {channel: conversions for channel, (_, conversions) in chain(built, null_journeys=True).items()}
    assert sum(ledger.values()) == pytest.approx(sum(classical.values()))
    assert max(abs(ledger[name] - classical[name]) for name in ledger) > 20
