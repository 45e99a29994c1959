"""This module owns the list of attribution rules: whichad's ten, and those that packages bring (`whichad.rules`).

A rule of a package is found at the first build of a process, and is the same for as long as the process runs.
"""

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cache

import duckdb

from analytics.ruling.expression import RuleError, written
from ingest.extensions import RULES, Extension, ExtensionError, installed, load

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NAME_CHARS_MAX = 40
TEXTS = {"title": 60, "means": 200}  # a rule says both, in at most as many characters
INSTALLED_MAX = 10  # each costs a build about what one of ours does


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `journey_read` is the journey that it reads (as it is, or the path that the transforms leave), `shares`
    whether touches share; `package` is empty for ours, and `weight` is the SQL of a package's."""

    rule: str
    title: str
    means: str
    journey_read: str = "path"
    shares: bool = True
    package: str = ""
    weight: str = ""


OWN = (
    Rule("same_click", "Same click", "all to the click that the money names", "same_click", False),
    Rule("last_paid", "Last paid click", "all to the last touch that was paid for", "last_paid", False),
    Rule("first_touch", "First touch", "all to the first touch", "path", False),
    Rule("last_touch", "Last touch", "all to the last touch", "path", False),
    Rule("linear", "Linear", "the same to every touch"),
    Rule("position_based", "Position-based", "most to the first and the last touch"),
    Rule("time_decay", "Time decay", "the later, the more"),
    Rule("w_shaped", "W-shaped", "most to the first, the last before the lead, and the last"),
    Rule("markov", "Markov", "by what a Markov chain loses without the touch's creative"),
    Rule("shapley", "Shapley", "by the Shapley value of each creative of the journey"),
)


@dataclass(frozen=True, slots=True)
class Brought:
    """The rules that packages bring, and a sentence for each that is left out."""

    rules: tuple[Rule, ...]
    refused: tuple[str, ...]


def every() -> tuple[Rule, ...]:
    """Every rule, ours first."""
    return OWN + brought().rules


@cache
def brought() -> Brought:
    """The rules of the installed packages. One that cannot be used is left out, and said."""
    found: dict[str, Rule] = {}
    refused: list[str] = []
    for each in installed(RULES):
        try:
            rule = _rule(each)
            if rule.rule in found:
                raise RuleError(f"the package {found[rule.rule].package} brings one of that name, too, and comes first")
            if len(found) == INSTALLED_MAX:
                raise RuleError(f"there are {INSTALLED_MAX} of packages before it, and each costs every build")
        except RuleError as error:
            refused.append(f"The rule {each} is left out: {error}.")
        except ExtensionError as error:
            refused.append(f"The rule {error}")
        else:
            found[rule.rule] = rule
    return Brought(tuple(found.values()), tuple(refused))


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `attribution_rules`."""
    connection.execute(
        "create or replace table attribution_rules (rule varchar, title varchar, means varchar, journey_read varchar,"
        " package varchar)"
    )
    rows = [(*astuple(each)[:4], each.package or None) for each in every()]
    connection.execute(
        "insert into attribution_rules select unnest($1::varchar[]), unnest($2::varchar[]), unnest($3::varchar[]),"
        " unnest($4::varchar[]), unnest($5::varchar[])",
        [[row[at] for row in rows] for at in range(5)],
    )


def _rule(each: Extension) -> Rule:
    """What an entry point names, checked. Raises RuleError, ExtensionError."""
    if not NAME.fullmatch(each.name) or len(each.name) > NAME_CHARS_MAX:
        raise RuleError(f"a name is of small letters, digits and single _, {NAME_CHARS_MAX} at most")
    if each.name in {own.rule for own in OWN}:
        raise RuleError("whichad has a rule of that name. Its package has to give it another")
    said = load(each)
    if not isinstance(said, Mapping) or set(said) != {*TEXTS, "weight"}:
        raise RuleError(f"{each.value} is no table of title, means and weight")
    if not all(isinstance(value, str) for value in said.values()):
        raise RuleError("title, means and weight are texts")
    for name, chars_max in TEXTS.items():
        text = said[name]
        if not (text.isprintable() and 0 < len(text.strip()) <= chars_max) or {*"<>"} & {*text}:
            raise RuleError(f"its {name} is one line of at most {chars_max} characters, without < and >")
    try:
        weight = written(said["weight"])
    except RuleError as error:
        raise RuleError(f"its weight cannot be used: {error}") from None
    return Rule(each.name, said["title"].strip(), said["means"].strip(), package=each.package, weight=weight)
