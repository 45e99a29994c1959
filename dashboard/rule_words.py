"""This module owns the attribution rules as pages call them: those of the published version, ours and packages'."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from analytics.ruling.rules import OWN
from dashboard.reading import columns_of, rows


class Told(NamedTuple):
    """A rule's name for people, and who earns what under it in a few words."""

    title: str
    means: str


_OWN = {each.rule: Told(each.title, each.means) for each in OWN}
# What runs here may have other packages than what built the version.
_OF_PACKAGES = "select rule, title, means, package from attribution_rules where package is not null order by rule"


def told(real: Path) -> Mapping[str, Told]:
    """Every rule of a version by its name, ours first; a version from before this has ours."""
    if not columns_of(real, "attribution_rules"):
        return _OWN
    found = rows(real, _OF_PACKAGES)
    return _OWN | {str(rule): Told(str(title), f"{means} (of {package})") for rule, title, means, package in found}


def title(real: Path, rule: str) -> str:
    """A rule's name for people; the rule's own where the version says none."""
    return told(real)[rule].title if rule in told(real) else rule
