"""This module owns the promises of `whichad analytics diff`: differences computed by hand, by day and version."""

import csv
import io
import json
import shutil
import subprocess
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from closing import MIDNIGHT, NOON, Closing
from journeys import item, journey, shown
from typer.testing import CliRunner

from analytics.__main__ import app

A, B = shown("A"), shown("B")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two closed days, 14 and 15 September. Then: 14: an order 30 → 31.5 (revision), a click late; 15: a refund of 2.

    The click came before the 15th was closed, the others after.
    """
    folder = tmp_path_factory.mktemp("told")
    (folder / "whichad.toml").write_text('kind = "shop"\ndata_dir = "data"\n', encoding="utf-8")
    books = Closing(folder)
    first, second = journey("A B => 30", start=NOON - timedelta(hours=4)), journey("A => 9", "w", start=NOON + DAY)
    books.post(*first, at=NOON)
    books.publish_at(NOON)
    books.publish_at(MIDNIGHT)
    late = item("click", "late", NOON, referrerAdCreative=A, network="facebook", cost="0.1")
    books.post(*second, late, at=NOON + DAY + timedelta(hours=2))
    books.publish_at(NOON + DAY + timedelta(hours=2))
    books.publish_at(MIDNIGHT + DAY)
    at = NOON + 2 * DAY
    books.post(first[-1] | {"revenue": "31.5", "updated_at": f"{at.isoformat()}Z"},
               item("refund", "back", at, revenue="2", transaction_id=second[-1]["transaction_id"]), at=at)  # fmt: skip
    books.publish_at(at)
    books.assert_adds_up()
    return folder


def diff(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in this process, which takes a twentieth of the time."""
    command = ["diff", "--config", str(folder / "whichad.toml"), *arguments]
    done = CliRunner(env={"COLUMNS": "80", "TERM": "dumb"}).invoke(app, command)
    return subprocess.CompletedProcess(command, done.exit_code, done.stdout, done.stderr)


def rows(done: subprocess.CompletedProcess[str]) -> list[tuple[str | None, str, str, str, str, str, str]]:
    assert done.returncode == 0, done.stderr
    names = ("day", "creative", "measure", "before", "now", "change", "why")
    return [tuple(each[name] if each[name] is None else str(each[name]) for name in names)  # type: ignore[misc]
            for each in json.loads(done.stdout)]  # fmt: skip


def test_without_a_word_each_day_is_compared_with_its_own_closing_totals_first_then_by_money(original: Path):
    done = diff(original, "--format", "json")
    assert rows(done) == [
        (None, "(all)", "revenue", "39.00", "38.50", "-0.50", "refund -2.00, revision +1.50"),
        (None, "(all)", "cost", "0.00", "0.10", "0.10", "late data +0.10"),
        (None, "(all)", "clicks", "3", "4", "1", "late data +1"),
        ("2026-09-15", shown("A", "w"), "revenue", "9.00", "7.00", "-2.00", "refund -2.00"),
        ("2026-09-14", B, "revenue", "30.00", "31.50", "1.50", "revision +1.50"),
        ("2026-09-14", A, "cost", "0.00", "0.10", "0.10", "late data +0.10"),
        ("2026-09-14", A, "clicks", "1", "2", "1", "late data +1"),
    ]
    assert done.stderr.splitlines()[-1] == (
        "Since each day's closing (2 days, 2026-09-14 to 2026-09-15): revenue -0.50 (refund -2.00, revision +1.50), "
        "cost +0.10 (late data +0.10), clicks +1 (late data +1)."
    )


def test_since_a_days_closing_counts_what_came_after_that_closing_only(original: Path):
    done = diff(original, "--since", "2026-09-15", "--format", "json")
    assert [row[1:] for row in rows(done) if row[0] is None] == [
        ("(all)", "revenue", "39.00", "38.50", "-0.50", "refund -2.00, revision +1.50")
    ]
    assert done.stderr.startswith("Since the closing of 2026-09-15: revenue -0.50 (refund -2.00, revision +1.50).")


def test_a_day_and_a_creative_can_be_picked(original: Path):
    day = diff(original, "--day", "2026-09-14", "--format", "json")
    assert [row[2:] for row in rows(day) if row[0] is None] == [
        ("revenue", "30.00", "31.50", "1.50", "revision +1.50"),
        ("cost", "0.00", "0.10", "0.10", "late data +0.10"),
        ("clicks", "2", "3", "1", "late data +1"),
    ]
    creative = next(each["creative_id"] for each in json.loads(day.stdout) if each["creative"] == B)
    one = diff(original, "--creative", creative, "--format", "json")
    assert [row[2:] for row in rows(one) if row[0] is None] == [("revenue", "30.00", "31.50", "1.50", "revision +1.50")]


def test_two_versions_are_compared_closed_days_with_their_causes(original: Path, tmp_path: Path):
    shutil.copytree(original, tmp_path, dirs_exist_ok=True, symlinks=True)
    books = Closing(tmp_path)
    before = books.settings.published_link.resolve().stem
    at = NOON + 2 * DAY + timedelta(hours=1)
    books.post(item("click", "today", at, referrerAdCreative=A, network="facebook"),
               item("click", "later", NOON, referrerAdCreative=A, network="facebook"), at=at)  # fmt: skip
    books.publish_at(at)
    assert rows(diff(tmp_path, "--since", before, "--format", "json")) == [
        (None, "(all)", "clicks", "4", "6", "2", "late data +1, open day +1"),
        ("2026-09-14", A, "clicks", "2", "3", "1", "late data +1"),
        ("2026-09-16", A, "clicks", "0", "1", "1", "open day +1"),
    ]


def test_csv_and_the_table_say_the_same(original: Path):
    said = diff(original, "--format", "csv")
    table = list(csv.DictReader(io.StringIO(said.stdout)))
    assert [(row["measure"], Decimal(row["change"])) for row in table][:2] == [
        ("revenue", Decimal("-0.5")),
        ("cost", Decimal("0.1")),
    ]
    assert "refund -2.00, revision +1.50" in diff(original).stdout


def test_where_nothing_changed_the_sentence_says_so(original: Path, tmp_path: Path):
    shutil.copytree(original, tmp_path, dirs_exist_ok=True, symlinks=True)
    done = diff(tmp_path, "--since", Closing(tmp_path).settings.published_link.resolve().stem)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("nothing changed; what was said stands.\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--since", "2026-09-16"), "The day 2026-09-16 has no closing. Closed are 2026-09-14 to 2026-09-15."),
        (("--day", "2026-01-01"), "The day 2026-01-01 has no closing."),
        (("--since", "2026-13-01"), "'2026-13-01' is no day, such as 2026-11-20."),
        (("--since", "yesterday"), "There is no version 'yesterday'. Kept are: 2026"),
        (("--creative", "rac1_no"), "Nothing names the creative rac1_no. The mart `creatives` lists them."),
    ],
)
def test_what_cannot_be_compared_is_said(original: Path, arguments: tuple[str, str], sentence: str):
    done = diff(original, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_before_anything_is_published_or_closed_the_sentence_says_what_to_do(tmp_path: Path):
    (tmp_path / "whichad.toml").write_text('kind = "shop"\ndata_dir = "data"\n', encoding="utf-8")
    said = diff(tmp_path).stderr
    assert "Nothing is published yet. Start the loop with: " in said and said.strip().endswith("whichad.toml up")
    Closing(tmp_path).publish_at(NOON)
    assert "No day is closed yet. The loop closes one with its first publish" in diff(tmp_path).stderr
