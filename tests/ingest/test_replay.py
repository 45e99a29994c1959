"""This module owns what replay promises: mended profiles reach kept bodies, and nothing counts twice on the way."""

from pathlib import Path

import pytest
from journaling import Desk, click
from mending import Own

from ingest.config import IngestSettings, Sender
from ingest.quarantine.replay import Wanted, chosen, replay

ITEMS = """
[[items]]
when = {e = "sale"}
type = "conversion"
[items.fields]
id = "i"
occurred_at = "$received"
click_id = "c"
referrerAdCreative = "TEXT"
revenue = "MONEY"
"""


class Mended(Own):
    """What it reads the ad's text and the money from can be mended."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ITEMS, text="wrong", money="wrong")

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
    mended.write(text="text", money="money")
    done = mended.replay(sender="own")
    assert (done.deliveries, done.accepted, done.quarantined, done.skipped) == (1, 1, {}, [])
    mended.desk.load()
    assert mended.state() == [("1", 12.5, "Quiet SUVs of 2026")]
    assert mended.desk.query("select count(*) from quarantine") == [(0,)]
    assert mended.counts() == [(2, 1, 0, 0, 1)]


def test_what_was_read_wrong_is_replaced_and_its_text_is_forgotten(mended: Mended):
    mended.write(text="wrong", money="money")
    mended.get(SALE)
    mended.desk.load()
    assert mended.state() == [("1", 12.5, "Not a price")]
    mended.write(text="text", money="money")
    mended.replay(sender="own")
    mended.desk.load()
    assert mended.state() == [("1", 12.5, "Quiet SUVs of 2026")]
    assert mended.desk.query("select creative_text from creatives") == [("Quiet SUVs of 2026",)]
    assert mended.desk.query("select creative_text from creative_variants") == [("Quiet SUVs of 2026",)]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("money", ["money", "wrong"])
def test_a_replay_counts_once_whether_it_is_loaded_before_its_original_or_after(mended: Mended, money: str, times: int):
    mended.write(text="wrong", money=money)
    mended.get(SALE)
    mended.get(SALE)
    mended.write(text="text", money="money")
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
    mended.write(text="text", money="c")
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
    mended.write(text="text", money="money")
    ids = chosen(mended.settings.journal_dir, Wanted(sender="own"))
    assert replay(mended.settings, ids, dry_run=True, told=lambda _n: None).accepted == 1
    assert len(chosen(mended.settings.journal_dir, Wanted())) == 1


def test_what_a_strict_sender_was_told_to_mend_is_replayed_only_when_asked(tmp_path: Path):
    with Desk(tmp_path, strict=True) as desk:
        desk.post(click("1", occurred_at="soon"))
    assert chosen(desk.journal_dir, Wanted(sender="shop")) == []
    assert len(chosen(desk.journal_dir, Wanted(sender="shop", refused=True))) == 1
