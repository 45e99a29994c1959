"""This module owns the spelling of ARIA attributes as keyword arguments (a hyphen is no Python name)."""

from typing import Any


def aria(**words: str) -> dict[str, Any]:
    """`aria(label="Days")` → `{"aria-label": "Days"}`, to be unpacked into a component."""
    return {f"aria-{name}": value for name, value in words.items()}
