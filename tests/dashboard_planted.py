"""This module owns what is planted into the dashboard's worlds, besides what the demo's world sends: one campaign whose
creatives get every kind of verdict and whose texts are hostile, a text cut off, and items that nobody can use.

All of it is a pure function of the kind: parcels with the time at which they are sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ingest.world import Parcel

DAYS = 27
CAMPAIGN, ACCOUNT = "7001", "act_planted"
HOSTILE = '<a href="https://evil.example/x">Win</a> <img src=x onerror=alert(1)> $x^2$ & **bold** =HYPERLINK("x")'
FORMULA = "=cmd|' /C calc'!A0 and +49 more, @SUM(1)\t\u202eesrever\u202c {{ 7*7 }} 'quoted' --"
LONG = " ".join(f"Word {number} of a very long ad that says the same again and again." for number in range(40))
WHOLE = "Gutter guards that pay for themselves before the second winter comes: compare three offers near you"
MERGED, INTO = "Gutter guards, compared", "Gutter guards: compare them"
EVIL_CAMPAIGN = "<b>Planted</b> & =1+1"


@dataclass(frozen=True)
class Planted:
    """A creative: its ad, its text, clicks a day, the share of clicks that earn, what one earns, from which day on."""

    ad_id: str
    text: str
    clicks: int
    rate: float
    worth: float
    first_day: int = 0
    worn_rate: float | None = None  # from the middle on


def creatives(kind: str) -> tuple[Planted, ...]:
    """The planted creatives; a click costs 0.10 in arbitrage, and 1.00 in the shop."""
    worth = 0.5 if kind == "arbitrage" else 18.0
    rate = 0.24 if kind == "arbitrage" else 0.09
    return (
        Planted("91001", "Planted winner: the mattress that ends back pain", 26, 2.2 * rate, worth),
        Planted("91002", "Planted loser: a mattress", 26, 0.15 * rate, worth),
        Planted("91003", "Planted, and worn out: mattresses for over-60s", 26, 1.9 * rate, worth, worn_rate=0.5 * rate),
        Planted("91004", "Planted in the middle: mattresses tested", 22, rate, worth),
        Planted("91005", HOSTILE, 9, rate, worth),
        Planted("91006", FORMULA, 6, 1.2 * rate, worth, first_day=5),
        Planted("91007", LONG, 6, rate, worth),
        Planted("91008", "سرير مريح بسعر مخفض 🛏️ 床垫", 5, rate, worth, first_day=23),
        Planted("91009", WHOLE, 6, rate, worth),
        Planted("91009", WHOLE[:61] + "…", 2, rate, worth),
        Planted("91010", MERGED, 4, rate, worth),
        Planted("91011", INTO, 6, rate, worth),
    )


def parcels(kind: str, until: datetime) -> list[Parcel]:
    """Everything planted in the `DAYS` days before `until` (aware), and what no receiver can use."""
    begin = datetime(until.year, until.month, until.day, tzinfo=UTC) - timedelta(days=DAYS)
    sent = [each for number, planted in enumerate(creatives(kind)) for each in _creative(kind, number, planted, begin)]
    sent += _reports(kind, begin)
    sent += [_parcel("tonic" if kind == "arbitrage" else "tracker", until - timedelta(hours=5), bad) for bad in _BAD]
    return [each for each in sent if each.send_at < until.timestamp() * 1000]


_BAD: tuple[Any, ...] = (
    {"type": "click", "id": "bad-1", "referrerAdCreative": HOSTILE},
    {"type": "click", "id": "bad-2", "occurred_at": "yesterday"},
    {"type": "sold", "id": "bad-3", "occurred_at": "2026-11-23T08:00:00Z"},
    {"type": "ad_click", "id": "bad-4", "occurred_at": "2026-11-23T08:00:00Z", "revenue": "1,50"},
    {"type": "click", "id": "<script>alert(1)</script>", "occurred_at": "2026-11-23T08:00:00Z", "country": ["US"]},
)


def _parcel(sender: str, at: datetime, item: Any, seconds: float = 2) -> Parcel:
    moment = round(at.timestamp() * 1000)
    return Parcel(moment + round(seconds * 1000), moment, sender, item)


def _stamped(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _creative(kind: str, number: int, planted: Planted, begin: datetime) -> Iterator[Parcel]:
    dice = Random(f"{kind} {number}")
    for day in range(planted.first_day, DAYS + 1):
        worn = planted.worn_rate is not None and day > DAYS // 2
        for nth in range(planted.clicks):
            at = begin + timedelta(days=day, seconds=dice.uniform(0, 86_400))
            yield from _visit(kind, planted, f"{number}-{day}-{nth}", at, dice, worn)


def _visit(kind: str, planted: Planted, key: str, at: datetime, dice: Random, worn: bool) -> Iterator[Parcel]:
    who = {"click_id": f"pc-{key}", "visitor_id": f"pv-{key}"}
    common = {
        **who, "referrerAdCreative": planted.text, "network": "facebook", "account_id": ACCOUNT,
        "campaign_id": CAMPAIGN, "campaign_name": EVIL_CAMPAIGN, "adset_id": "71", "ad_id": planted.ad_id,
        "ad_name": f"planted_v{planted.ad_id[-1]}", "country": "US", "landing_page": "/mattresses",
        "device": "mobile" if dice.random() < 0.7 else "desktop",
        "placement": "feed" if dice.random() < 0.6 else "stories",
    }  # fmt: skip
    earns = dice.random() < (planted.worn_rate if worn and planted.worn_rate else planted.rate)
    money = f"{planted.worth * dice.uniform(0.7, 1.3):.4f}"
    steps = [("click", 0), ("landing_view", 1)]
    if kind == "arbitrage" and (earns or dice.random() < 0.2):
        steps += [("search_click", 20), ("results_view", 21)]
    sender, feed = ("tonic", "tonic") if kind == "arbitrage" else ("tracker", "shop")
    for step, seconds in steps if earns or dice.random() < 0.9 else steps[:1]:
        then = at + timedelta(seconds=seconds)
        more = {"term": "mattress <b>sale</b>" if dice.random() < 0.1 else "mattress sale"} if seconds > 1 else {}
        yield _parcel(sender, then, {"id": f"p-{step}-{key}", "type": step, "occurred_at": _stamped(then), **common,
                                     **more})  # fmt: skip
    if earns:
        then = at + timedelta(seconds=40 if kind == "arbitrage" else 3600)
        goal = {"type": "ad_click", "revenue_stage": "estimated", **common} if kind == "arbitrage" else {
            "type": "conversion", "conversion_kind": "purchase", **who}  # fmt: skip
        yield _parcel(feed, then, {"id": f"p-goal-{key}", "occurred_at": _stamped(then), "transaction_id": f"pt-{key}",
                                   "revenue": money, "currency": "USD", **goal})  # fmt: skip


def _reports(kind: str, begin: datetime) -> Iterator[Parcel]:
    """What the ad account says of each ad and day, the morning after, and once more two days later."""
    price = 0.10 if kind == "arbitrage" else 1.00
    clicks: dict[str, int] = {}
    firsts: dict[str, int] = {}
    for planted in creatives(kind):
        clicks[planted.ad_id] = clicks.get(planted.ad_id, 0) + planted.clicks
        firsts[planted.ad_id] = planted.first_day
    for ad_id, count in clicks.items():
        for day in range(firsts[ad_id], DAYS + 1):
            for wait, share in ((20, 0.97), (68, 1.0)):
                label = (begin + timedelta(days=day)).date()
                item = {"type": "report", "day": str(label), "level": "ad", "network": "facebook",
                        "account_id": ACCOUNT, "campaign_id": CAMPAIGN, "campaign_name": EVIL_CAMPAIGN,
                        "adset_id": "71", "ad_id": ad_id,
                        "impressions": count * 50 + day, "clicks": count + day % 2,
                        "cost": f"{count * price * share:.4f}", "currency": "USD"}  # fmt: skip
                yield _parcel("facebook", begin + timedelta(days=day, hours=wait), item)
