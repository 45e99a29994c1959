"""This module owns the promises of declared experiments: from three lines of TOML to a decision one can trust."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from journeys import NOW, Books, item, report
from refreshed import refresh
from typer.testing import CliRunner

from analytics.__main__ import app
from analytics.incremental.errors import NeedsFullBuildError
from ingest.creative import identify

FIRST = date(2026, 11, 2)
DAYS = 14
# Per experiment the arms with (impressions, clicks) a day.
SHOWN = {
    "clear": {"Quiet SUVs": (5000, 100), "SUVs under 20k": (5000, 150)},
    "uneven": {"Red shoes": (5200, 100), "Blue shoes": (4800, 150)},
    "close": {"Old roof": (5000, 100), "New roof": (5000, 101)},
}
DECLARED: dict[str, dict[str, Any]] = {
    **{name: {"arms": list(arms), "split": [50, 50], "dates": "2026-11-02.."} for name, arms in SHOWN.items()},
    "over": {"arms": ["Old roof", "New roof"], "dates": "2026-10-01..2026-10-28"},
    "unseen": {"arms": ["Red shoes", "Green shoes"], "dates": "2026-10-02..2026-10-20"},
    "planned": {"arms": ["Quiet SUVs", "Loud SUVs"], "dates": "2026-12-01..2026-12-28"},
    "reported": {
        "arms": ["Reported one", "Reported two"],
        "dates": "2026-11-02..",
        "unit": "impressions",
        "metric": "ctr",
    },
    "ads": {"arms": ["ad:71", "ad:72"], "dates": "2026-11-02..2026-11-15", "network": "fb"},
}
DECLARED["clear"]["dates"] = "2026-11-02..2026-11-28"


def shown(text: str, impressions: int, clicks: int) -> list[dict[str, Any]]:
    return [
        item(kind, f"{text} {kind} {day}", f"{FIRST + timedelta(days=day)}T12:00:00Z", count=count, network="facebook",
             referrerAdCreative=text)
        for day in range(DAYS) for kind, count in (("impression", impressions), ("click", clicks))
    ]  # fmt: skip


def bought(ad_id: str, text: str, cost: str, revenue: str) -> list[dict[str, Any]]:
    """Thirty clicks a day for a fortnight, each second of them earns, by what is not the objective's conversion."""
    found = []
    for day in range(DAYS):
        at = f"{FIRST + timedelta(days=day)}T10:00:00Z"
        found.append(report(FIRST + timedelta(days=day), cost, ad_id=ad_id))
        for n in range(30):
            click = {"click_id": f"k{ad_id}-{day}-{n}", "network": "facebook"}
            found.append(item("click", click["click_id"], at, **click, account_id="act_1", ad_id=ad_id,
                              referrerAdCreative=text))  # fmt: skip
            if n % 2:
                order = f"o{ad_id}-{day}-{n}"
                found.append(item("conversion", order, at, **click, transaction_id=order, revenue=revenue,
                                  conversion_kind="lead"))  # fmt: skip
    return found


def told_by_reports(ad_id: str, text: str, impressions: int, clicks: int) -> list[dict[str, Any]]:
    """An ad whose impressions and clicks only its reports know, but for the click that tells its text."""
    ad = {"ad_id": ad_id, "campaign_id": "7"}
    return [
        item("click", f"k{ad_id}", f"{FIRST}T10:00:00Z", network="facebook", account_id="act_1",
             referrerAdCreative=text, **ad),
        *(report(FIRST + timedelta(days=day), impressions=impressions, clicks=clicks, **ad) for day in range(DAYS)),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    found = Books(tmp_path_factory.mktemp("experiments"), experiments=DECLARED)
    for arms in SHOWN.values():
        for text, counts in arms.items():
            found.post(*shown(text, *counts))
    for ad in (("71", "Same text", "15", "4"), ("72", "Same text", "45", "4.5")):
        found.post(*bought(*ad))
    for ad_id, text, clicks in (("81", "Reported one", 100), ("82", "Reported two", 150)):
        found.post(*told_by_reports(ad_id, text, 4000, clicks), *shown(text, 1000, 20))
    found.ready()
    yield found


def rows(books: Books, columns: str, experiment: str) -> list[tuple[Any, ...]]:
    return books.query(f"select {columns} from experiments where experiment = ? order by arm_number", experiment)


def test_a_clear_difference_wins_and_says_by_how_much(books: Books) -> None:
    (control, other) = rows(books, "arm, units, value, lift, lift_low, lift_high, p_best, decision, winner", "clear")
    assert control[:5] == ("Quiet SUVs", 70_000, 0.02, None, None)
    assert other[1:4] == (70_000, 0.03, pytest.approx(0.01))
    assert 0 < other[4] < 0.01 < other[5] and other[6] > 0.99
    assert [row[-2:] for row in (control, other)] == [("winner", False), ("winner", True)]
    (reason,) = books.query("select distinct reason from experiments where experiment = 'clear'")
    assert reason == (
        "'SUVs under 20k' wins: CTR 3.00 %, +1.00 points (+0.74 to +1.26) against the control, P(best) over 99 %.",
    )


def test_shares_that_are_not_the_intended_ones_silence_the_lift_and_say_what_to_look_for(books: Books) -> None:
    found = rows(books, "decision, srm, share_actual, lift, p_best, winner", "uneven")
    word = "do not trust: sample ratio mismatch"
    assert found == [(word, True, 0.52, None, None, False), (word, True, 0.48, None, None, False)]
    ((p, log_e, reason),) = books.query(
        "select distinct srm_p, srm_log_e, reason from experiments where experiment = 'uneven'"
    )
    assert p < 1e-6 and log_e > 20
    assert "'Red shoes' got 52.0 % of the impressions instead of 50.0 %" in reason and "Look for: " in reason


def test_what_is_not_decided_says_about_how_much_traffic_would_do(books: Books) -> None:
    ((decision, needed, reason),) = books.query(
        "select distinct decision, units_to_decide, reason from experiments where experiment = 'close'"
    )
    assert decision == "keep running" and 1000 < needed < 1_000_000
    assert f"about {needed:,} more impressions would settle it" in reason


def test_an_arm_that_was_not_seen_is_shown_with_zero(books: Books) -> None:
    assert rows(books, "arm, units, creative_id, status, decision", "unseen") == [
        ("Red shoes", 0, identify("Red shoes").creative_id, "ended", None),
        ("Green shoes", 0, identify("Green shoes").creative_id, "ended", None),
    ]


def test_an_experiment_to_come_is_planned_and_judged_by_nothing(books: Books) -> None:
    assert (
        rows(books, "units, status, decision, reason", "planned")
        == [(0, "planned", None, "Begins on 2026-12-01; no closed day yet.")] * 2
    )


def test_ads_are_arms_of_their_own_though_each_shows_its_text(books: Books) -> None:
    found = rows(books, "ad_id, unit, metric, units, metric_units, value, status, decision, winner", "ads")
    # 15 orders of 4 at a cost of 15 for 30 clicks; 15 of 4.5 at 45.
    assert found == [
        ("71", "clicks", "net_per_click", 420, 420, pytest.approx(1.5), "ended", "winner", True),
        ("72", "clicks", "net_per_click", 420, 420, pytest.approx(0.75), "ended", "winner", False),
    ]
    assert [lift for (lift,) in rows(books, "lift", "ads")] == [None, pytest.approx(-0.75)]


def test_impressions_are_the_reported_ones_of_campaigns_that_report_them_and_else_the_observed(books: Books) -> None:
    found = rows(books, "unit, units, metric_units, value, decision, winner", "reported")
    assert found == [
        ("impressions", 70_000, 70_000, pytest.approx(0.024), "winner", False),
        ("impressions", 70_000, 70_000, pytest.approx(0.034), "winner", True),
    ]


def test_units_and_shares_add_up_to_the_facts(books: Books) -> None:
    for experiment, arms in SHOWN.items():
        for arm, units in rows(books, "creative_id, units", experiment):
            assert [(units,)] == books.query(
                "select sum(impressions)::bigint from facts_daily where creative_id = ? and day < ?", arm, NOW.date()
            )
        assert rows(books, "sum(share_actual) over ()", experiment)[0] == (pytest.approx(1),)
        assert len(rows(books, "1", experiment)) == len(arms)


def test_a_merge_of_an_arm_is_followed_at_once(tmp_path: Path) -> None:
    """The fit is remade though no click of the arm is in it."""
    books = Books(tmp_path, experiments={"e": {"arms": ["Old roof", "New roof"], "dates": "2026-11-02.."}})
    for text in ("Old roof", "New roof", "Newer roof"):
        books.post(*shown(text, 5000, 1))
    books.build()
    ids = {text: identify(text).creative_id for text in ("Old roof", "New roof", "Newer roof")}
    books.decide("merge", str(ids["New roof"]), ids["Newer roof"])
    with pytest.raises(NeedsFullBuildError, match="fit of closed days no longer holds"):
        refresh(books, 1)
    books.build()
    assert rows(books, "creative_id, units", "e") == [(ids["Old roof"], 70_000), (ids["Newer roof"], 140_000)]


def test_the_command_shows_a_row_per_arm_and_says_a_sentence_per_experiment(books: Books) -> None:
    books.publish()
    config = books.settings.data_dir.parent / "whichad.toml"
    config.write_text('data_dir = "data"\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["experiments", "--config", str(config), "--format", "csv"])
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("experiment,arm,status,unit,units,share_intended") and len(lines) == 17
    told = {line.split(" ", 1)[0]: line for line in done.stderr.splitlines()}
    assert set(told) == set(DECLARED)
    assert "Stop when the always-valid interval" in told["close"] and "Stop when" not in told["over"]


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    config = tmp_path / "whichad.toml"
    config.write_text('data_dir = "data"\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["experiments", "--config", str(config)])
    assert (done.exit_code, done.stdout) == (2, "") and "Nothing is published yet" in done.stderr
