"""The state of a page: a frozen value and its URL."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components.controls import BY_ID, CONTROLS, more_set
from dashboard.state import (
    COMPARISONS,
    NAMED,
    SHOWS,
    WINDOWS,
    State,
    from_values,
    link,
    parse,
    range_of,
    short,
    to_search,
    to_values,
)  # fmt: skip
from dashboard.sync import wanted
from dashboard.words import MEASURES, VERDICTS

words = st.text(max_size=300).map(lambda text: from_values({"q": text}).text)
picks = st.lists(st.from_regex(r"(rac1|ad1)_[0-9a-f]{8}", fullmatch=True), unique=True, max_size=6).map(tuple)
periods = st.sampled_from([*NAMED, "2026-11-01..2026-11-20", *("all" if not days else str(days) for days in WINDOWS)])
states = st.builds(
    State,
    period=periods,
    vs=st.sampled_from(COMPARISONS),
    **dict.fromkeys(("network", "account", "campaign", "ad", "sender", "country", "device", "text", "of"), words),
    verdict=st.sampled_from([None, *VERDICTS]),
    by=st.sampled_from(["day", "hour"]),
    rule=st.sampled_from([None, "last_paid", "markov"]),
    window=st.sampled_from([None, 1, 7, 90]),
    basis=st.sampled_from(["event", "click"]),
    metric=st.sampled_from(list(MEASURES)),
    show=st.sampled_from(["", *SHOWS]),
    sort=st.sampled_from(["", "-profit", "creative_text"]),
    pick=picks,
    creative=st.sampled_from([None, "rac1_0a1b2c3d"]),
)


def test_the_default_state_leaves_the_url_bare():
    assert to_search(State()) == ""
    assert parse("") == parse(None) == parse("?") == State()


def test_a_url_is_short_and_readable():
    state = State(
        period="28", network="facebook", country="US", text="quiet suv", metric="epc", pick=("rac1_0a1b2c3d",)
    )
    assert to_search(state) == "?period=28&network=facebook&country=US&q=quiet+suv&metric=epc&pick=rac1_0a1b2c3d"
    assert to_search(State(period="2026-11-01..2026-11-20")) == "?period=2026-11-01..2026-11-20"


@given(states)
def test_every_state_survives_the_url(state: State):
    assert parse(to_search(state)) == state
    assert from_values(to_values(state)) == state


@given(st.text())
def test_no_url_is_an_error(search: str):
    assert parse(search) == parse(to_search(parse(search)))


@pytest.mark.parametrize(
    "search",
    [
        "?period=5", "?period=-1", "?period=7.0", "?period=", "?period=2026-11-20..2026-11-01",
        "?period=2026-13-01..2026-13-02",
        "?metric=;drop table", "?pick=<b>", "?pick=rac1_XYZ", "?unknown=1", "?network=", "?q=%20%20", "?vs=x",
        "?by=week",
        "?verdict=great",
        "?basis=x", "?sort=a;b", "?window=-3", "?rule=Drop%20Table", "?creative=../x",
        "?show=all",
        "?" + "&".join("q=1" for _ in range(80)), "?period", "?%", "?period=0",
    ],
)  # fmt: skip
def test_what_is_unknown_falls_back_to_the_default(search: str):
    assert parse(search) == State()


def test_an_older_link_with_days_still_works():
    assert parse("?days=28") == State(period="28")


def test_more_than_six_picks_are_cut_and_doubles_are_one():
    names = [f"rac1_{number:08x}" for number in (1, 1, 2, 3, 4, 5, 6, 7)]
    assert parse("?pick=" + ",".join(names)).pick == tuple(f"rac1_{number:08x}" for number in range(1, 7))


def test_a_lone_surrogate_and_a_nul_can_be_put_into_a_url():
    assert parse(to_search(from_values({"q": "a\ud83c\x00b"}))).text == "a?b"


def test_an_id_is_shortened_to_eight_digits():
    assert short("rac1_" + "ab" * 16) == "rac1_abababab"


def test_a_link_carries_period_and_filters_and_leaves_what_one_page_reads():
    here = State(
        period="14", network="facebook", show="scale", sort="-cost", metric="epc", of="x", pick=("rac1_0a1b2c3d",)
    )
    assert link("/creative", here, creative="rac1_00000001") == (
        "/creative?period=14&network=facebook&pick=rac1_0a1b2c3d&creative=rac1_00000001"
    )


@given(states)
def test_each_control_shows_what_it_would_set(state: State):
    for control in CONTROLS:
        if control.name in ("days", "preset", "dates") and not control.show(state):
            continue  # the period is another control's
        assert control.change(state, control.show(state)) == state, control.name


@given(states, st.sampled_from(sorted(BY_ID)), st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text())))
def test_no_posted_value_of_a_control_is_an_error(state: State, ident: str, value: object):
    changed = wanted(ident, state, None, dict.fromkeys(BY_ID, value))
    assert parse(to_search(changed)) == changed


def test_the_dates_make_a_range_and_cleared_dates_end_it():
    dates = BY_ID["c-dates"]
    ranged = dates.change(State(), ["2026-11-01", "2026-11-20"])
    assert range_of(ranged.period) is not None
    assert dates.change(State(), ["2026-11-01", None]) == State(), "one end is not yet a range"
    assert dates.change(ranged, None) == State()
    assert dates.change(State(period="month"), None) == State(period="month")


def test_the_browser_may_ask_for_picks_and_sorting_and_not_for_a_filter():
    asked = {"pick": "rac1_0a1b2c3d", "sort": "-cost", "network": "evil", "at": 1}
    assert wanted("asked", State(), asked, {}) == State(pick=("rac1_0a1b2c3d",), sort="-cost")
    assert wanted("asked", State(), {"pick": {"x": 1}, "sort": ["y"]}, {}) == State()
    assert wanted("url", replace(State(), network="x"), asked, {}) == State(network="x")


def test_filters_behind_more_are_counted():
    assert more_set(State(network="facebook", ad="1", verdict="cut")) == 2
