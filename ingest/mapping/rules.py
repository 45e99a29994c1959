"""This module owns the shape of a profile's rules: which records become which items, field by field."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from ingest.config import Section
from ingest.items import INTERACTION_TYPES, STATEMENT_TYPES
from ingest.mapping.sources import Source, Way
from ingest.payload import KNOWN

TYPES = frozenset({*INTERACTION_TYPES, *STATEMENT_TYPES, "ignore"})
TARGETS = (KNOWN | {"user_agent"}) - {"type", "properties", "click_ids"}


def _listed(value: Any) -> Any:
    return {key: (each,) if isinstance(each, str) else each for key, each in value.items()}


When = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_listed)]


class Rule(Section):
    """One kind of item: `when` a record fits (path → texts), what `type` it is, and how its fields are found.

    A path of `when` may name a second one (`@a or @b`: the first that is not blank), or an option of the sender
    (`%counts`, what its choice gives). A text may be `*` (anything), `*.click` (an end), `<0` or `>0`; an empty one is
    nothing. `type_of` reads the type from the record instead: the rule fits where that is one of ours. `each` makes an
    item of every element of a list, `also` lets later rules look at the same record, `base` is an object whose keys may
    already be ours, `rest` keeps what no field reads in `properties`.
    """

    when: When = {}
    type: str = ""
    type_of: Way | None = None
    why: str = ""
    each: str | None = None
    also: bool = False
    base: str | None = None
    rest: bool = False
    fields: dict[str, Way] = {}
    click_ids: dict[str, Way] = {}
    properties: dict[str, Way] = {}


class Option(Section):
    """Something only the sender's owner can decide, with what is usual.

    One that `follows` another is decided with it: the choices have the same names.
    """

    about: str
    default: str
    follows: str | None = None
    choices: dict[str, Way]


class Rules(Section):
    """All rules of a profile. Fields given here hold for every item, unless an item's own differ."""

    items: tuple[Rule, ...] = ()
    base: str | None = None
    fields: dict[str, Way] = {}
    click_ids: dict[str, Way] = {}
    properties: dict[str, Way] = {}
    options: dict[str, Option] = {}
    redact: tuple[str, ...] = ()
    repeats: Literal["replace", "ignore", "add"] = "replace"

    @model_validator(mode="after")
    def _names(self) -> "Rules":
        for rule in self.items:
            if rule.type not in TYPES and (rule.type or rule.type_of is None):
                raise ValueError(f"items: there is no type {rule.type!r}")
            for name in {*rule.fields, *self.fields} - TARGETS:
                raise ValueError(f"fields: there is no field {name!r} in the canonical payload")
        return self

    def chosen(self, names: Mapping[str, str]) -> dict[str, Source]:
        """The way of each option, as chosen or by default. Raises ValueError where a choice does not exist."""
        for name in names:
            if name not in self.options or self.options[name].follows:
                known = ", ".join(each for each, option in self.options.items() if not option.follows) or "none"
                raise ValueError(f"options.{name}: this profile has no such option; it has {known}")
        found = {}
        for name, option in self.options.items():
            choice = names.get(option.follows or name, option.default)
            if choice not in option.choices:
                raise ValueError(f"options.{name} = {choice!r}: one of {', '.join(option.choices)}")
            found[name] = option.choices[choice]
        return found
