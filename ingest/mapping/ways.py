"""This module owns the shape of a field's way in a profile: where its value comes from and what is done to it."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ingest.config import Section
from ingest.mapping.scope import followed


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _checked(path: str) -> str:
    followed(path)  # raises ValueError: a path that nothing can follow is refused where it stands
    return path


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


Path = Annotated[str, AfterValidator(_checked)]
Paths = Annotated[tuple[Path, ...], BeforeValidator(_listed)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Way(Section):
    """One value: the first of `from` that is not blank, or what the others make of several; then changed in order.

    `first` (ways of their own, the first that gives something), `join` (with `with`), `digest` (a hash of several, for
    an id where a platform has none), `sum` less `minus` (money, exact; a list counts with all it holds), `option`
    (what the sender's `options` choose). Then `url_param`, `match` (nothing where this regular expression does not fit
    the whole text; its first group, else all of it), `split` with `part` (negative counts from the end), `map`
    with `other` for what it does not name (`$same` keeps it), `lower`, `prefix`, `minor_of` (an amount in the
    currency's smallest unit becomes a whole amount; `digits` where a platform's units are not those of ISO 4217),
    `divide` (an amount by a whole number, exact: millionths become units),
    `format` (a time as strptime reads it), `unit` (of a unix time), `sent_at` (the time, corrected by what the
    sender's clock was off when it sent), `stamped` (the moment of receipt is added: where nothing else tells
    two apart).
    """

    from_: Paths = Field((), alias="from")
    first: "tuple[GivenWay, ...]" = ()
    join: tuple[Path, ...] = ()
    with_: str = Field(":", alias="with")
    digest: tuple[Path, ...] = ()
    sum: tuple[Path, ...] = ()
    minus: tuple[Path, ...] = ()
    option: str | None = None
    url_param: Names = ()
    match: Annotated[str, AfterValidator(_pattern)] | None = None
    split: str | None = None
    part: int = 0
    map: dict[str, str] | None = None
    other: str | None = None
    lower: bool = False
    prefix: str = ""
    minor_of: Paths = ()
    digits: dict[str, int] = {}
    divide: int | None = Field(None, ge=2)
    format: str | None = None
    unit: Literal["s", "ms", "us", "ns"] | None = None
    sent_at: Path | None = None
    stamped: bool = False

    @model_validator(mode="after")
    def _one_beginning(self) -> "Way":
        beginnings = [bool(each) for each in (self.from_, self.first, self.join, self.digest, self.sum, self.option)]
        if sum(beginnings) != 1:
            raise ValueError("give exactly one of from, first, join, digest, sum, option")
        return self


def _given(value: Any) -> Any:
    return {"from": value} if isinstance(value, str | list | tuple) else value


GivenWay = Annotated[Way, BeforeValidator(_given)]
Way.model_rebuild()
