"""This module owns SQL as text for people: bound values written into a statement, quoted so that nothing escapes.

The page itself never runs such a text: it binds its values.
"""

import re
from collections.abc import Mapping
from datetime import date

_NAME = re.compile(r"\$([a-z_][a-z0-9_]*)")


def filled_in(sql: str, values: Mapping[str, object]) -> str:
    """The statement with each `$name` as a literal, in one pass: what a value contains is never read again."""
    return _NAME.sub(lambda found: literal(values[found[1]]), sql)


def literal(value: object) -> str:
    """A value as a DuckDB literal. Raises TypeError for what has none here.

    In '…' a quote is doubled and nothing else is special; control and invisible characters are spelled as chr(…), so
    that a text can neither hide nor turn round what stands beside it.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return f"date '{value.isoformat()[:10]}'"
    if isinstance(value, str):
        return _text(value)
    raise TypeError(f"no literal for {type(value).__name__}")


def _text(value: str) -> str:
    parts = re.split(r"([^ -~\u00a1-\u02ff\u0370-\u058f\u0900-\u1fff\u3040-\ud7ff])", value)
    written = [f"chr({ord(part)})" if at % 2 else "'" + part.replace("'", "''") + "'" for at, part in enumerate(parts)]
    shown = [part for part in written if part != "''"] or ["''"]
    return " || ".join(shown) if len(shown) == 1 else "(" + " || ".join(shown) + ")"
