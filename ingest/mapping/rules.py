"""This module owns the shape of a profile's rules: which records become which items, field by field."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, field_validator, model_validator

from ingest.config import Section
from ingest.items.item import INTERACTION_TYPES, STATEMENT_TYPES
from ingest.mapping.conditions import OPTION, paths_in
from ingest.mapping.scope import followed
from ingest.mapping.ways import GivenWay, Path, Way
from ingest.payload import KNOWN
from ingest.settings.mistakes import near

TYPES = frozenset({*INTERACTION_TYPES, *STATEMENT_TYPES, "ignore"})
TARGETS = (KNOWN | {"user_agent"}) - {"type", "properties", "click_ids"}


def _listed(value: Any) -> Any:
    return {key: (each,) if isinstance(each, str) else each for key, each in value.items()}


def _target(name: str) -> str:
    if name not in TARGETS:
        raise ValueError(f"there is no field {name!r} in the canonical payload{near(name, TARGETS)}")
    return name


def _condition(key: str) -> str:
    for path in paths_in([key]):
        followed(path)
    return key


When = Annotated[dict[Annotated[str, AfterValidator(_condition)], tuple[str, ...]], BeforeValidator(_listed)]
Fields = dict[Annotated[str, AfterValidator(_target)], GivenWay]


class Rule(Section):
    """One kind of item: `when` a record fits (path → texts), what `type` it is, and how its fields are found.

    A path of `when` may name a second one (`@a or @b`: the first that is not blank), or an option of the sender
    (`%counts`, what its choice gives). A text may be `*` (anything), `*.click` (an end), `Total*` (a beginning),
    `<0` or `>0`, `=path` (the same as there); an empty one is nothing. `type_of` reads the type from the record
    instead: the rule fits where that is one of ours. `each` makes an item of every element of a list, `also` lets
    later rules look at the same record, `base` is an object whose keys may already be ours, `rest` keeps what no
    field reads in `properties`.
    """

    when: When = {}
    type: str = ""
    type_of: GivenWay | None = None
    why: str = ""
    each: Path | None = None
    also: bool = False
    base: Path | None = None
    rest: bool = False
    fields: Fields = {}
    click_ids: dict[str, GivenWay] = {}
    properties: dict[str, GivenWay] = {}

    @field_validator("type")
    @classmethod
    def _type(cls, name: str) -> str:
        if name and name not in TYPES:
            raise ValueError(f"there is no type {name!r}{near(name, TYPES)}")
        return name

    @model_validator(mode="after")
    def _has_a_type(self) -> Self:
        if not self.type and self.type_of is None:
            raise ValueError("say what `type` of item this is, or where it is read (`type_of`)")
        return self


class Option(Section):
    """Something only the sender's owner can decide, with what is usual.

    One that `follows` another is decided with it: the choices have the same names.
    """

    about: str
    default: str
    follows: str | None = None
    choices: dict[str, GivenWay]


class Rules(Section):
    """All rules of a profile. Fields given here hold for every item, unless an item's own differ."""

    items: tuple[Rule, ...] = ()
    base: Path | None = None
    fields: Fields = {}
    click_ids: dict[str, GivenWay] = {}
    properties: dict[str, GivenWay] = {}
    options: dict[str, Option] = {}
    redact: tuple[Path, ...] = ()
    repeats: Literal["replace", "ignore", "add"] = "replace"

    @model_validator(mode="after")
    def _options_exist(self) -> Self:
        wrong = [f"there is no option {name!r}{near(name, self.options)}" for name in self._asked() - set(self.options)]
        for name, option in self.options.items():
            if option.default not in option.choices:
                wrong.append(f"options.{name}: the default {option.default!r} is none of its choices")
            if option.follows and option.follows not in self.options:
                wrong.append(f"options.{name} follows {option.follows!r}, which is no option")
        if wrong:
            raise ValueError("\n".join(sorted(wrong)))
        return self

    def _asked(self) -> set[str]:
        """The options that some rule reads."""
        tables: list[dict[str, GivenWay]] = [self.fields, self.click_ids, self.properties]
        tables += [option.choices for option in self.options.values()]
        for rule in self.items:
            tables += [rule.fields, rule.click_ids, rule.properties, {"": rule.type_of} if rule.type_of else {}]
        told = {key[1:] for rule in self.items for key in rule.when if key.startswith(OPTION)}
        return told | {name for table in tables for way in table.values() for name in _options_of(way)}

    def chosen(self, names: Mapping[str, str]) -> dict[str, Way]:
        """The way of each option, as chosen or by default. Raises ValueError where a choice does not exist."""
        for name in names:
            if name not in self.options or self.options[name].follows:
                known = [*(each for each, option in self.options.items() if not option.follows), "repeats"]
                raise ValueError(
                    f"options.{name}: this profile has no such option; it has {', '.join(known)}{near(name, known)}"
                )
        found = {}
        for name, option in self.options.items():
            choice = names.get(option.follows or name, option.default)
            if choice not in option.choices:
                raise ValueError(f"options.{name} = {choice!r}: one of {', '.join(option.choices)}")
            found[name] = option.choices[choice]
        return found


def _options_of(way: Way) -> Iterator[str]:
    if way.option is not None:
        yield way.option
    for each in way.first:
        yield from _options_of(each)
