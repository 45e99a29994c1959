"""This module owns what stands where no creative is chosen: a sentence, and the list to choose from by spend."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.figures.theme import blank
from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.pages.creative.aliases import counts_as
from dashboard.pages.creative.chosen import Chosen
from dashboard.panels.panel import CREATIVE_ID, Column, Drawn, Rows, Words
from dashboard.reading import frame, records
from dashboard.state import WINDOWS, link, short
from dashboard.words import VERDICTS

CHOICES_MAX = 200
_VERDICT_WINDOW = 7  # where the period is no window of the scorecard
NONE = "Choose a creative first: the list is at the top of the page."
_LIST = """
with spent as (
  select creative_id, sum(cost_direct + cost_allocated) as cost, sum(clicks) as clicks,
    sum(revenue_settled + revenue_provisional - refunds) as revenue
  from facts_daily where day between $first and $last and creative_id is not null and {filters}
  group by creative_id),
judged as (
  select creative_id, max_by(verdict, mature_cost) as verdict from verdicts where window_days = $days
  group by creative_id)
select creative_id, creative_text, verdict, cost::double as cost, revenue::double as revenue,
  (revenue - cost)::double as profit, clicks::bigint as clicks, count(*) over () as found
from spent join creatives using (creative_id) left join judged using (creative_id)
order by cost desc, clicks desc, creative_id limit $most"""
COLUMNS = (
    Column("text", "Creative", width=460, wrap=True),
    Column("verdict", "Verdict", width=130, tip="Of the campaign it spent most in"),
    Column("cost", "Spend", "money", 100, places=2),
    Column("revenue", "Revenue", "money", 100, places=2),
    Column("profit", "Profit", "money", 100, places=2),
    Column("clicks", "Clicks", "count", 90),
    CREATIVE_ID,
)


def verdict_window(look: Look) -> int:
    """The scorecard's window whose verdicts belong to the period: its own, else seven days."""
    return look.state.days if look.state.days in WINDOWS and look.state.days is not None else _VERDICT_WINDOW


def verdict_words(verdict: object) -> str:
    """A mark and a word: `▲ Winner`; a verdict is never told by colour alone."""
    word, mark = VERDICTS.get(str(verdict), ("No verdict yet", "·"))
    return f"{mark} {word}"


def fill(look: Look) -> Rows:
    """The creatives of the period within the filters, the largest spend first."""
    filters = where(look, "facts_daily")
    values = {**period_values(look.period), **filters.values, "days": verdict_window(look), "most": CHOICES_MAX}
    found = frame(look.real, _LIST.format(filters=filters.sql), values)
    rows = [
        {
            "id": row["creative_id"],
            "text": row["creative_text"],
            "verdict": verdict_words(row["verdict"]),
            **{name: row[name] for name in ("cost", "revenue", "profit", "clicks")},
            "href": link("/creative", look.state, creative=short(str(row["creative_id"]))),
        }
        for row in records(found)
    ]
    many = int(found["found"].iloc[0]) if len(found) else 0
    note = f"{numbers.count(many)} creatives with spend or traffic in this period, the largest spend first."
    if many > CHOICES_MAX:
        note += f" The first {CHOICES_MAX} are listed: search the text to find another one."
    return Rows(
        COLUMNS, rows, note, "No creative ran in this period with these filters. Widen the period, or clear a filter."
    )


def none_head(look: Look) -> Component:
    """The sentence above the list: nothing chosen, an id that counts as another one, or one that nobody has."""
    words: list[Component | str] = ["No creative is chosen."]
    if look.state.creative:
        other = counts_as(look, look.state.creative)
        words = [f"There is no creative {look.state.creative} in the published file."]
        if other is not None:
            way = link("/creative", look.state, creative=short(other[0]))
            words = [f"{look.state.creative} counts as another creative now: ", dcc.Link(other[1], href=way)]
    say = "Choose one of the list, by mouse or with the arrow keys and Enter; the search above finds a text."
    return html.Div([html.P(words, className="creative-none-words"), html.P(say, className="quiet")],
                    className="creative-none", role="status")  # fmt: skip


def nothing_drawn(look: Look) -> Drawn:
    """A figure while no creative is chosen."""
    return Drawn(blank(look.scheme), NONE)


def nothing_listed() -> Rows:
    """A grid while no creative is chosen."""
    return Rows((), (), "", NONE)


def nothing_said() -> Words:
    """Words while no creative is chosen."""
    return Words([html.P(NONE, className="quiet")])


def scope_words(network: object, campaign: object, country: object) -> str:
    """`facebook · 2384 · US`; what is not known is left out."""
    return " · ".join(part for part in (network, campaign, country) if isinstance(part, str) and part) or "unknown"


def title_of(creative: Chosen, length: int = 110) -> str:
    """The first words of a creative, to be called by."""
    words = " ".join(creative.text.split())
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"
