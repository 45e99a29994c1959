"""This module owns the planted business: accounts in three zones and two currencies, ads, their texts, daily rates.

Nothing here or in its neighbours reads the product: the truth is Python's ints, Decimals and dates, and what the
product says is held against it.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

FIRST_DAY = date(2025, 10, 8)  # both ends of summer time lie within: Berlin's on 26 October, Los Angeles' on 2 November
DAYS = 45
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
AS_OF = datetime(2025, 11, 23, 12, 0)  # noqa: DTZ001 (stored times are naive UTC)
FRESH_DAYS = 2  # a feed's final statement comes that many days later
CENT = Decimal("0.01")
_NOUNS = "roof hybrid dental solar cruise mattress hearing garage kitchen window tractor piano diploma scooter"
_VERBS = "compare discover inspect borrow replace finance schedule restore upgrade measure"


@dataclass(frozen=True)
class Account:
    """An ad account; `sender` posts its reports, whose days are labels in `zone`."""

    network: str
    account_id: str
    currency: str
    zone: str

    @property
    def sender(self) -> str:
        """Who posts this account's reports."""
        return f"{self.network}_reports"


FACEBOOK = Account("facebook", "act_1", "USD", "America/Los_Angeles")
TIKTOK = Account("tiktok", "tt_7", "EUR", "Europe/Berlin")
TABOOLA = Account("taboola", "tb_3", "USD", "UTC")
ACCOUNTS = (FACEBOOK, TIKTOK, TABOOLA)
NAMES = {"facebook": ("facebook", "fb", "Meta"), "tiktok": ("tiktok", "tt"), "taboola": ("taboola",)}


@dataclass(frozen=True)
class Ad:
    """An ad and how it shows its texts: one, several in turn, two at once, none that anybody says, or only posted."""

    ad_id: str
    campaign_id: str
    account: Account
    mode: str  # single | turns | both | silent | posted
    texts: tuple[str, ...]
    feed: str = ""
    offer_id: str = ""

    def text(self, day: date, chance: Random) -> str:
        """What one click of that day (in the account's zone) saw."""
        if self.mode == "turns":
            return self.texts[(day - FIRST_DAY).days // 4 % len(self.texts)]
        return chance.choices(self.texts, weights=range(len(self.texts), 0, -1))[0]


@dataclass(frozen=True)
class Business:
    """One seed's accounts, ads and rates."""

    seed: int

    @cached_property
    def ads(self) -> tuple[Ad, ...]:
        """Six campaigns of four or five ads; every campaign's second text is shown by its neighbour, too."""
        words, chance = (
            [f"{verb} a {noun} near you" for noun in _NOUNS.split() for verb in _VERBS.split()],
            Random(self.seed),
        )
        chance.shuffle(words)
        made: list[Ad] = []
        feeds = ("tonic", "ads_com", "tonic", "tonic", "ads_com", "ads_com")
        for number, feed in enumerate(feeds):
            account, own = ACCOUNTS[number // 2], words[5 * number : 5 * number + 5]
            shared = words[5 * ((number + 1) % len(feeds)) + 1]
            campaign, offer = campaign_number(number), f"o-{11 + number // 3}" if feed == "tonic" else ""
            shown = {
                "single": own[:1], "turns": own[1:4], "both": [own[4], shared],
                "silent": [f"never said {number}"], "posted": [f"only posted for {account.network} {feed}"],
            }  # fmt: skip
            modes = ("single", "turns", "both", "silent" if number % 2 else "posted")
            made += [Ad(f"{campaign}-{mode}", campaign, account, mode, tuple(shown[mode]), feed, offer)
                     for mode in modes]  # fmt: skip
        return tuple(made)

    def rate(self, day: date, currency: str, into: str) -> Decimal:
        """What one unit of a currency was worth on a day; other days, other rates."""
        if currency == into:
            return Decimal(1)
        euro = Decimal("1.08") + Decimal((day.toordinal() * 7919 + self.seed) % 997) / Decimal(10_000)
        return euro if into == "USD" else (1 / euro).quantize(Decimal("0.000001"))

    def rates_csv(self, into: str) -> str:
        """The file of `[currencies] rates`."""
        days = [FIRST_DAY + timedelta(days=number) for number in range(-2, DAYS + 3)]
        other = "EUR" if into == "USD" else "USD"
        return (
            "\n".join(["day,currency,rate", *(f"{day},{other},{self.rate(day, other, into)}" for day in days)]) + "\n"
        )


def campaign_number(number: int) -> str:
    """A campaign's number as the platforms write them: digits, too many for a float."""
    return str(120_200_000_000_000_000 + number)


def creative_id(text: str) -> str:
    """rac/1 for the plain texts of this world: `rac1_` and the hash of the folded text."""
    return "rac1_" + hashlib.sha256(f"rac1\0{text.casefold()}".encode()).hexdigest()[:32]


def label(at: datetime, zone: str) -> date:
    """The day of a moment (naive UTC) in a zone."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def moment(day: date, zone: str, share: float) -> datetime:
    """A moment of a day in a zone, as naive UTC; days are 23 to 25 hours long."""
    begin, end = (datetime(each.year, each.month, each.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
                  for each in (day, day + timedelta(days=1)))  # fmt: skip
    return (begin + timedelta(seconds=int((end - begin).total_seconds() * share))).replace(tzinfo=None)
