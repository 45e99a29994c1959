"""This module owns the chip of a verdict: its word with a mark, so that it never depends on its colour."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.words import VERDICTS


def chip(verdict: str) -> Component:
    """The chip; a word that nobody knows stands for itself."""
    word, mark = VERDICTS.get(verdict, (verdict, ""))
    shape = html.Span(f"{mark} ", **aria(hidden="true"))
    return html.Span([shape, word], className=f"verdict verdict-{verdict}")
