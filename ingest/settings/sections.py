"""This module owns what is said of a wrong setting: its name, and where it belongs or what may have been meant."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ingest.settings.mistakes import near

TOP = "at the top of the file, before the first [section]"
OURS = frozenset({"base_dir", "config_path"})  # set by `load`, not by people


def sentence(error: ValidationError, model: type[BaseModel], where: str) -> str:
    """The first mistake that pydantic found in the settings of a `model`; `where` is the file, or "environment"."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "settings"
    if first["type"] == "extra_forbidden":
        return f"{where}: there is no setting named {name!r}{advice(model, first['loc'])}"
    message = first["msg"].removeprefix("Value error, ")
    return f"The setting {name!r} is wrong ({where}): {message}."


def advice(model: type[BaseModel], loc: Sequence[Any]) -> str:
    """The end of the sentence about an unknown setting at `loc`: where it belongs, or the nearest name that is known.

    `loc` is its path in the file, such as `("senders", "shop", "prot")`; begins with a space or a bracket.
    """
    *parents, key = (str(part) for part in loc)
    here = parents[0] + (".<name>" if len(parents) > 1 else "") if parents else ""
    places = _places(model)
    fitting = [TOP if place == "" else f"under [{place}]" for place, keys in places.items() if key in keys]
    if fitting:
        return f". It belongs {' or '.join(fitting)}."
    return f"{near(key, places.get(here, ()))}. Check its spelling" + (" and its section." if parents else ".")


def check_named(said: Mapping[str, str | None], senders: Sequence[str]) -> None:
    """Raise ValueError for the first setting of `said` (its name → a sender) that names no sender there is."""
    for setting, sender in said.items():
        if sender is not None and sender not in senders:
            raise ValueError(f"{setting}: there is no sender {sender!r}{near(sender, senders)}")


def _places(model: type[BaseModel]) -> dict[str, set[str]]:
    """The keys of each section; "" is the top of the file, `senders.<name>` stands for every sender."""
    places = {"": set(model.model_fields) - OURS}
    for name, field in model.model_fields.items():
        if section := _section(field.annotation):
            places[name] = _keys(section)
        elif inner := next(filter(None, map(_section, get_args(field.annotation))), None):
            places[f"{name}.<name>"] = _keys(inner)
    return places


def _section(annotation: Any) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _keys(section: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in section.model_fields.items()}
