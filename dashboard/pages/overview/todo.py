"""This module owns the thumbs: how many creatives to scale, keep, fix or cut, each a link to its part of the list."""

from dash import html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.look import Look
from dashboard.maturity import meaning
from dashboard.pages.overview.verdicts import THUMBS, Thumb, counted, judged_in
from dashboard.pages.overview.window import cut_by, judged, window_of
from dashboard.panels.panel import Panel, Words
from dashboard.state import WINDOWS, link

_NO_WINDOW = "Verdicts are of 1, 3, 7, 14, 28 or all days up to today: choose one of these to see what to do."


def fill(look: Look) -> Words:
    """The thumbs with their counts and the spend behind them; a sentence where there are no verdicts."""
    if not judged(look):
        return Words([html.P(_unjudged(look), className="quiet")])
    found = judged_in(look, window_of(look) or 0)
    many = counted(found)
    spent = found.groupby("thumb")["cost"].sum()
    everyone = int(found["creative_id"].nunique())
    items = [_item(look, "", "All", everyone, "every creative with a verdict", float(found["cost"].sum()))]
    items += [_thumb(look, thumb, many[thumb.show], float(spent.get(thumb.show, 0.0))) for thumb in THUMBS]
    parts: list[Component] = [html.Ul(items, className="thumbs", **aria(label="What to do: creatives and spend"))]
    sentences = [*_several(sum(many.values()) - everyone), *_elsewhere(look, many)]
    return Words([*parts, *(html.P(sentence, className="caption") for sentence in sentences)])


def _thumb(look: Look, thumb: Thumb, many: int, spent: float) -> Component:
    return _item(look, thumb.show, thumb.title, many, thumb.means, spent)


def _item(look: Look, show: str, title: str, many: int, means: str, spent: float) -> Component:
    chosen = look.state.show == show
    words = [
        html.Span(f"{many:,}", className="thumb-number"),
        html.Span(title, className="thumb-title"),
        html.Span(f"{numbers.money(spent, look.fresh.currency)} spent", className="thumb-spent"),
    ]
    made = html.A(
        words,
        href=link("/", look.state, **{**kept(look), "show": show}),
        className=f"thumb thumb-{show or 'all'}{' chosen' if chosen else ''}{'' if many else ' nobody'}",
        title=means[:1].upper() + means[1:],
    )
    return html.Li(made, **(aria(current="true") if chosen else {}))


def kept(look: Look) -> dict[str, object]:
    """What of the state another view of this page keeps beside period and filters."""
    return {"metric": look.state.metric, "sort": look.state.sort, "by": look.state.by, "pick": look.state.pick}


def _several(surplus: int) -> list[str]:
    if surplus < 1:
        return []
    return ["A creative that runs in several campaigns can stand under more than one word."]


def _elsewhere(look: Look, many: dict[str, int]) -> list[str]:
    """Where everything is too early, the shortest longer window in which something is not."""
    if any(number for show, number in many.items() if show != "wait"):
        return []
    days = window_of(look) or 0
    longer = [window for window in WINDOWS if (window > days or window == 0) and days != 0]
    for window in longer:
        told = sum(number for show, number in counted(judged_in(look, window)).items() if show != "wait")
        if told:
            name = f"{window} days" if window else "all days"
            have = "creative has" if told == 1 else "creatives have"
            return [f"Over {name} {told:,} {have} a verdict that says something: {meaning(look)}, so "
                    "short periods say little."]  # fmt: skip
    return []


def _unjudged(look: Look) -> str:
    names = ", ".join(f"the {name}" for name in cut_by(look))
    return f"Filtered: no verdict looks inside {names}. Clear it to see what to do." if names else _NO_WINDOW


PANEL = Panel("overview-todo", "What to do", "words", "verdicts", fill)
