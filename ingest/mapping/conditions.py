"""This module owns conditions: whether a record is what an item rule speaks of."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation

from ingest.mapping.operations import getter
from ingest.mapping.scope import OR, Getter, Record, followed, is_macro, text_of
from ingest.mapping.ways import Way

OPTION = "%"


def condition(when: Mapping[str, tuple[str, ...]], options: Mapping[str, Way]) -> Callable[[Record], bool]:
    """The function that a rule's `when` stands for. Raises ValueError where a path or an option does not exist."""
    tests = tuple((_getter(path, options), _wanted(wanted)) for path, wanted in when.items())
    return lambda record: all(_fits(text_of(get(record)) or "", wanted, record) for get, wanted in tests)


def paths_in(when: Iterable[str]) -> list[str]:
    """Every path of the record that a `when` looks at."""
    return [path for key in when if not key.startswith(OPTION) for path in key.split(OR)]


def _getter(key: str, options: Mapping[str, Way]) -> Getter:
    if key.startswith(OPTION):
        return getter(Way(option=key[1:]), options)
    return followed(key)


def _wanted(texts: tuple[str, ...]) -> tuple[str | Getter, ...]:
    """The texts that fit; one that begins with `=` is what stands at another path of the record."""
    return tuple(followed(text[1:]) if text.startswith("=") and len(text) > 1 else text for text in texts)


def _fits(text: str, wanted: tuple[str | Getter, ...], record: Record) -> bool:
    for each in wanted:
        fitting = each if isinstance(each, str) else (text_of(each(record)) or "").strip()
        if _is(text.strip(), fitting) if isinstance(each, str) else text.strip() == fitting:
            return True
    return False


def _is(text: str, wanted: str) -> bool:
    """Equal as text in any case, or as numbers; `*` is anything, `*x` an end, `x*` a beginning, an empty text
    nothing, `<0`, `>0`.

    What a platform did not fill in is nothing, too.
    """
    if wanted in ("*", ""):
        return (text == "" or is_macro(text)) is (wanted == "")
    if wanted.startswith("*"):
        return text.casefold().endswith(wanted[1:].casefold())
    if wanted.endswith("*"):
        return text.casefold().startswith(wanted[:-1].casefold())
    if text.casefold() == wanted.casefold():
        return True
    try:
        number = Decimal(text)
        if not number.is_finite():
            return False
        return {"<0": number < 0, ">0": number > 0}[wanted] if wanted in ("<0", ">0") else number == Decimal(wanted)
    except InvalidOperation:
        return False
