"""This module owns what `whichad status` says of the history where it was damaged: until somebody has looked at it."""

from pathlib import Path

from analytics.history.file import NAME, WAY_BACK, put_aside


def standing(data_dir: Path) -> list[tuple[str, str]]:
    """(what is wrong, what to do) for each damaged history that was put aside."""
    return [(f"was damaged, and kept as {path.name}", f"{WAY_BACK}.") for path in put_aside(data_dir / NAME)]
