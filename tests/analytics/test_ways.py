"""This module owns the promise that every model says how it follows the news, and that what it says can be done."""

import re

import pytest

from analytics.incremental.refreshing import AGE_BUCKETS
from analytics.incremental.ways import FIRST, WORDS, frozen, in_worlds, read, said
from analytics.plan import MODELS, header, sql

SQL_MODELS = [model for model in MODELS if not model.endswith("()")]


@pytest.mark.parametrize("model", SQL_MODELS)
def test_every_model_says_how_it_is_refreshed(model: str) -> None:
    found = read(said(sql("models", model)))
    assert said(sql("models", model)) and found.word in WORDS
    reads = header(sql("models", model)).reads
    assert set(found.of) <= set(reads)
    if model in in_worlds():
        known = {*frozen(), *FIRST, *(name.removesuffix("()") for name in in_worlds())}
        assert {name for name in reads if not name.startswith("record.")} <= known, (
            "the small builds have no such table"
        )


def test_a_line_that_is_no_way_is_refused_and_a_model_without_one_is_made_anew() -> None:
    assert read("keys (day ± 1, ad_id) of events").keys == ("day", "ad_id")
    for line in ("rows of events", "sometimes", "keys day", "whole; x = y"):
        with pytest.raises(ValueError, match="is no way to refresh a model"):
            read(line)
    assert read("").word == "whole"


def test_the_ages_of_the_cohorts_are_those_that_clicks_are_looked_up_by() -> None:
    buckets = sql("models", "click_cohorts").partition("aged as")[0]
    assert tuple(int(number) for number in re.findall(r"select (\d+)", buckets)) == AGE_BUCKETS
