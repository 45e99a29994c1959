"""This module owns how `whichad analytics compare` answers: parts that sum to what the published numbers say."""

import csv
import io
import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journeys import Books, Item, item, report
from typer.testing import CliRunner, Result

from analytics.__main__ import app
from ingest.terminal.commands import Exit

CONFIG = 'kind = "arbitrage"\ndata_dir = "data"\n[senders.shop]\nsecrets = ["unused-but-long-enough"]\n'
AS_OF = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 (stored times are naive UTC)
FIRST = date(2026, 11, 8)  # 14 mature days end on 2026-11-21
TEXTS = {"A": "Quiet SUVs of 2026", "B": "Roof repair in your town", "C": "\x1b[31mOld roofs"}
# Creative, first and last day: clicks a day, how many land, search and click an ad, what that pays, cost of the day.
RAN = [
    ("A", 0, 14, 10, (9, 6, 3, "0.50"), "1.00"),
    ("B", 0, 7, 10, (9, 3, 2, "0.50"), "1.20"),
    ("B", 7, 14, 20, (9, 4, 1, "0.70"), "1.20"),
    ("C", 10, 16, 4, (4, 4, 4, "0.25"), "0.10"),  # its last days are still maturing
]


def a_day(creative: str, day: date, clicks: int, funnel: tuple[int, int, int, str], cost: str) -> list[Item]:
    """The items of a creative's day: its clicks, how far they came, and what the ad cost."""
    ad = {"network": "facebook", "account_id": "act_1", "campaign_id": "7", "ad_id": creative}
    made = [report(day, cost, clicks=clicks + 2, impressions=clicks * 50, **ad)]
    landed, searched, paid, money = funnel
    for n in range(clicks):
        click = f"{creative}-{day}-{n}"
        at = datetime(day.year, day.month, day.day, 8, n % 60)  # noqa: DTZ001
        made.append(item("click", click, at, click_id=click, referrerAdCreative=TEXTS[creative], **ad))
        made += [item("landing_view", f"{click}-l", at, click_id=click)] * (n < landed)
        made += [item("search_click", f"{click}-s", at, click_id=click)] * (n < searched)
        made += [item("ad_click", f"{click}-a", at, click_id=click, revenue=money)] * (n < paid)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three creatives of sixteen days."""
    made = tmp_path_factory.mktemp("compared")
    (made / "whichad.toml").write_text(CONFIG, encoding="utf-8")
    books = Books(made, kind="arbitrage")
    for creative, first, end, clicks, funnel, cost in RAN:
        for day in range(first, end):
            books.post(*a_day(creative, FIRST + timedelta(days=day), clicks, funnel, cost))
    books.build(AS_OF)
    books.publish()
    return made


def ask(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["compare", *words, "--config", str(folder / "whichad.toml")])


def rows(done: Result) -> list[dict[str, Any]]:
    assert done.exit_code == Exit.OK, done.stderr
    return [*json.loads(done.stdout)]


def gaps(done: Result) -> dict[str, Decimal]:
    """Part → gap, held against the sum."""
    found = {row["part"]: Decimal(row["gap"]) for row in rows(done)}
    total = found.pop("sum")
    assert sum(found.values()) == total
    return found | {"sum": total}


def test_two_creatives_are_compared_per_click_in_the_steps_that_somebody_reports(folder: Path) -> None:
    done = ask(folder, "quiet suvs", "roof repair", "--format", "json")
    found = gaps(done)
    assert set(found) == {"lp_rate", "ctr1", "ctr2", "rpc", "clicks_lost", "ctr", "cost_per_impression", "sum"}
    a = (Decimal("1.50") - 1) / 10
    b = (7 * (Decimal("1.00") - Decimal("1.20")) + 7 * (Decimal("0.70") - Decimal("1.20"))) / 210
    assert found["sum"] == round(b - a, 6)
    assert "earns 0.073 less per click than “Quiet SUVs of 2026”: 0.0" in done.stderr
    assert "because fewer visitors search (CTR1 39 % against 67 %)" in done.stderr
    assert "on 14 of these days all of them had clicks. Observational" in done.stderr


def test_the_other_way_round_every_part_has_the_other_sign(folder: Path) -> None:
    there, back = (gaps(ask(folder, *pair, "--format", "json")) for pair in (("suvs", "repair"), ("repair", "suvs")))
    assert {part: -gap for part, gap in there.items()} == back


def test_several_are_compared_with_the_first_and_values_are_the_published_rates(folder: Path) -> None:
    by: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows(ask(folder, "suvs", "repair", "old roofs", "--format", "json")):
        by[row["compared"]][row["part"]] = row
    assert len(by) == 2
    for found in by.values():
        assert found["sum"]["value_against"] == 0.05 and found["ctr1"]["value_against"] == 0.666667
        assert sum(Decimal(row["gap"]) for part, row in found.items() if part != "sum") == Decimal(found["sum"]["gap"])
    values = sorted(found["lp_rate"]["value"] for found in by.values())
    assert values == [0.6, 1.0]


def test_the_last_mature_week_is_compared_with_the_one_before_in_volume_mix_new_and_steps(folder: Path) -> None:
    done = ask(folder, "--format", "json")
    found = gaps(done)
    assert {row["compared"] for row in rows(done)} == {"2026-11-15..2026-11-21"}
    profits = [7 * (Decimal("0.50") + Decimal("-0.20")), 7 * (Decimal("0.50") + Decimal("-0.50")) + 4 * Decimal("0.90")]
    assert found["sum"] == profits[1] - profits[0]
    assert {"volume", "mix", "new", "ctr2", "rpc"} <= set(found) and "gone" not in found
    assert "The profit of 2026-11-15..2026-11-21 is 1.50 USD higher" in done.stderr
    assert "maturing" not in done.stderr


def test_two_periods_of_one_creative_have_neither_mix_nor_new_ones(folder: Path) -> None:
    done = ask(folder, "--creative", "repair", "--format", "json")
    found = gaps(done)
    assert found["sum"] == Decimal("-2.10") and not {"mix", "new", "gone"} & set(found)
    assert "“Roof repair in your town”: The profit" in done.stderr and "CTR2" in done.stderr


def test_days_of_ones_own_choice_and_maturing_ones_are_marked(folder: Path) -> None:
    done = ask(folder, "--days", "2026-11-22..2026-11-23", "--against", "2026-11-20..2026-11-21", "--format", "json")
    gaps(done)
    assert "Days after 2026-11-21 are still maturing" in done.stderr and "Too few days to say" in done.stderr
    assert {row["gap_low"] for row in rows(done)} == {None}


def test_csv_has_the_same_rows_and_no_escape_reaches_a_terminal(folder: Path) -> None:
    words = ("suvs", "old roofs")
    told = [{key: "" if value is None else str(value) for key, value in row.items()}
            for row in rows(ask(folder, *words, "--format", "json"))]  # fmt: skip
    done = ask(folder, *words, "--format", "csv")
    assert [
        {key: value.removeprefix("'") for key, value in row.items()} for row in csv.DictReader(io.StringIO(done.stdout))
    ] == told
    assert "\x1b" not in done.output + ask(folder, *words).output + ask(folder, "suvs", "roof").output


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("suvs",), Exit.WRONG_SETTINGS, "Name a second creative"),
        (("suvs", "quiet"), Exit.WRONG_SETTINGS, "names a creative twice"),
        (("suvs", "roof"), Exit.FAILED, "2 creatives have 'roof' in their text: ask by one's creative_id."),
        (("suvs", "nowhere"), Exit.FAILED, "No published creative has the id 'nowhere'"),
        (("suvs", "repair", "--against", "2026-11-01"), Exit.WRONG_SETTINGS, "only for periods"),
        (("suvs", "repair", "--days", "2026-11-23"), Exit.WRONG_SETTINGS, "has no clicks from 2026-11-23"),
        (("--days", "2026-11-20..2026-11-21", "--against", "2026-11-21"), Exit.WRONG_SETTINGS, "days in common"),
        (("--days", "2020-01-02"), Exit.WRONG_SETTINGS, "There is nothing in 2020-01-01 and 2020-01-02"),
        (("--days", "yesterday"), Exit.WRONG_SETTINGS, "no day and no span"),
    ],
)
def test_what_cannot_be_compared_gets_a_sentence(
    folder: Path, words: tuple[str, ...], code: Exit, sentence: str
) -> None:
    done = ask(folder, *words)
    assert (done.exit_code, done.stdout) == (code, "") and sentence in done.stderr


def test_before_anything_is_published_the_next_step_is_named(tmp_path: Path) -> None:
    (tmp_path / "whichad.toml").write_text(CONFIG, encoding="utf-8")
    done = ask(tmp_path)
    assert done.exit_code == Exit.WRONG_SETTINGS and "whichad.toml up" in done.stderr
