"""This module owns how creatives are chosen: a grid to tick them in, and the line of those that are compared."""

from collections.abc import Sequence

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components.aria import aria
from dashboard.config import Settings
from dashboard.filtering import period_values, where
from dashboard.look import Look, looking
from dashboard.pages.compare.picks import PATH, Pick, against, picked, rival, with_pick, without_pick
from dashboard.panels.panel import CREATIVE_ID, Column, Rows
from dashboard.reading import frame
from dashboard.state import PICKS_MAX, link, short

_SHAPES = ("●", "■", "◆", "▲", "✚", "★")  # the figures' shapes, in the same order
# S608: the condition is `filtering.where`'s; values are bound.
_RUNNING = """
select f.creative_id, any_value(c.creative_text) as text, sum(f.clicks)::bigint as clicks,
  sum(f.cost_direct + f.cost_allocated)::double as cost,
  sum(f.revenue_settled + f.revenue_provisional - f.refunds)::double as revenue,
  string_agg(distinct f.network, ', ' order by f.network) as networks
from facts_daily f join creatives c using (creative_id)
where f.day between $first and $last and /*filters*/
group by f.creative_id having sum(f.clicks) > 0
order by cost desc, revenue desc, f.creative_id limit 500
"""
COLUMNS = (
    Column("text", "Creative", width=430, wrap=True),
    Column("letter", "Letter", width=70),
    Column("networks", "Networks", width=130),
    Column("clicks", "Clicks", "count", width=90),
    Column("cost", "Spend", "money", width=100),
    Column("revenue", "Revenue", "money", width=100),
    Column("profit", "Profit", "money", width=100),
    CREATIVE_ID,
)


def choices(look: Look) -> Rows:
    """Creatives with clicks in the period, largest spend first; a tick picks, Enter compares with one more."""
    kept = where(look, "facts_daily", "f")
    running = frame(look.real, _RUNNING.replace("/*filters*/", kept.sql), {**period_values(look.period), **kept.values})
    letters = {pick.creative_id: pick.letter for pick in picked(look)}
    rows = [
        {"id": row["creative_id"], **{name: row[name] for name in ("text", "networks", "clicks", "cost", "revenue")},
         "profit": row["revenue"] - row["cost"], "letter": letters.get(row["creative_id"], ""),
         "href": (without_pick if row["creative_id"] in letters else with_pick)(look.state, row["creative_id"])}
        for row in running.to_dict("records")
    ]  # fmt: skip
    return Rows(COLUMNS, rows, note="The 500 with the largest spend." if len(rows) == 500 else "")


def head(look: Look) -> Component:
    """Who is compared, each with what can be done about it."""
    picks = picked(look)
    if len(picks) < 2:
        words = (
            "One creative is chosen: its two periods are compared. Choose another to compare it with."
            if picks
            else "Two periods of everything are compared. Tick two to six creatives below to compare them."
            if look.before is not None
            else "Nothing is compared yet: the data does not reach back to a second period, or no comparison is chosen."
            " Tick two to six creatives below."
        )
        return html.Div([html.P(words, role="status"), _line(look, picks)], className="picks")
    return html.Div(_line(look, picks), className="picks")


def register(app: Dash, settings: Settings) -> None:
    """Add the callback that tells the page's style how many are picked: without two, few panels have a say."""

    @app.callback(Output("compare-head", "className"), Input("view", "data"), Input("version", "data"))
    def few(view: str | None, _version: str) -> str:
        """The head's class."""
        if view is None:
            raise PreventUpdate
        return "head few" if len(picked(looking(settings, view))) < 2 else "head"


def _line(look: Look, picks: Sequence[Pick]) -> Component:
    chosen = rival(look, tuple(picks)) if len(picks) > 1 else None
    return html.Ul([_one(look, pick, pick == chosen and len(picks) > 2) for pick in picks], className="picked",
                   **aria(label="Creatives that are compared"))  # fmt: skip


def _one(look: Look, pick: Pick, told: bool) -> Component:
    several = len(look.state.pick) > 1
    acts: list[Component] = [_act(f"Remove {pick.letter}", without_pick(look.state, pick.creative_id))]
    if pick.place and several:
        acts.insert(0, _act(f"Hold the others against {pick.letter}", against(look.state, pick.creative_id)))
    if pick.place and len(look.state.pick) > 2:
        gap = _act(f"Show the gap of {pick.letter}", link(PATH, look.state, of=short(pick.creative_id)))
        acts.insert(0, html.Span("Its gap is shown", className="quiet") if told else gap)
    page = link("/creative", look.state, creative=short(pick.creative_id), pick=())
    return html.Li([
        html.Span(_SHAPES[pick.place % PICKS_MAX], className=f"line-{pick.place % PICKS_MAX}", **aria(hidden="true")),
        html.Strong(pick.letter),
        html.Div([dcc.Link(pick.text, href=page, className="pick-text"),
                  html.Div(acts, className="pick-acts")], className="pick-words", dir="auto"),
    ])  # fmt: skip


def _act(words: str, href: str) -> Component:
    made: Component = dcc.Link(words, href=href)
    return made
