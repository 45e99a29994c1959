"""This module owns why a touch did not count, in words: what is no touch of a goal, and what earns nothing of it.

Nothing is decided here: shares are those of `credits`. What the models left out is found out from what they say.
"""

from dataclasses import dataclass

from analytics.explain.journey import Goal, Known, Line, Scope, Touch
from analytics.inputs.windows import DAY_US

_STEPS = ("landing_view", "search_click", "results_view")
_GOALS = ("conversion", "ad_click")
_MONEY = ("revenue", "refund")
VIEWS = "click_view"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something earns nothing: a code to count by, and the sentence."""

    code: str
    words: str


THE_GOAL = Reason("goal", "this is the goal")
_WHOLE = {"removed": "its network ({network}) is left out of journeys: [attribution] remove_networks",
          "before_last_goal": "before the visitor's last goal of this kind: after_conversion = restart"}  # fmt: skip
_RULES = {
    "first_touch": Reason("not_first", "not the first touch of the journey"),
    "last_touch": Reason("not_last", "not the last touch of the journey"),
}

_NO_PART = {
    "position_based": "its place in the journey has a part of nothing: [attribution] position_based",
    "time_decay": "so long before the goal that less than a millionth is left: [attribution] half_life_days",
    "markov": "its creative has no removal effect beside those of the others: nothing was lost without it, or the fit"
    " does not know it yet",
    "shapley": "its creative's Shapley value is nothing: journeys with it convert no more often than without it",
}


def touch_of(line: Line, known: Known) -> Touch | None:
    """The touch of the goal that an interaction is; None where it is none."""
    kind = {"click": "click", "impression": "view"}.get(line.type)
    kind = "goal" if line.key_hash == known.goal.goal_id else kind
    key = (kind, line.sender, line.id)
    return next((touch for touch in known.touches if (touch.touch_type, touch.sender, touch.id) == key), None)


def no_touch(line: Line, known: Known) -> Reason:
    """Why an interaction is no touch of the goal, whatever the rule and the window."""
    goal = known.goal
    if line.key_hash == goal.goal_id:
        return THE_GOAL
    if line.type not in ("click", "impression"):
        return _of_another_sort(line, known)
    if goal.traffic != "human":
        return Reason("goal_non_human", f"the goal itself is not a person's: its traffic is {goal.traffic}")
    if line.occurred_us > goal.occurred_us and not _is_own_click(line, goal):
        return Reason("after_goal", "after the goal")
    if line.traffic != "human":
        return Reason("non_human", f"not a person: its traffic is {line.traffic}")
    if told := _told_again(line):
        return told
    if not line.has_identity:
        return Reason("no_identity", "it shows no ad: it brought no text, and no ad by which one is known")
    if not _is_own_click(line, goal) and (line.visitor is None or line.visitor != goal.visitor):
        return Reason("other_visitor", f"it names {'another' if line.visitor else 'no'} visitor")
    if known.is_crowd and not _is_own_click(line, goal):
        return Reason("crowd", "the visitor's id stands for a crowd: more clicks than a person makes")
    return _too_long_ago(line, known)


def _of_another_sort(line: Line, known: Known) -> Reason:
    if line.type in _STEPS:
        return Reason("step", "a step after a click: the click is the touch")
    if line.key_hash in {each.key_hash for each in known.statements}:
        if line.type in _GOALS:
            return Reason("told_again", f"the same goal told again: {known.goal.sender} counts it")
        return Reason("money", "speaks of the goal's money")
    if line.type in _MONEY:
        return Reason("money", "speaks of another goal's money")
    return Reason("own_goal", "a goal of its own, and goals are no touches")


def _told_again(line: Line) -> Reason | None:
    """A click_id is one click, and a step with a system of record is counted there."""
    if line.type == "click" and line.spine_id is not None:
        if (line.spine_sender, line.spine_id) == (line.sender, line.id):
            return None
        other = f"{line.spine_id} of {line.spine_sender}"
        how = "the same click_id twice" if line.spine_sender == line.sender else "the same click told by another sender"
        return Reason("told_again", f"{how}: {other} counts")
    if line.step_sender not in (None, line.sender):
        return Reason("told_again", f"{line.type}s are counted from {line.step_sender}: [steps.{line.type}]")
    return None


def _too_long_ago(line: Line, known: Known) -> Reason:
    lag_us, (days, view_days) = known.goal.occurred_us - line.occurred_us, known.reach
    if line.type == "impression":
        if not view_days:
            return Reason("views_off", "views are off: [attribution] view_window_days = 0")
        if lag_us > view_days * DAY_US:
            return _outside_view(view_days, lag_us)
    elif lag_us > days * DAY_US:
        return _outside(days, known.goal.kind, lag_us)
    return Reason("unknown", "the models did not join it with the goal")


def under(rule: str, scope: Scope, touch: Touch, known: Known, path: str) -> Reason:
    """Why a touch earns nothing of the goal under a rule within a scope; `path` is the setting of that name."""
    days, types = scope
    view_days = known.scopes[scope]
    if touch.touch_type == "view" and types != VIEWS:
        return Reason("only_clicks", "a view, and only clicks are read here")
    if touch.touch_type == "view" and touch.lag_us > view_days * DAY_US:
        return _outside_view(view_days, touch.lag_us)
    if touch.lag_us > days * DAY_US:
        return _outside(days, known.goal.kind, touch.lag_us)
    if rule == "same_click":
        return Reason("not_same_click", "only the click that the money names counts")
    if rule == "last_paid":
        return _not_last_paid(touch, scope, known)
    if touch.left_out:
        return Reason(touch.left_out, _WHOLE.get(touch.left_out, touch.left_out).format(network=touch.network))
    clicks = [each for each in _within(scope, known) if each.touch_type != "view" and not each.left_out]
    if touch.touch_type == "view" and clicks:
        return Reason("click_beats_view", "a click beats a view")
    if (scope, touch.position) not in known.kept:
        return _repeated(path)
    return _RULES.get(rule) or no_part(rule)


def no_part(rule: str) -> Reason:
    """Why a touch that a rule reads has a weight of nothing under it."""
    return Reason("no_part", _NO_PART.get(rule, "its part under {rule} is nothing").format(rule=rule))


def _not_last_paid(touch: Touch, scope: Scope, known: Known) -> Reason:
    if not touch.paid:
        return Reason("not_paid", f"nobody paid for it: its network is {touch.network}")
    if touch.touch_type == "view" and any(each.touch_type != "view" and each.paid for each in _within(scope, known)):
        return Reason("click_beats_view", "a click beats a view")
    return Reason("later_paid", "a later paid touch has it")


def _repeated(path: str) -> Reason:
    how = {"collapse": "the creative was touched right before: [attribution] path = collapse",
           "first": "not the first touch of its creative: [attribution] path = first"}  # fmt: skip
    return Reason("repeated", how.get(path, "its creative was touched before: [attribution] path"))


def _within(scope: Scope, known: Known) -> list[Touch]:
    """The touches that a scope reaches."""
    reach = {"view": known.scopes[scope] if scope[1] == VIEWS else -1}
    return [each for each in known.touches if each.lag_us <= reach.get(each.touch_type, scope[0]) * DAY_US]


def _is_own_click(line: Line, goal: Goal) -> bool:
    return line.type == "click" and line.click_id is not None and line.click_id == goal.click_id


def _outside(days: int, kind: str, lag_us: int) -> Reason:
    plural = "" if days == 1 else "s"
    return Reason(
        "outside_window", f"outside the window of {days} day{plural} of {kind}: {ago(lag_us)} before the goal"
    )


def _outside_view(days: int, lag_us: int) -> Reason:
    plural = "" if days == 1 else "s"
    return Reason(
        "outside_view_window", f"outside the view window of {days} day{plural}: {ago(lag_us)} before the goal"
    )


def ago(lag_us: int) -> str:
    """A span of time for people, in its two largest units, rounded: 3 d 2 h."""
    if seconds_of(lag_us) < 0:
        return f"-{ago(-lag_us)}"
    if lag_us >= DAY_US and 0 < lag_us % DAY_US < 60_000_000:  # a window ends to the microsecond
        return f"just over {lag_us // DAY_US} d"
    sizes = [size for size, _, _ in _split(seconds_of(lag_us))]
    least = sizes[:2][-1] if sizes else 1
    told = _split((seconds_of(lag_us) + least // 2) // least * least)
    return " ".join(f"{count} {unit}" for _, unit, count in told) or "0 s"


def seconds_of(lag_us: int) -> int:
    """Microseconds as seconds, rounded to the nearest."""
    return (lag_us + 500_000) // 1_000_000


def _split(seconds: int) -> list[tuple[int, str, int]]:
    """The units of which there are any: size in seconds, name, how many."""
    found = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if seconds >= size:
            found.append((size, unit, seconds // size))
        seconds %= size
    return found
