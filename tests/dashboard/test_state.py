"""The state of a page: a frozen value and its URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.marts import Choices
from dashboard.state import METRICS, WINDOWS, State, from_values, parse, short, to_search, to_values

words = st.text(max_size=300).map(lambda text: from_values({"q": text}).text)
picks = st.lists(st.from_regex(r"(rac1|ad1)_[0-9a-f]{8}", fullmatch=True), unique=True, max_size=6).map(tuple)
states = st.builds(
    State,
    days=st.sampled_from(WINDOWS),
    network=words,
    campaign=words,
    country=words,
    text=words,
    metric=st.sampled_from(METRICS),
    pick=picks,
)


def test_the_default_state_leaves_the_url_bare():
    assert to_search(State()) == ""
    assert parse("") == parse(None) == parse("?") == State()


def test_a_url_is_short_and_readable():
    state = State(days=28, network="facebook", country="US", text="quiet suv", metric="epc", pick=("rac1_0a1b2c3d",))
    assert to_search(state) == "?days=28&network=facebook&country=US&q=quiet+suv&metric=epc&pick=rac1_0a1b2c3d"


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
        "?days=5", "?days=-1", "?days=7.0", "?days=", "?metric=;drop table", "?pick=<b>", "?pick=rac1_XYZ",
        "?unknown=1", "?network=", "?q=%20%20", "?" + "&".join("q=1" for _ in range(80)), "?days", "?%", "?days=0",
    ],
)  # fmt: skip
def test_what_is_unknown_falls_back_to_the_default(search: str):
    assert parse(search) == State()


def test_more_than_six_picks_are_cut_and_doubles_are_one():
    names = [f"rac1_{number:08x}" for number in (1, 1, 2, 3, 4, 5, 6, 7)]
    assert parse("?pick=" + ",".join(names)).pick == tuple(f"rac1_{number:08x}" for number in range(1, 7))


def test_a_filter_that_names_nothing_that_exists_is_dropped():
    known = Choices(networks=("facebook",), campaigns=("2384",), countries=("US",), creatives=1)
    state = State(network="myspace", campaign="2384", country="XX", text="kept")
    assert state.within(known) == State(campaign="2384", text="kept")


def test_a_lone_surrogate_and_a_nul_can_be_put_into_a_url():
    assert parse(to_search(from_values({"q": "a\ud83c\x00b"}))).text == "a?b"


def test_an_id_is_shortened_to_eight_digits():
    assert short("rac1_" + "ab" * 16) == "rac1_abababab"
