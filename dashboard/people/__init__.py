"""People owns who may see and change the dashboard: visitors, users, sessions, views, annotations, the audit trail.

The seam: `protect` once for the server, before any other hook of it; `register` once for the app; `menu` in the header
(`opened` beside it); `marked` for the figures over time. Imports are inside: `whichad dashboard users` needs no Dash.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dash import Dash
    from dash.development.base_component import Component
    from flask import Flask

    from dashboard.config import Settings


def protect(server: "Flask", settings: "Settings") -> None:
    """Let nobody past who may not: the Host header, logins, sessions, roles, and the routes for them."""
    import time

    from dashboard.people import gate, login, oidc

    gate.guard(server, settings, time.time)
    login.add_routes(server, settings, time.time)
    if settings.dashboard.oidc is not None:
        oidc.add_routes(server, settings, settings.dashboard.oidc, time.time)


def register(app: "Dash", settings: "Settings") -> None:
    """Add the callbacks of the menu and its dialogs."""
    from dashboard.people import annotating, keeping

    keeping.register(app, settings)
    annotating.register(app, settings)


def menu(settings: "Settings") -> "Component":
    """What stands in the header for the visitor of this request: saved views, annotations, the account."""
    from dashboard.people import header
    from dashboard.people.visitor import visitor

    return header.menu(settings, visitor())
