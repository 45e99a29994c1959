"""This module owns what a rule of a package may say: one expression over a touch, checked here and written as SQL.

It is written as Python writes expressions, is parsed and never run, and the SQL is made here of what is understood:
nothing of the author's text reaches a database. So it holds no query, no sum over rows, no function beyond a few, and
nothing that DuckDB and Spark understand otherwise. Numbers are doubles; where one is divided by zero, there is none.
"""

import ast
import math
from collections.abc import Callable
from typing import Literal, NamedTuple

CHARS_MAX = 2_000
PARTS_MAX = 200
SQL_CHARS_MAX = 20_000  # a root of a root of a root … is written several times over
_LEAST = 2  # arguments of min and max
Kind = Literal["number", "truth", "text"]


class RuleError(Exception):
    """An expression says what a rule may not; the sentence says which part."""


class Said(NamedTuple):
    """A part of an expression as SQL, and what it is."""

    sql: str
    kind: Kind


# What an expression may name, in the models' columns: p is a row of path_touches, t of goal_touches.
NAMES: dict[str, tuple[str, Kind, str]] = {
    "nth": ("cast(p.nth as double)", "number", "place of the touch in the journey: 1 is the first"),
    "n": ("cast(p.n as double)", "number", "touches of the journey: 2 or more, for a single touch earns everything"),
    "first": ("(p.nth = 1)", "truth", "the first touch"),
    "last": ("(p.nth = p.n)", "truth", "the last touch"),
    "lag_days": ("(p.lag_us / 86400000000.0e0)", "number", "days from the touch to the goal, with fractions"),
    "least_lag_days": (
        "(p.least_lag_us / 86400000000.0e0)",
        "number",
        "days from the journey's last touch to the goal",
    ),
    "same_creative": ("cast(p.n_of_creative as double)", "number", "touches of this creative in the journey"),
    "before_lead": ("coalesce(p.position = p.lead_position, false)", "truth", "the last touch before the lead"),
    "view": ("(t.touch_type = 'view')", "truth", "a view, not a click"),
    "paid": ("t.paid", "truth", "it was paid for"),
    "same_click": ("t.same_click", "truth", "the click that the money names"),
    "kind": ("t.conversion_kind", "text", "the kind of the goal: purchase, lead …"),
    "network": ("coalesce(t.network, '')", "text", "the network; empty where none is known"),
    "country": ("coalesce(t.country, '')", "text", "the country; empty where none is known"),
    "device": ("coalesce(t.device, '')", "text", "the device; empty where none is known"),
    "placement": ("coalesce(t.placement, '')", "text", "the placement; empty where none is known"),
}
# What is no number stays none in every engine, and raises in no version of one.
FUNCTIONS: dict[str, str] = {
    "abs": "abs({0})",
    "sqrt": "case when {0} >= 0 then sqrt({0}) end",
    "log": "case when {0} > 0 then ln({0}) end",
    "exp": "case when {0} < 700 then exp({0}) end",
}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "({0} + {1})", ast.Sub: "({0} - {1})", ast.Mult: "({0} * {1})", ast.Div: "({0} / nullif({1}, 0))",
    ast.Pow: "case when {0} > 0 or {0} = 0 and {1} >= 0 then pow({0}, {1}) end",
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def written(text: str) -> str:
    """The expression as SQL: a double, NULL where it is none. Raises RuleError."""
    if len(text) > CHARS_MAX:
        raise RuleError(f"it is longer than {CHARS_MAX} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if (parts := sum(1 for _ in ast.walk(tree))) > PARTS_MAX:
            raise RuleError(f"it has {parts} parts, and {PARTS_MAX} are allowed")
        return _of(tree, "number")
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise RuleError(f"it is no expression ({str(error).splitlines()[0] if str(error) else 'too deep'})") from None


def _of(node: ast.expr, wanted: Kind) -> str:
    found = _said(node)
    if found.kind != wanted:
        more = "; write (1 if … else 0)" if (found.kind, wanted) == ("truth", "number") else ""
        raise RuleError(f"{_shown(node)} is a {found.kind}, and a {wanted} is needed there{more}")
    return found.sql


def _said(node: ast.expr) -> Said:
    for kind, read in _READ.items():
        if isinstance(node, kind):
            found: Said = read(node)
            if len(found.sql) > SQL_CHARS_MAX:
                raise RuleError("its powers and functions stand too deep in one another")
            return found
    raise RuleError(f"{_shown(node)} is nothing that a rule may say")


def _constant(node: ast.Constant) -> Said:
    if isinstance(node.value, bool):
        return Said("true" if node.value else "false", "truth")
    if isinstance(node.value, int | float) and math.isfinite(number := float(node.value)):
        return Said(f"{number:.17e}", "number")
    if isinstance(node.value, str) and node.value.isprintable() and "\\" not in node.value:
        return Said("'" + node.value.replace("'", "''") + "'", "text")
    raise RuleError(f"{_shown(node)} is no number, and no text of one line")


def _name(node: ast.Name) -> Said:
    if node.id not in NAMES:
        raise RuleError(f"there is no {node.id!r}; there are: {', '.join(NAMES)}")
    return Said(*NAMES[node.id][:2])


def _arithmetic(node: ast.BinOp) -> Said:
    if type(node.op) not in _ARITHMETIC:
        raise RuleError(f"{_shown(node)}: only + - * / and ** are there")
    return Said(_ARITHMETIC[type(node.op)].format(_of(node.left, "number"), _of(node.right, "number")), "number")


def _unary(node: ast.UnaryOp) -> Said:
    if isinstance(node.op, ast.Not):
        return Said(f"(not {_of(node.operand, 'truth')})", "truth")
    if isinstance(node.op, ast.USub | ast.UAdd):
        return Said(f"({'-' if isinstance(node.op, ast.USub) else '+'} {_of(node.operand, 'number')})", "number")
    raise RuleError(f"{_shown(node)} is nothing that a rule may say")


def _both(node: ast.BoolOp) -> Said:
    word = " and " if isinstance(node.op, ast.And) else " or "
    return Said(f"({word.join(_of(each, 'truth') for each in node.values)})", "truth")


def _compared(node: ast.Compare) -> Said:
    sides = [node.left, *node.comparators]
    pairs = [_pair(a, how, b) for a, how, b in zip(sides, node.ops, sides[1:], strict=False)]
    return Said(f"({' and '.join(pairs)})", "truth")


def _pair(left: ast.expr, how: ast.cmpop, right: ast.expr) -> str:
    one = _said(left)
    if isinstance(how, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List) and right.elts:
        word = "in" if isinstance(how, ast.In) else "not in"
        return f"({one.sql} {word} ({', '.join(_of(each, one.kind) for each in right.elts)}))"
    ordered = type(how) in (ast.Eq, ast.NotEq) or one.kind == "number"
    if type(how) not in _COMPARED or not ordered:
        raise RuleError(f"{_shown(left)} cannot be compared so with {_shown(right)}")
    return f"({one.sql} {_COMPARED[type(how)]} {_of(right, one.kind)})"


def _chosen(node: ast.IfExp) -> Said:
    then = _said(node.body)
    return Said(
        f"case when {_of(node.test, 'truth')} then {then.sql} else {_of(node.orelse, then.kind)} end", then.kind
    )


def _called(node: ast.Call) -> Said:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    values = [_of(each, "number") for each in node.args]
    if node.keywords or not (
        (name in FUNCTIONS and len(values) == 1) or (name in ("min", "max") and len(values) >= _LEAST)
    ):
        raise RuleError(f"{_shown(node)}: there are {', '.join(FUNCTIONS)} of one number, min and max of several")
    if name in FUNCTIONS:
        return Said(FUNCTIONS[name].format(*values), "number")
    return Said(f"{'least' if name == 'min' else 'greatest'}({', '.join(values)})", "number")


def _shown(node: ast.expr) -> str:
    return repr(ast.unparse(node)[:60])


_READ: dict[type[ast.expr], Callable[..., Said]] = {
    ast.Constant: _constant, ast.Name: _name, ast.BinOp: _arithmetic, ast.UnaryOp: _unary, ast.BoolOp: _both,
    ast.Compare: _compared, ast.IfExp: _chosen, ast.Call: _called,
}  # fmt: skip
