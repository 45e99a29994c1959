"""This module owns the words of a verdict, the action that each asks for, and why it was said."""

WINNER, PROMISING, AVERAGE, NEEDS_WORK = "winner", "promising", "average", "needs_work"
CUT, FATIGUED, TOO_EARLY, UNATTRIBUTABLE = "cut", "fatigued", "too_early", "unattributable"
SCALE, KEEP, FIX, STOP, WAIT = "scale", "keep", "fix", "cut", "wait"
# Best first. A creative that faded is kept while it still meets its target, else replaced.
ACTIONS = {
    WINNER: SCALE, PROMISING: KEEP, AVERAGE: KEEP, FATIGUED: KEEP, NEEDS_WORK: FIX, CUT: STOP, TOO_EARLY: WAIT,
    UNATTRIBUTABLE: FIX,
}  # fmt: skip
# Why: which sentence is said. (why, its verdict)
WHYS = {
    "proven": WINNER,  # surely meets its target, and surely beats the rest
    "proven_alone": WINNER,  # surely meets its target; nobody to compare it with
    "stays_winner": WINNER,  # was, and nothing speaks against it
    "likely": PROMISING,
    "between": AVERAGE,
    "lucky": AVERAGE,  # meets its target on so little that its scope, which misses it, counts for more
    "behind": NEEDS_WORK,  # probably misses its target, or is behind the rest where no cost is known
    "campaign": NEEDS_WORK,  # as the whole scope does
    "short": NEEDS_WORK,  # too few conversions to say how good it is, and far fewer than its spend asks for
    "none_yet": NEEDS_WORK,  # none of them
    "nothing": NEEDS_WORK,  # none either, and nobody knows yet what one would bring
    "failed": CUT,
    "failed_alone": CUT,
    "failed_without": CUT,  # without any conversion
    "stays_cut": CUT,
    "faded": FATIGUED,
    "faded_below": FATIGUED,  # and below its target
    "maturing": TOO_EARLY,
    "few": TOO_EARLY,
    "allocated": UNATTRIBUTABLE,
    "no_cost": UNATTRIBUTABLE,
    "no_text": UNATTRIBUTABLE,
}
CODES = {why: code for code, why in enumerate(WHYS)}


def action_of(why: str) -> str:
    """What to do about it."""
    return FIX if why == "faded_below" else ACTIONS[WHYS[why]]
