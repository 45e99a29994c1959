"""This module owns how a model's SQL becomes Spark's: sqlglot's translation, and a short list of rewrites of our own.

A model is written once, in DuckDB's dialect. What sqlglot translates with another meaning is rewritten on its tree
before; what has no like in Spark, `tests/analytics/test_portable.py` keeps out. Each rewrite has its test.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from analytics.plan import sql
from analytics.spark.errors import SparkError

try:
    import sqlglot
    from sqlglot import ErrorLevel, exp
except ImportError:  # of the extra; without it, who asks for Spark is told so
    raise SparkError.lacking("sqlglot") from None

_WRITTEN: dict[str, Any] = {"dialect": "spark", "unsupported_level": ErrorLevel.RAISE, "comments": False}


def translated(model: str, parameters: Mapping[str, Any]) -> str:
    """The model's SELECT in Spark's dialect, with the parameters that it names as literals."""
    return in_spark(_parsed(model).copy(), parameters)


def in_spark(tree: exp.Expression, parameters: Mapping[str, Any]) -> str:
    """Spark's text of a tree that was parsed as DuckDB's. Raises SparkError for a parameter that is not there."""
    for kind, rewrite in REWRITES.items():
        for node in list(tree.find_all(kind)):
            replaced = rewrite(node)
            if replaced is not node:
                node.replace(replaced)
    for node in list(tree.find_all(exp.Placeholder)):
        if node.name not in parameters:
            raise SparkError(f"a model binds ${node.name}, which a build does not know")
        node.replace(literal(parameters[node.name]))
    return tree.sql(**_WRITTEN)


def parse(text: str) -> exp.Expression:
    """A SELECT in DuckDB's dialect."""
    tree = sqlglot.parse_one(text, dialect="duckdb")
    if not isinstance(tree, exp.Expression):
        raise SparkError(f"a model is one SELECT, and this is none: {text[:60]!r}")
    return tree


@cache
def _parsed(model: str) -> exp.Expression:
    return parse(sql("models", model))


def literal(value: Any) -> exp.Expression:
    """A value as a literal of the type that DuckDB binds it as."""
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(" ")), "timestamp_ntz", dialect="spark")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    if isinstance(value, int | Decimal):
        return exp.Literal.number(value)
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "double")
    return exp.Literal.string(str(value))


def _at_time_zone(node: exp.AtTimeZone) -> exp.Expression:
    """`t at time zone 'UTC' at time zone z`: a naive moment in UTC on the clocks of z, naive again.

    sqlglot writes two FROM_UTC_TIMESTAMP, which give a moment of the session's zone.
    """
    inner = node.this
    if not isinstance(inner, exp.AtTimeZone):  # the inner one goes with the outer
        return node
    return _called("convert_timezone", inner.args["zone"], node.args["zone"], inner.this)


def _anonymous(node: exp.Anonymous) -> exp.Expression:
    """Functions that sqlglot passes through by name, though Spark calls them otherwise."""
    name = node.name.lower()
    if name == "epoch_us":  # of a naive moment, which Spark counts only as one of the session's zone, and that is UTC
        return _called("unix_micros", exp.cast(node.expressions[0], "timestamp_ltz", dialect="spark"))
    if name == "round_even":
        return _called("rint", node.expressions[0])
    return node


def _moment(node: exp.UnixToTime) -> exp.Expression:
    """`make_timestamp(us)`: TIMESTAMP_MICROS gives a moment of the session's zone (UTC), no naive one."""
    return exp.cast(_called("timestamp_micros", node.this), "timestamp_ntz", dialect="spark")


def _lower(node: exp.Lower) -> exp.Expression:
    """DuckDB makes one small letter of each capital; Java makes two of İ, and another sigma at the end of a word."""
    return exp.Lower(this=_called("translate", node.this, exp.Literal.string("İΣ"), exp.Literal.string("iσ")))


def _table(node: exp.Table) -> exp.Expression:
    """`record.x`: what stands in Spark for the record's tables are views, and a view of a session has no schema."""
    if node.db:
        node.set("this", exp.to_identifier(f"{node.db}_{node.name}"))
        node.set("db", None)
    return node


def _called(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


# By the kind of node; the outer ones of a kind come first.
REWRITES: dict[type[exp.Expression], Callable[[Any], exp.Expression]] = {
    exp.AtTimeZone: _at_time_zone,
    exp.Anonymous: _anonymous,
    exp.UnixToTime: _moment,
    exp.Lower: _lower,
    exp.Table: _table,
}
