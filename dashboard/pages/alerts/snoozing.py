"""This module owns for how long something can be snoozed here, and the buttons for it."""

from dash.development.base_component import Component

from dashboard.pages.alerts.rows import button, opened

# A deed's name → its days, and how one says that. Other times: whichad alerts rules snooze --for
SNOOZES = {"day": (1, "a day"), "week": (7, "a week"), "month": (30, "30 days")}
ENDED = "wake"


def snooze(kind: str, ident: str, about: str) -> Component:
    """What opens into a button for each time; `kind`, `ident` and `about` as of `button`."""
    buttons = [button(f"For {words}", kind, deed, ident, about) for deed, (_, words) in SNOOZES.items()]
    return opened("Snooze…", about, "What still holds afterwards is told then.", buttons)
