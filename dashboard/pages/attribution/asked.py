"""This module owns what is asked of attribution: a kind of conversion, a rule and its window, and the headline beside.

Only what the published ledger has is offered; what a URL asks for and the ledger lacks falls back to the headline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from analytics.inputs.windows import windows
from dashboard.look import Look
from dashboard.reading import rows
from dashboard.rule_words import Told, told

_OTHERS = ("linear", "first_touch", "last_touch", "last_paid", "same_click")
_THERE = """
select distinct rule, window_days, touch_types, conversion_kind from attribution_ledger where bucket = 'total'
"""
_MONEY = """
select conversion_kind, max(abs(revenue)) > 0, max(conversions) from attribution_ledger where bucket = 'total'
group by conversion_kind order by max(conversions) desc, conversion_kind
"""
_NOBODY = "none yet"
COUNTED = "/number"  # ends the choice of a kind by the number of its conversions instead of by its money
KIND_WORDS = {"ad_click": "Ad clicks", "purchase": "Purchases", "lead": "Leads"}


@dataclass(frozen=True)
class Asked:
    """A rule and window, held against another (the headline, unless that is what was asked for).

    `measure` is `revenue`, or `conversions` where this kind brings no money or conversions were asked for.
    """

    kind: str
    base: tuple[str, int]
    other: tuple[str, int]
    headline: tuple[str, int]
    rules: Mapping[str, Told]
    windows: tuple[int, ...]
    kinds: Mapping[str, bool]  # whether the kind brings money
    views: bool
    basis: str
    measure: str

    @property
    def unit(self) -> Literal["money", "number"]:
        """Of the measure."""
        return "money" if self.measure == "revenue" else "number"

    def name(self, which: tuple[str, int]) -> str:
        """`Linear, 7 days`; the window only where there are several."""
        title = self.title(which[0])
        return f"{title}, {which[1]} days" if len(self.windows) > 1 else title

    def title(self, rule: str) -> str:
        """A rule as people say it."""
        return self.rules[rule].title if rule in self.rules else rule

    def means(self, rule: str) -> str:
        """Who earns what under a rule."""
        return self.rules[rule].means if rule in self.rules else ""


def asked(look: Look) -> Asked | None:
    """What the state asks for of what there is; None where no conversion has been told yet."""
    there = rows(look.real, _THERE)
    kinds = {str(kind): bool(paid) for kind, paid, _ in rows(look.real, _MONEY)}
    if not there or not kinds:
        return None
    kind = _kind(look, tuple(kinds))
    own = [row for row in there if row[3] == kind]
    every = told(look.real)
    rules = {rule: every[rule] for rule in every if rule in {row[0] for row in own}}
    days = tuple(sorted({int(str(row[1])) for row in own}))
    headline = (look.fresh.headline_rule, _headline_window(look, kind, days))
    counted = str(look.state.of).endswith(COUNTED) or not kinds[kind]
    chosen = (
        look.state.rule if look.state.rule in rules else headline[0],
        look.state.window if look.state.window in days else headline[1],
    )
    if chosen == headline:
        chosen = (next((rule for rule in _OTHERS if rule in rules and rule != headline[0]), headline[0]), headline[1])
    views = any(row[2] == "click_view" for row in own)
    return Asked(kind, headline, chosen, headline, rules, days, kinds, views, look.state.basis,
                 "conversions" if counted else "revenue")  # fmt: skip


def rule_choices(look: Look) -> Sequence[tuple[str, str]]:
    """The rules of the ledger; not the headline in its own window, which would be held against itself."""
    found = asked(look)
    if found is None:
        return []
    itself = found.headline[0] if look.state.window in (None, found.headline[1]) else None
    return [(rule, each.title) for rule, each in found.rules.items() if rule != itself]


def window_choices(look: Look) -> Sequence[tuple[str, str]]:
    """The windows of the ledger for this kind of conversion."""
    found = asked(look)
    return [(str(days), f"{days} days") for days in found.windows] if found else []


def kind_choices(look: Look) -> Sequence[tuple[str, str]]:
    """The kinds of conversion, each by its money and by its number: kinds are never summed, so one is chosen."""
    found = asked(look)
    if found is None:
        return []
    return [
        choice
        for kind, paid in found.kinds.items()
        for choice in ([(kind, f"{kind_words(kind)}: revenue")] if paid else [])
        + [(kind + (COUNTED if paid else ""), f"{kind_words(kind)}: number")]
    ]


def rule_in_use(look: Look) -> str:
    """The rule that is held against the headline while none is chosen."""
    found = asked(look)
    return found.title(found.other[0]) if found else _NOBODY


def window_in_use(look: Look) -> str:
    """Its window."""
    found = asked(look)
    return f"{found.other[1]} days" if found else _NOBODY


def kind_in_use(look: Look) -> str:
    """The kind of conversion that is drawn while none is chosen, and by what."""
    found = asked(look)
    return f"{kind_words(found.kind)}: {'revenue' if found.measure == 'revenue' else 'number'}" if found else _NOBODY


def kind_words(kind: str) -> str:
    """A kind as people say it."""
    return KIND_WORDS.get(kind) or kind.replace("_", " ").capitalize()


def _kind(look: Look, kinds: tuple[str, ...]) -> str:
    wanted = (look.state.of or "").removesuffix(COUNTED)
    if wanted in kinds:
        return wanted
    main = "ad_click" if look.fresh.kind == "arbitrage" else look.fresh.conversion_kind
    return main if main in kinds else kinds[0]


def _headline_window(look: Look, kind: str, there: tuple[int, ...]) -> int:
    """The window that headline numbers read, as the settings say; of what is there the nearest."""
    settings = look.settings.model_copy(update={"kind": look.fresh.kind})
    told = [each for each in windows(settings) if each.headline and each.conversion_kind in (kind, "*")]
    told.sort(key=lambda each: each.conversion_kind == "*")
    wanted = told[0].window_days if told else max(there)
    return min(there, key=lambda days: abs(days - wanted))
