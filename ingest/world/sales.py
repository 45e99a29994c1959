"""This module owns the money of the arbitrage world: ad clicks, and what a feed says about them over days.

It comes in stages: a campaign average within the hour, an estimate after about five hours, the final amount
after one and a half days, and for a few a clawback to zero after three.
"""

from dataclasses import dataclass

import numpy as np

from ingest.world.cast import CLAWED_BACK_SHARE
from ingest.world.clicks import Bools, Clicks
from ingest.world.days import HOUR, MINUTE, SECOND, Ints, stamps
from ingest.world.market import Market
from ingest.world.parcel import Item, Parcel, money
from ingest.world.truth import SECOND_SALE_SHARE
from ingest.world.visits import Visits


@dataclass(frozen=True)
class Sales:
    """Ad clicks: position of the paid click, which one of its session, time, money in ten-thousandths."""

    click: Ints
    nth: Ints
    time: Ints
    first_estimate: Ints
    estimate: Ints
    final: Ints  # before clawback
    clawed: Bools


def waits(rng: np.random.Generator, mean: int, n: int) -> Ints:
    """Waiting times of people, in milliseconds: exponential, cut at twenty times the mean."""
    drawn: Ints = np.minimum(rng.exponential(mean, n), 20 * mean).astype(np.int64)
    return drawn


def sell(market: Market, clicks: Clicks, sold: Bools, viewed_at: Ints, rng: np.random.Generator) -> Sales:
    """The ad clicks of the sessions in `sold`, some with a second one."""
    cast = market.cast
    once = np.flatnonzero(sold)
    twice = once[rng.random(once.size) < SECOND_SALE_SHARE]
    who = np.concatenate([once, twice])
    nth = np.repeat([1, 2], [once.size, twice.size])
    rpc = np.array([creative.rpc for creative in cast.creatives])
    campaign = np.array([ad.campaign for ad in cast.ads])[clicks.ad[who]]
    average = np.array([
        np.mean([rpc[text] for ad in cast.ads if ad.campaign == number for text in ad.texts])
        for number in range(len(cast.campaigns))
    ])  # fmt: skip
    spread = np.exp(0.6 * rng.standard_normal(who.size) - 0.18)
    final = np.rint(rpc[clicks.creative[who]] / (1 - CLAWED_BACK_SHARE) * spread * 10_000).astype(np.int64)
    guess = np.exp(0.1 * rng.standard_normal(who.size))
    return Sales(
        who, nth,
        time=viewed_at[who] + (nth - 1) * 40 * SECOND + 2 * SECOND + waits(rng, 15 * SECOND, who.size),
        first_estimate=np.rint(0.9 * average[campaign] * 10_000).astype(np.int64),
        estimate=np.rint(1.03 * final * guess).astype(np.int64),
        final=final,
        clawed=rng.random(who.size) < CLAWED_BACK_SHARE,
    )  # fmt: skip


def transaction_id(click_id: str, nth: int) -> str:
    """The feed's id of an ad click."""
    return f"t{click_id[1:]}-{nth}"


def sale_parcels(visits: Visits, sales: Sales, terms: list[Item]) -> list[Parcel]:
    """The ad clicks; one feed states a first estimate with them, the other nothing yet."""
    parcels = []
    for nth in (1, 2):
        mine = np.flatnonzero(sales.nth == nth)
        more = []
        for sale in mine.tolist():
            i = int(sales.click[sale])
            fields: Item = {**terms[i], "transaction_id": transaction_id(visits.common[i]["click_id"], nth)}
            if visits.sender[i].name == "system1":
                fields |= {"revenue": money(int(sales.first_estimate[sale])), "revenue_stage": "pre_estimated"}
            more.append(fields)
        suffix = "a" if nth == 1 else "a2"
        parcels += visits.steps("ad_click", suffix, sales.click[mine], sales.time[mine], more)
    return parcels


def revenue_parcels(market: Market, visits: Visits, sales: Sales, rng: np.random.Generator) -> list[Parcel]:
    """Every stage of the money of these sales; a settled campaign gets no final one by transaction."""
    n = sales.click.size
    ads = [market.cast.ads[number] for number in visits.clicks.ad[sales.click].tolist()]
    settled = np.array([market.cast.campaign_of(ad).settled for ad in ads], dtype=bool)
    says_first = np.array([visits.sender[i].name != "system1" for i in sales.click.tolist()], dtype=bool)
    stages = (
        ("pre_estimated", sales.first_estimate, says_first, 20 * MINUTE, 40 * MINUTE),
        ("estimated", sales.estimate, np.ones(n, dtype=bool), 4 * HOUR, 2 * HOUR),
        ("final", sales.final, ~settled, 30 * HOUR, 18 * HOUR),
        ("adjusted", np.zeros(n, dtype=np.int64), ~settled & sales.clawed, 60 * HOUR, 36 * HOUR),
    )
    parcels = []
    for stage, amounts, which, wait, spread in stages:
        at = sales.time + wait + np.floor(rng.random(n) * spread).astype(np.int64)
        parcels += _stage_parcels(visits, sales, stage, amounts, np.flatnonzero(which), at)
    return parcels


def _stage_parcels(visits: Visits, sales: Sales, stage: str, amounts: Ints, which: Ints, times: Ints) -> list[Parcel]:
    parcels = []
    written = stamps(times)
    for sale in which.tolist():
        i, at = int(sales.click[sale]), int(times[sale])
        sender, click_id = visits.sender[i], visits.common[i]["click_id"]
        transaction = transaction_id(click_id, int(sales.nth[sale]))
        item = {
            "id": f"{transaction}-{stage}",
            "type": "revenue",
            "occurred_at": at if sender.unix_times else written[sale],
            "transaction_id": transaction,
            "click_id": click_id,
            "offer_id": visits.common[i]["offer_id"],
            "revenue": money(int(amounts[sale])),
            "revenue_stage": stage,
            "currency": "USD",
        }
        creative = int(visits.clicks.creative[i])
        parcels.append(Parcel(at + SECOND, at, sender.name, item, creative))
    return parcels
