"""This module owns what replay promises: mended profiles reach kept bodies, and nothing counts twice on the way."""

from pathlib import Path
from typing import Any

import pytest
from journaling import Desk, click

from ingest.config import IngestSettings, Sender
from ingest.door.request import Request
from ingest.quarantine.replay import Wanted, chosen, replay

OWN = """
title = "Own"
about = "A platform of the test's own."
kind = "tracker"
unconfirmed = ["everything"]
methods = ["GET"]
steps = ["conversion"]
setup = "None."
[auth]
scheme = "token"
path = true
[[items]]
when = {e = "sale"}
type = "conversion"
[items.fields]
id = "i"
occurred_at = "$received"
click_id = "c"
referrerAdCreative = "TEXT"
revenue = "MONEY"
[sample]
query = "e=sale&i=1"
"""


class Mended:
    """A desk whose sender uses a profile that can be mended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = IngestSettings(
            base_dir=folder,
            data_dir=folder / "data",
            senders={"own": Sender(profile="own", secrets=("unused-but-long-enough",))},
        )
        self.write("wrong", "wrong")
        self.desk = Desk(folder, profile="own", base_dir=folder)

    def write(self, text: str, money: str) -> None:
        (self.folder / "profiles").mkdir(exist_ok=True)
        profile = OWN.replace("TEXT", text).replace("MONEY", money)
        (self.folder / "profiles" / "own.toml").write_text(profile, encoding="utf-8")

    def get(self, query: str) -> Any:
        return self.desk.put(Request("GET", b"", {}, query), sender="own")

    def replay(self, **wanted: Any) -> Any:
        ids = chosen(self.settings.journal_dir, Wanted(**wanted))
        return replay(self.settings, ids, dry_run=False, told=lambda _n: None)

    def state(self) -> list[tuple]:
        return self.desk.query(
            "select id, revenue::double, creative_text from interactions left join creative_variants using (variant_id)"
            " order by id"
        )

    def counts(self) -> list[tuple]:
        return self.desk.query(
            "select sum(deliveries)::int, sum(accepted + new_versions)::int, sum(duplicates)::int,"
            " sum(quarantined)::int, sum(items)::int from loads where sender = 'own'"
        )


@pytest.fixture
def mended(tmp_path: Path) -> Mended:
    return Mended(tmp_path)


SALE = "e=sale&i=1&c=k&text=Quiet+SUVs+of+2026&money=12.50&wrong=Not+a+price"


def test_a_mended_profile_brings_what_was_quarantined_into_the_record(mended: Mended):
    assert [each.code for each in mended.get(SALE).quarantined] == ["bad_value"]
    mended.desk.load()
    mended.write("text", "money")
    done = mended.replay(sender="own")
    assert (done.deliveries, done.accepted, done.quarantined, done.skipped) == (1, 1, {}, [])
    mended.desk.load()
    assert mended.state() == [("1", 12.5, "Quiet SUVs of 2026")]
    assert mended.desk.query("select count(*) from quarantine") == [(0,)]
    assert mended.counts() == [(2, 1, 0, 0, 1)]


def test_what_was_read_wrong_is_replaced_and_its_text_is_forgotten(mended: Mended):
    mended.write("wrong", "money")
    mended.get(SALE)
    mended.desk.load()
    assert mended.state() == [("1", 12.5, "Not a price")]
    mended.write("text", "money")
    mended.replay(sender="own")
    mended.desk.load()
    assert mended.state() == [("1", 12.5, "Quiet SUVs of 2026")]
    assert mended.desk.query("select creative_text from creatives") == [("Quiet SUVs of 2026",)]
    assert mended.desk.query("select creative_text from creative_variants") == [("Quiet SUVs of 2026",)]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("money", ["money", "wrong"])
def test_a_replay_counts_once_whether_it_is_loaded_before_its_original_or_after(mended: Mended, money: str, times: int):
    mended.write("wrong", money)
    mended.get(SALE)
    mended.get(SALE)
    mended.write("text", "money")
    for _ in range(times):
        mended.replay(sender="own")
    mended.desk.load()
    together = (mended.state(), mended.counts())
    assert together == ([("1", 12.5, "Quiet SUVs of 2026")], [(2 + 2 * times, 1, 1, 0, 2)])
    mended.desk.record_path.unlink()
    segments = sorted(mended.settings.journal_dir.glob("*replay*.sqlite"))
    held = [(path, path.rename(path.with_suffix(".held"))) for path in segments]
    mended.desk.load()
    for path, aside in held:
        aside.rename(path)
    mended.desk.load()
    assert (mended.state(), mended.counts()) == together


def test_what_is_still_wrong_stays_in_the_quarantine_with_its_new_reason(mended: Mended):
    mended.get(SALE)
    mended.desk.load()
    mended.write("text", "c")
    mended.replay(sender="own")
    mended.desk.load()
    assert mended.desk.query("select code, field, disposition from quarantine") == [("bad_value", "revenue", "replay")]


def test_a_replay_changes_nothing_where_nothing_was_mended(desk: Desk):
    desk.post(click("1"), click("2", occurred_at="soon"), message_id="m1")
    desk.post({"type": "report", "day": "2026-11-20", "level": "ad", "ad_id": "7", "cost": "3"}, message_id="m2")
    desk.load()
    tables = ("interactions", "reports", "creatives", "creative_variants", "texts_seen", "seen")
    outside = {"interactions": "delivery_id", "reports": "delivery_id"}

    def state() -> dict[str, list[tuple]]:
        left = {name: f"* exclude ({outside[name]})" if name in outside else "*" for name in tables}
        return {name: desk.query(f"select {left[name]} from {name} order by all") for name in tables}

    before = state()
    settings = IngestSettings(data_dir=desk.data_dir, senders={"shop": Sender(secrets=("long-enough-for-a-secret",))})
    done = replay(settings, chosen(desk.journal_dir, Wanted(sender="shop", refused=True)), False, lambda _n: None)
    assert (done.deliveries, done.accepted, done.quarantined) == (2, 2, {"bad_time": 1})
    desk.load()
    assert state() == before


def test_a_dry_run_stores_nothing_and_says_what_would_be(mended: Mended):
    mended.get(SALE)
    mended.write("text", "money")
    ids = chosen(mended.settings.journal_dir, Wanted(sender="own"))
    assert replay(mended.settings, ids, dry_run=True, told=lambda _n: None).accepted == 1
    assert len(chosen(mended.settings.journal_dir, Wanted())) == 1


def test_what_a_strict_sender_was_told_to_mend_is_replayed_only_when_asked(tmp_path: Path):
    with Desk(tmp_path, strict=True) as desk:
        desk.post(click("1", occurred_at="soon"))
    assert chosen(desk.journal_dir, Wanted(sender="shop")) == []
    assert len(chosen(desk.journal_dir, Wanted(sender="shop", refused=True))) == 1
