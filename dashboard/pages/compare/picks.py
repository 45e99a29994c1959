"""This module owns who is compared: the creatives that the state picks, and the ways to other choices."""

from dataclasses import dataclass, replace

from dashboard.look import Look
from dashboard.reading import rows
from dashboard.state import PICKS_MAX, State, link, short

PATH = "/compare"
_NAMED = """
select creative_id, creative_text, identity_by from creatives
where split_part(creative_id, '_', 1) || '_' || left(split_part(creative_id, '_', 2), 8)
  in (select unnest($shorts::varchar[]))
order by creative_id
"""


@dataclass(frozen=True)
class Pick:
    """One creative that was picked; `place` (from 0) gives it its letter, shape and colour everywhere on the page."""

    creative_id: str
    text: str
    place: int

    @property
    def letter(self) -> str:
        """A, B … F: how grids and captions name it."""
        return chr(ord("A") + self.place)


def picked(look: Look) -> tuple[Pick, ...]:
    """The picked creatives that exist, in the order of picking; the first is what the others are held against."""
    if not look.state.pick:
        return ()
    found = {
        short(str(creative_id)): (str(creative_id), str(text))
        for creative_id, text, _ in reversed(rows(look.real, _NAMED, {"shorts": list(look.state.pick)}))
    }
    known = [found[name] for name in look.state.pick if name in found]
    return tuple(Pick(*each, place) for place, each in enumerate(known))


def of_picks(look: Look) -> Look:
    """The same look without the text search and the verdict: who is picked was picked, whatever else is searched."""
    return replace(look, state=replace(look.state, text=None, verdict=None))


def with_pick(state: State, creative_id: str) -> str:
    """The address of this page with one more creative; the newest takes the place of the last where it is full."""
    kept = tuple(name for name in state.pick if name != short(creative_id))[: PICKS_MAX - 1]
    return link(PATH, state, pick=(*kept, short(creative_id)))


def without_pick(state: State, creative_id: str) -> str:
    """The address of this page with one less."""
    return link(PATH, state, pick=tuple(name for name in state.pick if name != short(creative_id)))


def against(state: State, creative_id: str) -> str:
    """The address of this page with this creative first: the one that the others are held against."""
    return link(PATH, state, pick=(short(creative_id), *(name for name in state.pick if name != short(creative_id))))


def rival(look: Look, picks: tuple[Pick, ...]) -> Pick:
    """Of several, which one the gap is told of: the chosen one, else the second."""
    return next((pick for pick in picks[1:] if short(pick.creative_id) == look.state.of), picks[1])
