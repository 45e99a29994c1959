"""This module owns what a page is: a path, a layout for the newest published file, and its callbacks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dash import Dash
from dash.development.base_component import Component

from dashboard.config import Settings


@dataclass(frozen=True)
class Page:
    """One page: `layout` takes the real path of the published file, `register` adds the callbacks once."""

    path: str
    title: str
    layout: Callable[[Path], Component]
    register: Callable[[Dash, Settings], None]
