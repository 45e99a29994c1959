"""This module owns what people are told when something cannot be done: a sentence, fit to be shown as it is."""

from dashboard.people.visitor import Visitor


class Refused(Exception):
    """It was not done; the message says why, in words for whoever asked."""


def check_may_edit(who: Visitor, deed: str) -> None:
    """Raise Refused where `who` only reads; `deed` completes "to …"."""
    if not who.may_edit:
        raise Refused(f"You may look, but it takes an editor to {deed}. Ask for the role: whichad dashboard users role")
