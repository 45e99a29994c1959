"""This module owns why a goal is nobody's, in words, and what to do: by the last build's reason and by its journey."""

from analytics.causes import cause_of
from analytics.explain.explained import Explained
from analytics.explain.journey import Scope

# Why a goal is nobody's, in words; codes as in attribution_ledger.
NOBODY = {
    "no_id": "it names neither a click nor a visitor", "no_touch": "no touch is known before it",
    "no_identity": "what came before it shows no ad", "outside_window": "its touches are outside the window",
    "no_paid_touch": "nobody paid for what came before it", "no_same_click": "its money names no click",
    "only_views": "it follows views only", "left_out": "the settings leave all of its touches out",
    "non_human": "it is not a person's", "not_credited": "the last build says nothing of it",
}  # fmt: skip
_DO = {
    "only_views": "Nothing to mend: the rows with views credit it.",
    "left_out": "If that is not meant, see [attribution] remove_networks and after_conversion.",
    "non_human": "Nothing counts it. If it is a person's, see what the sender says of its traffic.",
    "no_identity": "Send referrerAdCreative or ad_id with every click, or post what the ads show as `ad`.",
}
_UNKNOWN_CLICK = "the click that it names never came here"
_CROWD = ("its visitor id stands for a crowd, more clicks than a person makes",
          "Send an id of each visitor's own, or the click_id, with clicks and conversions.")  # fmt: skip
# What a journey without a touch shows, by the code of its interactions: in words, and what to do.
_SHOWN = {
    "non_human": ("what came before it is not a person's",
                  "If it is, see what its sender says of its traffic; else nothing is to mend."),
    "no_identity": (NOBODY["no_identity"], _DO["no_identity"]),
    "outside_view_window": ("its views are outside the view window",
                            "If views work that long, raise view_window_days; the headline reads clicks alone."),
    "views_off": ("it follows views only, and views are off",
                  "If views shall count, set [attribution] view_window_days; the headline reads clicks alone."),
    "step": ("steps after a click came, and their click did not", "Post the clicks, too."),
}  # fmt: skip
# Where nothing else is shown.
_AFTER = ("what is known of its visitor came after it",
          "If it came before, see that occurred_at is told by the same clock on both sides.")  # fmt: skip


def nobody(of: Explained, scope: Scope, rule: str) -> str:
    """The code of why a rule credits nobody."""
    unlisted = "non_human" if of.known.goal.traffic != "human" else "not_credited"
    return of.known.nobody.get((scope, rule), (unlisted, ""))[0]


def why_nobody(of: Explained, scope: Scope, rule: str) -> str:
    """Why a rule credits nobody, in words that fit the goal and its journey."""
    reason, goal = nobody(of, scope, rule), of.known.goal
    if reason == "no_id" and of.known.is_crowd:
        return f"{_CROWD[0]}, and it names no click"
    if reason == "no_same_click" and goal.click_id is not None:
        return _UNKNOWN_CLICK
    said = NOBODY.get(reason, reason)
    shown = [words for words, _ in _shown(of, scope, rule)] if reason == "no_touch" else []
    return f"{said}: {'; '.join(shown)}" if shown else said


def what_to_do(of: Explained, scope: Scope, rule: str) -> str:
    """What to do about a goal that a rule credits to nobody."""
    reason, cause = of.known.nobody.get((scope, rule), (nobody(of, scope, rule), ""))
    if reason == "no_id" and of.known.is_crowd:
        return _CROWD[1]
    if reason == "no_touch" and (shown := _shown(of, scope, rule)):
        return " ".join(action for _, action in shown)
    known = cause_of("unattributable", cause) or cause_of("unattributable", reason)
    return known.action if known else _DO.get(reason, "")


def _shown(of: Explained, scope: Scope, rule: str) -> list[tuple[str, str]]:
    """What the goal and its journey show of why there is no touch: words and what to do."""
    found = []
    if of.known.nobody.get((scope, rule), ("", ""))[1] == "click_unknown":
        unknown = cause_of("unattributable", "click_unknown")
        found.append((_UNKNOWN_CLICK, unknown.action if unknown else ""))
    if of.known.is_crowd:
        found.append(_CROWD)
    codes = {row.reason.code for row in of.rows if row.reason}
    if any(row.line.type == "click" for row in of.rows):
        codes -= {"step"}
    found += [said for code, said in _SHOWN.items() if code in codes]
    return found or ([_AFTER] if "after_goal" in codes else [])
