"""This module owns the queries of who said what: per day, and per campaign, with the gap and its named parts."""

from dataclasses import dataclass

import pandas as pd

from dashboard import reading
from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.panels.panel import Unit

ROWS_MAX = 500


@dataclass(frozen=True)
class Part:
    """A named part of a gap: its column, its title, and how a sentence says it."""

    column: str
    title: str
    said: str


PARTS = (
    Part("part_time_zone", "Time zone", "on another day in its time zone"),
    Part("part_non_human", "Not human", "of no person"),
    Part("part_no_identity", "No campaign named", "without a campaign"),
    Part("part_late", "After its statement", "after its statement was made"),
    Part("part_not_settled", "Nothing final yet", "without a final word yet"),
    Part("part_duplicates", "Told again", "told again by another sender"),
    Part("part_other_currency", "Other currency", "in another currency"),
    Part("part_claimed", "The ad account's own attribution", "by the ad account's own attribution"),
    Part("part_unexplained", "Unexplained", "without an explanation"),
)
MEASURES: dict[str, tuple[str, Unit]] = {
    "clicks": ("Clicks", "count"),
    "conversions": ("Conversions", "count"),
    "spend": ("Spend", "money"),
    "revenue": ("Revenue", "money"),
}
SAYERS = {"platform": "Ad account", "feed": "Feed", "tracker": "Shop or tracker"}


@dataclass(frozen=True)
class Choice:
    """What is reconciled: a measure and, of money, in which currency."""

    measure: str
    currency: str

    @property
    def key(self) -> str:
        """How the URL spells it: `clicks`, `revenue`, `revenue-EUR`."""
        return f"{self.measure}-{self.currency}" if self.currency else self.measure

    @property
    def unit(self) -> Unit:
        """The unit of its numbers."""
        return MEASURES[self.measure][1]

    @property
    def title(self) -> str:
        """As the control says it; another currency than the reporting one is named."""
        return f"{MEASURES[self.measure][0]}{f' in {self.currency}' if self.currency else ''}"


_SAID = "sum(platform_said)::double as platform, sum(feed_said)::double as feed, sum(tracker_said)::double as tracker"
_PARTS = ", ".join(f"sum({part.column})::double as {part.column}" for part in PARTS)
_SUMS = f"{_SAID}, sum(observed)::double as observed, sum(gap)::double as gap, {_PARTS}"
_WHOLE = " + ".join(part.column for part in PARTS)
# Counts have no currency; of money the reporting currency is the one that an empty choice means.
_OURS = """measure = $measure and (currency is null or currency = $currency)
  and day between $first and $last and {where}"""
_CHOICES = """select distinct measure, currency from reconciliation"""
_DAYS = "select day, {sums} from reconciliation where {ours} group by day order by day"
_CAMPAIGNS = """select network, account_id, campaign_id, against, count(distinct day)::bigint as days, {sums}
from reconciliation where {ours} group by network, account_id, campaign_id, against
order by abs(sum(gap)) desc nulls last, network, account_id, campaign_id, against limit {most}"""
_CELLS = """select day, network, account_id, campaign_id, against, {sums}
from reconciliation where {ours} and gap <> 0 group by day, network, account_id, campaign_id, against
order by abs(sum(gap)) desc, day desc, network, account_id, campaign_id limit {most}"""
_EXACT = """select count(*)::bigint, count(*) filter (where gap = {whole})::bigint, count(gap)::bigint
from reconciliation where {ours}"""


def choices(look: Look) -> list[Choice]:
    """What can be reconciled here, in the order of the funnel."""
    found = reading.rows(look.real, _CHOICES, {})
    own = look.fresh.currency
    pairs = {(str(measure), "" if currency in (None, own) else str(currency)) for measure, currency in found}
    return [
        Choice(measure, currency) for measure in MEASURES for currency in sorted(c for m, c in pairs if m == measure)
    ]


def chosen(look: Look) -> Choice:
    """What the visitor chose, else the first that there is."""
    offered = choices(look)
    return next(
        (each for each in offered if each.key == look.state.of), offered[0] if offered else Choice("clicks", "")
    )


def days(look: Look, choice: Choice) -> pd.DataFrame:
    """One row per day: what each said, `observed`, `gap` and the parts (NaN where nobody said anything)."""
    return _asked(look, choice, _DAYS)


def campaigns(look: Look, choice: Choice) -> pd.DataFrame:
    """One row per campaign and whose word it is measured by, the largest gap first; at most 500."""
    return _asked(look, choice, _CAMPAIGNS)


def cells(look: Look, choice: Choice) -> pd.DataFrame:
    """The rows of the mart that have a gap, the largest first; at most 500."""
    return _asked(look, choice, _CELLS)


def exact(look: Look, choice: Choice) -> tuple[int, bool]:
    """(rows with a gap to explain, whether the parts add up to it in each of them), in exact decimals."""
    sql, values = _bound(look, choice, _EXACT)
    ((_rows, equal, told),) = reading.rows(look.real, sql, values)
    return int(str(told)), equal == told


def _asked(look: Look, choice: Choice, sql: str) -> pd.DataFrame:
    return reading.frame(look.real, *_bound(look, choice, sql))


def _bound(look: Look, choice: Choice, sql: str) -> tuple[str, dict[str, object]]:
    kept = where(look, "reconciliation")
    own = {"measure": choice.measure, "currency": choice.currency or look.fresh.currency}
    made = sql.format(sums=_SUMS, whole=_WHOLE, ours=_OURS.format(where=kept.sql), most=ROWS_MAX)
    return made, {**kept.values, **period_values(look.period), **own}
