"""This module owns the told arbitrage world: three networks, two feeds, kept in dollars and the payout zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

from acceptance.business import CENT, DAYS, Business
from acceptance.buying import buy
from acceptance.feeds import NOISE_PERCENT, Earned, Sale, earn
from acceptance.observed import Creative
from acceptance.posting import post, settings
from acceptance.telling import Sums, Told
from journeys import Books

ZONE, CURRENCY = "America/Los_Angeles", "USD"


@dataclass
class Arbitrage(Told):
    """The world with what its feeds paid."""

    earned: Earned

    def creative(self, sale: Sale) -> Creative | None:
        """Whose sale it is, as far as that can be known."""
        return self.observed.creative(sale.click) if sale.click else None

    def revenue(self) -> Sums:
        """The revenue of each creative by what was stated and can be known."""
        sums, worth = Sums(), self.earned.paid()
        for sale, creative in self._of_people():
            sums.add(creative, worth[sale.sale_id])
        return sums

    def planted_revenue(self) -> Sums:
        """What each text really earned."""
        sums = Sums()
        for sale, _ in self._of_people():
            sums.add(planted(sale), Fraction(sale.final))
        return sums

    def revenue_error(self) -> Sums:
        """How far a text's revenue may lie from the planted one.

        Within a cell estimates stray by NOISE_PERCENT from what they become, so a share strays by at most twice that,
        and by its part of the cent to which the cell is rounded. Where the feed estimates nothing, where the cell is
        not settled yet, and where the text of the click is not known, it may be the whole of it.
        """
        sums, worth = Sums(), self.earned.paid()
        for sale, creative in self._of_people():
            final, stated = Fraction(sale.final), worth[sale.sale_id]
            if creative != planted(sale):
                sums.add(planted(sale), final)
                sums.add(creative, stated)
            elif sale.estimate and sale.cell in self.earned.cells:
                sums.add(creative, 2 * Fraction(NOISE_PERCENT, 100 - NOISE_PERCENT) * final + Fraction(CENT))
            else:
                sums.add(creative, max(final, stated))
        return sums

    def _of_people(self) -> Iterator[tuple[Sale, Creative]]:
        for sale in self.earned.sales:
            creative = self.creative(sale)
            if creative and sale.human:
                yield sale, creative


def planted(sale: Sale) -> Creative:
    """The text that really brought a sale."""
    assert sale.click is not None
    return "text", sale.click.text


def plant(seed: int, per_ad_day: int = 2, days: int = DAYS) -> Arbitrage:
    """The world alone: nothing is posted yet, and its books are none."""
    business, chance = Business(seed), Random(seed)
    bought = buy(business, chance, per_ad_day, days=days)
    return Arbitrage(business, bought, None, ZONE, CURRENCY, earn(business, bought, chance))  # type: ignore[arg-type]


def configured(world: Arbitrage, folder: Path) -> dict[str, object]:
    """Its whichad.toml, as values; the rates lie in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rates = folder / "rates.csv"
    rates.write_text(world.business.rates_csv(CURRENCY), encoding="utf-8")
    senders = {sender for sender, _ in world.bought.items + world.earned.items}
    return settings("arbitrage", ZONE, CURRENCY, rates, tuple(sorted(senders)))


def tell(folder: Path, seed: int, order: int, per_ad_day: int = 2) -> Arbitrage:
    """Plant a world, post it in an order and build it."""
    world = plant(seed, per_ad_day)
    world.books = post(Books(folder, **configured(world, folder)), world.bought.items + world.earned.items, order)
    return world
