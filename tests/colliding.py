"""This module owns a world in which everything collides: few ids for many rows, so that every link is felt.

Colliding(seed, kind).batch(n) gives n deliveries as (sender, items): events of shared visitors, clicks and orders, late
ones, versions, texts cut off and missing, reports on every level, restated, settlements of several shapes, catalogue
rows, currencies. Two worlds of one seed send the same.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from journeys import START, Item, item, report

RATES = "day,currency,rate\n2026-09-10,EUR,1.10\n2026-09-16,EUR,1.2\n"
DAYS = 4
_TEXTS = (
    "Quiet SUVs of 2026: the list that dealers do not like you to see before noon", "used suv", "Learn More",
    "Quiet SUVs of 2026: the list that dealers do not like", "{{ad.name}}", "Seniors {{region}} save", "QUIET SUVS",
    "Quiet SUVs", "v3_hook_US_0914", "Nine sofas under 300", "Nine sofas under 300 that last a whole life and longer",
)  # fmt: skip
_SENDERS: dict[str, Any] = {
    "tracker": {}, "pixel": {"timezone": "America/New_York"}, "shop": {}, "till": {"timezone": "Europe/Berlin"},
    "feed": {"timezone": "America/Los_Angeles"}, "feed_final": {"settles": "feed", "timezone": "America/Los_Angeles"},
    "ads": {"timezone": "America/New_York"}, "ads_too": {},
}  # fmt: skip


def settings(folder: Path, kind: str) -> dict[str, Any]:
    """What Books wants for such a world; the file of rates is written to `folder`."""
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    more: dict[str, Any] = {"conversions": {"purchase": {"from": "shop"}}} if kind == "shop" else {}
    return {"base_dir": folder, "currencies": {"rates": "rates.csv"}, "kind": kind, "senders": _SENDERS,
            "timezone": "America/New_York", "spend": {"taboola": {"from": "ads"}}, **more}  # fmt: skip


class Colliding:
    """One such world. `size` is how many ids there are of each sort."""

    def __init__(self, seed: int, kind: str, size: int = 12) -> None:
        self._random, self._kind, self._size = random.Random(seed), kind, size
        self._sent = 0
        makers: list[tuple[int, Callable[[], tuple[str, Item]]]] = [
            (30, self._click), (12, self._step), (20, self._goal), (6, self._money), (6, self._impression),
            (10, self._report), (2, self._ad), (4, self._settlement if kind == "arbitrage" else self._goal),
        ]  # fmt: skip
        self._weights, self._makers = [weight for weight, _ in makers], [maker for _, maker in makers]

    def batch(self, deliveries: int, items: int = 6) -> list[tuple[str, list[Item]]]:
        """Deliveries of up to so many items of one sender each."""
        found = []
        for _ in range(deliveries):
            sender, first = self._any()
            rest = [each for who, each in (self._any() for _ in range(items)) if who == sender]
            found.append((sender, [first, *rest]))
        return found

    def _any(self) -> tuple[str, Item]:
        (maker,) = self._random.choices(self._makers, self._weights)
        return maker()

    def _one(self, *values: Any) -> Any:
        return self._random.choice(values)

    def _maybe(self, value: Any, share: float = 0.7) -> Any:
        return value if self._random.random() < share else None

    def _id(self, letter: str, size: int | None = None) -> str:
        return f"{letter}{self._random.randrange(size or self._size)}"

    def _next(self, letter: str) -> str:
        """Mostly an id of its own; now and then one that was sent before: another version, or a conflict."""
        if self._random.random() < 0.1 and self._sent:
            return f"{letter}{self._random.randrange(self._sent)}"
        self._sent += 1
        return f"{letter}{self._sent}"

    def _at(self) -> Any:
        return START + timedelta(seconds=self._random.randrange(DAYS * 86_400))

    def _money_of(self) -> str:
        return f"{self._random.randrange(0, 4000) / 1000:.3f}"

    def _place(self) -> dict[str, Any]:
        ad = self._random.randrange(self._size)
        return {"network": self._one("facebook", "facebook", "taboola"), "ad_id": self._maybe(f"ad{ad}"),
                "account_id": self._maybe(f"act{ad % 3}", 0.5), "campaign_id": self._maybe(f"cmp{ad % 4}", 0.6),
                "adset_id": self._maybe(f"set{ad % 6}", 0.3), "country": self._maybe(self._one("US", "DE"), 0.5),
                "ad_name": self._maybe(f"name {ad} {self._random.randrange(3)}", 0.3)}  # fmt: skip

    def _who(self) -> dict[str, Any]:
        return {
            "visitor_id": self._maybe(self._id("v")),
            "traffic": self._one(*["human"] * 9, "suspect", "test"),
            "session_id": self._maybe(self._id("s", self._size * 3), 0.2),
            "click_ids": self._maybe({self._one("fbclid", "gclid"): self._id("f", self._size * 3)}, 0.2),
        }

    def _event(self, kind: str, identity: str, **more: Any) -> Item:
        return item(kind, identity, self._at(), **self._place(), **self._who(), **more)

    def _text(self, share: float) -> dict[str, Any]:
        return {"referrerAdCreative": self._maybe(self._one(*_TEXTS), share), "term": self._maybe("used suv", 0.2)}

    def _click(self) -> tuple[str, Item]:
        number = self._random.randrange(self._size * 4)
        click = {"click_id": self._maybe(f"k{number}", 0.9), "cost": self._maybe(self._money_of(), 0.4)}
        return self._one("tracker", "tracker", "pixel"), self._event(
            "click", self._next("c"), **click, **self._text(0.6), currency=self._one("USD", "USD", "EUR"))  # fmt: skip

    def _impression(self) -> tuple[str, Item]:
        return "tracker", self._event("impression", self._next("i"), click_id=self._maybe(self._id("k"), 0.2),
                                      cost=self._maybe(self._money_of(), 0.3), **self._text(0.4))  # fmt: skip

    def _step(self) -> tuple[str, Item]:
        kind = self._one("landing_view", "search_click", "results_view")
        return "tracker", self._event(kind, self._next("s"), click_id=self._id("k", self._size * 4), **self._text(0.3))

    def _goal(self) -> tuple[str, Item]:
        kind = "ad_click" if self._kind == "arbitrage" and self._random.random() < 0.7 else "conversion"
        sender = "feed" if kind == "ad_click" else self._one("shop", "shop", "till", "pixel")
        goal = {"conversion_kind": self._one("purchase", "purchase", "lead") if kind == "conversion" else None,
                "click_id": self._maybe(self._id("k", self._size * 4), 0.6),
                "transaction_id": self._maybe(self._id("t", self._size * 3), 0.4),
                "revenue": self._maybe(self._money_of(), 0.8),
                "currency": self._one("USD", "USD", "EUR", "CHF")}  # fmt: skip
        stage = self._one("estimated", "final", None) if goal["revenue"] else None
        return sender, self._event(kind, self._next("g"), revenue_stage=stage, offer_id=self._maybe("offer", 0.3),
                                   landing_page=self._maybe("/page", 0.3), **goal, **self._text(0.1))  # fmt: skip

    def _money(self) -> tuple[str, Item]:
        kind = self._one("revenue", "refund")
        which = self._one(
            {"transaction_id": self._id("t", self._size * 3)}, {"click_id": self._id("k", self._size * 4)}
        )
        stage = {"revenue_stage": self._one("estimated", "final", "adjusted")} if kind == "revenue" else {}
        sender = self._one("feed") if self._kind == "arbitrage" else self._one("shop", "till")
        return sender, item(kind, self._next("m"), self._at(), revenue=self._money_of(), **which, **stage)

    def _report(self) -> tuple[str, Item]:
        level = self._one("ad", "ad", "adset", "campaign")
        ad = self._random.randrange(self._size)
        ids = {"ad": {"ad_id": f"ad{ad}", "campaign_id": self._maybe(f"cmp{ad % 4}")},
               "adset": {"adset_id": f"set{ad % 6}", "campaign_id": self._maybe(f"cmp{ad % 4}")},
               "campaign": {"campaign_id": f"cmp{ad % 4}"}}[level]  # fmt: skip
        day = (START + timedelta(days=self._random.randrange(DAYS))).date()
        row = report(day, self._maybe(self._money_of(), 0.9), level, stated=f"{self._at().isoformat()}Z",
                     clicks=self._random.randrange(9), impressions=self._random.randrange(99),
                     platform_revenue=self._maybe(self._money_of(), 0.3),
                     currency=self._one("USD", "USD", "EUR"), **ids)  # fmt: skip
        row |= {"network": self._one("facebook", "facebook", "taboola")}
        row |= {"account_id": f"act{ad % 3}" if self._random.random() < 0.8 else "act9"}
        if country := self._maybe(self._one("US", "DE"), 0.3):
            row |= {"country": country}
        return self._one("ads", "ads", "ads_too"), row

    def _ad(self) -> tuple[str, Item]:
        ad = self._random.randrange(self._size)
        row = {"type": "ad", "network": self._one("facebook", "taboola"), "ad_id": f"ad{ad}",
               "account_id": self._maybe(f"act{ad % 3}", 0.5), "valid_from": f"{self._at().isoformat()}Z",
               "ad_name": self._maybe(f"posted {ad}", 0.4)} | self._text(0.8)  # fmt: skip
        if self._random.random() < 0.3:
            row |= {"compliance_status": self._one("declined", "approved")}
        return self._one("ads", "feed"), {
            name: value for name, value in row.items() if value is not None and name != "term"
        }

    def _settlement(self) -> tuple[str, Item]:
        ad = self._random.randrange(self._size)
        cell = {"campaign_id": self._maybe(f"cmp{ad % 4}", 0.6), "ad_id": self._maybe(f"ad{ad}", 0.2),
                "offer_id": self._maybe("offer", 0.2), "country": self._maybe("US", 0.2)}  # fmt: skip
        row = {"type": "settlement", "day": str((START + timedelta(days=self._random.randrange(DAYS))).date()),
               "revenue": self._money_of(), "occurred_at": f"{self._at().isoformat()}Z"}  # fmt: skip
        sender = self._one("feed_final", "feed_final", "feed")
        return sender, row | {name: value for name, value in cell.items() if value is not None}
