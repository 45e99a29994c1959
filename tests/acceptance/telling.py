"""This module owns a told world: planted, posted and built, beside what is known and what is true of its creatives."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from acceptance.business import Business, creative_id
from acceptance.buying import Bought
from acceptance.observed import Creative, Observed, Paid
from journeys import Books

COST = "cost_direct + cost_allocated"
REVENUE = "revenue_settled + revenue_provisional - refunds"
MICRO = Fraction(1, 1_000_000)


@dataclass
class Sums:
    """Exact money per creative, and of how many shares it is made: each was rounded to a millionth, once or twice."""

    amounts: dict[Any, Fraction] = field(default_factory=dict)
    shares: Counter[Any] = field(default_factory=Counter)

    def add(self, key: Any, amount: Fraction) -> None:
        """One share more."""
        self.amounts[key] = self.amounts.get(key, Fraction(0)) + amount
        self.shares[key] += 1

    def of(self, key: Any) -> Fraction:
        """What it got, perhaps nothing."""
        return self.amounts.get(key, Fraction(0))

    def off(self, found: dict[Any, Fraction]) -> dict[Any, tuple[float, float]]:
        """Where what was found is something else, beyond the rounding: (found, expected)."""
        return {key: (float(found.get(key, 0)), float(self.of(key))) for key in found.keys() | self.amounts.keys()
                if abs(found.get(key, 0) - self.of(key)) > 2 * self.shares[key] * MICRO}  # fmt: skip


@dataclass
class Told:
    """A world, what was posted of it, and the books made of that, in a zone and a currency."""

    business: Business
    bought: Bought
    books: Books
    zone: str
    currency: str

    @cached_property
    def observed(self) -> Observed:
        """What can be known of the clicks."""
        return Observed(self.business, self.bought, dict.fromkeys(("facebook", "tiktok", "taboola"), self.zone))

    @cached_property
    def named(self) -> dict[str, Creative]:
        """The creatives of the books by what this world calls them."""
        texts = {creative_id(text): ("text", text) for ad in self.business.ads for text in ad.texts}
        rows = self.books.query("select distinct f.creative_id, f.ad_id from facts_daily f join creatives c"
                                " on c.creative_id = f.creative_id where c.identity_by = 'ad'")  # fmt: skip
        return texts | {creative: ("ad", ad_id) for creative, ad_id in rows}

    def of_creatives(self, money: str) -> dict[Creative, Fraction]:
        """A sum of the facts, per creative; those without are left out."""
        rows = self.books.query(f"select creative_id, sum({money}) as amount from facts_daily"
                                " where creative_id is not null group by 1 having amount <> 0")  # fmt: skip
        return {self.named[creative]: Fraction(amount) for creative, amount in rows}

    def rate(self, paid: Paid) -> Fraction:
        """What the money of an ad-day was worth in the reporting currency."""
        return Fraction(self.business.rate(paid.day, paid.account.currency, self.currency))

    @property
    def texts(self) -> list[Creative]:
        """The planted texts, but for those that nobody ever says: for these, their ads stand."""
        silent = {text for ad in self.business.ads if ad.mode == "silent" for text in ad.texts}
        return sorted({("text", text) for ad in self.business.ads for text in ad.texts if text not in silent})

    def strayed(self, money: str, planted: Sums) -> Fraction:
        """How much of some money of the facts stands at another text than the planted one, as a share of all of it."""
        found = self.of_creatives(money)
        off = sum(abs(found.get(text, 0) - planted.of(text)) for text in self.texts)
        return Fraction(off) / sum(planted.of(text) for text in self.texts)

    def cost(self) -> Sums:
        """The cost of each creative by what was stated and can be known."""
        sums = Sums()
        for paid in self.observed.paid():
            for creative, share in paid.shares.items():
                sums.add(creative, share * self.rate(paid))
        return sums

    def planted_cost(self) -> Sums:
        """What each text really cost."""
        sums = Sums()
        for paid in self.observed.paid():
            for text, amount in paid.planted.items():
                sums.add(("text", text), Fraction(amount) * self.rate(paid))
        return sums

    def cost_error(self) -> Sums:
        """How far a text's cost may lie from the planted one: nothing where an ad-day is known to show one text, else
        what that ad-day cost."""
        sums = Sums()
        for paid in self.observed.paid():
            told = {creative for creative in paid.weights if creative and creative[0] == "text"}
            planted = {("text", text) for text in paid.planted}
            if len(told) > 1 or told != planted:
                for creative in told | planted:
                    sums.add(creative, Fraction(paid.cost) * self.rate(paid))
        return sums
