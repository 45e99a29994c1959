"""This module owns the attribution windows: how far back a goal of a kind looks for clicks, and for views."""

from dataclasses import astuple, dataclass

from analytics.config import AnalyticsSettings

EVERY_KIND = "*"  # of every kind that has no windows of its own
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """One row of the table `windows`. `touch_types` is click, or click_view: then views of `view_days` count, too."""

    conversion_kind: str
    window_days: int
    touch_types: str
    view_days: int
    half_life_us: int
    headline: bool

    @property
    def row(self) -> tuple[object, ...]:
        """The values in the order of the table's columns."""
        return astuple(self)


def windows(settings: AnalyticsSettings) -> list[Window]:
    """The windows of every kind: the one of clicks and the lookback, among clicks and, unless off, among views."""
    own = {kind: each for kind, each in settings.conversions.items() if each.has_windows}
    return [window for kind in (EVERY_KIND, *sorted(own)) for window in _of_kind(settings, kind)]


def _of_kind(settings: AnalyticsSettings, kind: str) -> list[Window]:
    base, own = settings.attribution, settings.conversions.get(kind)
    click = own.click_window_days if own and own.click_window_days else base.click_window_days
    lookback = own.lookback_days if own and own.lookback_days else base.lookback_days
    views = own.view_window_days if own and own.view_window_days is not None else base.view_window_days
    headline = max(click, lookback) if settings.kind == "arbitrage" else click
    found = []
    for days in sorted({click, lookback}):
        half_life = base.half_life_days if isinstance(base.half_life_days, float) else days / 4
        for types, view_days in (("click", 0), ("click_view", views)):
            if types == "click" or views:
                is_headline = types == "click" and days == headline
                found.append(Window(kind, days, types, view_days, round(half_life * DAY_US), is_headline))
    return found
