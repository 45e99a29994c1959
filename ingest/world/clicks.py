"""This module owns the paid clicks of a stretch of time, as arrays: what the ad platforms bill.

A click is the atom of a world: reports sum clicks, the funnel follows those that the tracker saw. Times are
milliseconds since the epoch, prices ten-thousandths of a dollar.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ingest.world.days import DAY, HOUR, Ints, local_days, local_hour
from ingest.world.truth import BILLED_SHARE, SEEN_SHARE, Ad, Cast

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

RETURNING_SHARE = {"arbitrage": 0.08, "shop": 0.45}
DAYS_BACK_MAX = 6
SAME_DAY_SHARE = 0.3
_AUDIENCE = {"US": "America/Chicago", "GB": "Europe/London", "CA": "America/Toronto", "DE": "Europe/Berlin"}
# Share of a day's clicks per local hour: asleep at four, scrolling at nine in the evening.
_HOURS = np.array([22, 14, 9, 7, 7, 11, 20, 32, 40, 44, 47, 50, 54, 53, 50, 49, 51, 56, 62, 70, 76, 75, 60, 41.0])
DIURNAL = _HOURS / _HOURS.sum()


@dataclass(frozen=True)
class Slot:
    """A stretch of time that is generated at once. `key` makes its ids unique; `day` counts from the start."""

    key: str
    number: int
    begin: int
    end: int
    day: int
    live: bool = False


@dataclass(frozen=True)
class Clicks:
    """Billed clicks in order of time; arrays of one length.

    `impressions` are those shown since the ad's last click. `platform_goals` is 0, 1 (claimed at once) or 2
    (claimed a day later). `visitor_day`, `visitor` name who clicked: the visitor's number in the slot of the
    day it came first (`visitor_day` = -1: this slot). `warm` clicks come from people who know the shop.
    `mess` is uniform in [0, 1): how the ad text is spoiled.
    """

    slot: Slot
    time: Ints
    ad: Ints
    creative: Ints
    price: Ints
    impressions: Ints
    seen: Bools
    billed: Bools
    platform_goals: Ints
    visitor_day: Ints
    visitor: Ints
    warm: Bools
    mess: Floats


@dataclass(frozen=True)
class Rates:
    """The cast as arrays, by ad or by creative."""

    clicks_per_day: Floats
    first_day: Ints
    ctr: Floats
    cpc: Floats
    fade: Floats
    platform_goals: Floats  # per billed click: platforms claim a bit more than happens

    @classmethod
    def of(cls, cast: Cast, scale: float) -> "Rates":
        """The rates of a cast at a scale of traffic."""
        return cls(
            np.array([ad.clicks_per_day * scale for ad in cast.ads]),
            np.array([ad.first_day for ad in cast.ads]),
            np.array([creative.ctr for creative in cast.creatives]),
            np.array([creative.cpc for creative in cast.creatives]),
            np.array([creative.fade_per_day for creative in cast.creatives]),
            np.array([min(1.15 * creative.goals_per_click, 0.9) for creative in cast.creatives]),
        )


def draw_clicks(
    cast: Cast, rates: Rates, slot: Slot, start: int, per_day: Floats, regulars: float, rng: np.random.Generator
) -> Clicks:
    """The clicks of a slot. `per_day` is the expected number per ad and full day; `start` the world's begin;
    `regulars` how many visitors of each earlier day may come back.
    """
    ad, time = _arrivals(cast, slot, per_day, rng)
    n = ad.size
    creative = _texts_shown(cast, ad, time, start, rng.random(n))
    worn = np.exp(-rates.fade[creative] * np.maximum(time - start, 0) / DAY)
    warm = rng.random(n) < RETURNING_SHARE[cast.kind]
    visitor_day, visitor = _visitors(warm, slot, regulars, rng)
    claimed = rng.random(n) < rates.platform_goals[creative] * worn
    return Clicks(
        slot, time, ad, creative,
        price=np.rint(rates.cpc[creative] * 10_000 * np.exp(0.25 * rng.standard_normal(n) - 0.03125)).astype(np.int64),
        impressions=rng.geometric(np.minimum(rates.ctr[creative] * worn, 1.0)),
        seen=rng.random(n) < SEEN_SHARE,
        billed=rng.random(n) < BILLED_SHARE,
        platform_goals=np.where(claimed, 1 + (rng.random(n) < 0.1), 0),
        visitor_day=visitor_day, visitor=visitor, warm=warm,
        mess=rng.random(n),
    )  # fmt: skip


def _arrivals(cast: Cast, slot: Slot, per_day: Floats, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Ads and times of the clicks: Poisson per ad and hour, by the hours of the ad's country.

    Live slots are flat, so that the asked-for pace holds at any hour of the day.
    """
    if slot.live:
        bins, width = 1, slot.end - slot.begin
        expected = (per_day * width / DAY)[:, None]
    else:
        bins, width = (slot.end - slot.begin) // HOUR, HOUR
        weights = {country: _day_shape(zone, slot.begin // HOUR) for country, zone in _AUDIENCE.items()}
        shape = np.array([weights[cast.campaign_of(ad).country] for ad in cast.ads])
        mood = np.exp(rng.normal(0, 0.12, len(cast.ads)))  # budgets are never spent evenly
        expected = (per_day * mood)[:, None] * shape
    counts = rng.poisson(expected).ravel()
    cell = np.repeat(np.arange(counts.size), counts)
    time = slot.begin + (cell % bins) * width + np.floor(rng.random(cell.size) * width).astype(np.int64)
    order = np.argsort(time, kind="stable")
    return (cell // bins)[order], time[order]


@lru_cache(maxsize=512)
def _day_shape(zone: str, first_hour: int) -> Floats:
    shape: Floats = DIURNAL[[local_hour(zone, first_hour + hour) % 24 for hour in range(24)]]
    return shape


def text_of(ad: Ad, day: int, start_day: int) -> int:
    """The position in `ad.texts` of what a rotating ad shows on a local day number."""
    return (day - start_day) // ad.period_days % len(ad.texts)


def _texts_shown(cast: Cast, ad: Ints, time: Ints, start: int, chance: Floats) -> Ints:
    """The creative of each click."""
    texts = np.array([(*each.texts, *each.texts, *each.texts)[:3] for each in cast.ads])
    split = np.array([each.shows == "splits" for each in cast.ads])
    place = np.where(split[ad] & (chance > 0.6), 1, 0)
    for number, each in enumerate(cast.ads):
        if each.shows == "rotates":
            mine = ad == number
            days = local_days(cast.account_of(each).zone, time[mine])
            place[mine] = (days - start // DAY) // each.period_days % len(each.texts)
    shown: Ints = texts[ad, place]
    return shown


def _visitors(warm: Bools, slot: Slot, regulars: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Who clicked: (day of the visitor's slot or -1 for this slot, number of the visitor there).

    Someone who comes back later the same day is one of this slot's visitors so far; else one of the first
    `regulars` visitors of an earlier day, as far as the world goes back.
    """
    n = warm.size
    back = np.where(rng.random(n) < SAME_DAY_SHARE, 0, np.minimum(rng.geometric(0.35, n), DAYS_BACK_MAX))
    chance = rng.random(n)
    # The first click of a slot cannot be a return to that slot.
    fresh = ~warm | (back > slot.day) | ((back == 0) & (np.arange(n) == 0))
    number = np.cumsum(fresh) - 1
    fresh |= number < 0
    number = np.cumsum(fresh) - 1
    here = np.floor(chance * (number + 1)).astype(np.int64)
    there = np.floor(chance * regulars).astype(np.int64)
    visitor = np.where(fresh, number, np.where(back == 0, here, there))
    visitor_day = np.where(fresh | (back == 0), -1, slot.day - back)
    return visitor_day, visitor
