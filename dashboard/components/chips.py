"""This module owns the chip of a verdict: its word with a mark, so that it never depends on its colour."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.words import VERDICTS


def chip(verdict: str, number: int = 0) -> Component:
    """The chip, and in how many scopes where that is told; a word that nobody knows stands for itself."""
    word, mark = VERDICTS.get(verdict, (verdict, ""))
    shape = html.Span(f"{mark} ", **aria(hidden="true"))
    return html.Span([shape, f"{number} × {word}" if number else word], className=f"verdict verdict-{verdict}")
