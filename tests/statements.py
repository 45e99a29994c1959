"""This module owns reading, from the source, what text each SQL statement is made of.

`House(root, folders).findings()` follows the first argument of every `.execute(…)` and its like to where its text
comes from: literals, constants made of literals, files of a package. What it cannot follow is a finding.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scopes import Function, Module, Place, given, inner

RUNS = frozenset(
    {"execute", "executemany", "executescript", "sql", "query", "from_query", "read_sql", "read_sql_query"}
)
HANDED = frozenset({"execute", "executemany", "executescript"})
# What makes texts of texts only, as a method and as a function; what makes numbers is no danger at all.
OF_TEXT = frozenset({"join", "format", "replace", "strip", "rstrip", "lower", "upper", "split", "removesuffix",
                     "items", "keys", "values", "get", "loads"})  # fmt: skip
OF_VALUES = frozenset(
    {"sorted", "list", "tuple", "set", "dict", "zip", "enumerate", "reversed", "str", "next", "defaultdict"}
)
NUMBERS = frozenset({"len", "int", "range", "date.fromisoformat"})
CATALOGUE = re.compile(r"describe \w|select (column_name|table_name)[\w, ]* from duckdb_(columns|tables)\(\)")
QUOTES = """.replace("'", "''")"""  # what makes any text safe, between quotes
Parts = list[tuple[ast.expr, Place]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A part of a statement that comes from where nobody can see; `source` is the code of that part."""

    file: str
    function: str
    source: str
    line: int = field(compare=False)

    @property
    def key(self) -> str:
        """What an exemption names."""
        return f"{self.file}::{self.function}: {self.source}"


class House:
    """All modules of some folders."""

    def __init__(self, root: Path, names: tuple[str, ...]) -> None:
        """`names` are folders and files below `root`."""
        paths = [
            path for name in names for path in ([root / name] if name.endswith(".py") else (root / name).rglob("*.py"))
        ]
        self.modules = {
            ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): Module(
                str(path.relative_to(root)), ast.parse(path.read_text(encoding="utf-8"))
            )
            for path in sorted(paths)
        }

    def findings(self) -> set[Finding]:
        """Every part of every statement that is not made of our own texts."""
        return {
            finding
            for module in self.modules.values()
            for node, function in module.nodes
            for finding in self._of(node, Place(module, function))
        }

    def statements(self) -> int:
        """How many statements are run."""
        return sum(_runs(node) for module in self.modules.values() for node in ast.walk(module.tree))

    def _of(self, node: ast.AST, place: Place) -> Iterator[Finding]:
        if isinstance(node, ast.Call) and _runs(node):
            given_text = node.args[_is_parsed(node) :]
            text = given_text[0] if given_text else node.keywords[0].value if node.keywords else node
            yield from self._strange(text, place)
        if isinstance(node, ast.Attribute) and node.attr in HANDED and not getattr(node, "called", False):
            yield _finding(node, place)  # handed on under another name, and run out of our sight

    def _strange(
        self, node: ast.expr, place: Place, above: frozenset[int] = frozenset(), is_quoted: bool = False
    ) -> Iterator[Finding]:
        """What of an expression is not made of our own texts. `above` ends rings, such as of a text that grows."""
        if id(node) in above or (is_quoted and isinstance(node, ast.Call) and self._escapes(node, place)):
            return
        above |= {id(node)}
        if isinstance(node, ast.JoinedStr):
            for before, part, after in zip([None, *node.values], node.values, [*node.values[1:], None], strict=False):
                between = _text(before).endswith("'") and _text(after).startswith("'")
                yield from self._strange(part, place, above, is_quoted or between)
            return
        match node:  # "'" + quoted + "'"
            case ast.BinOp(left=ast.BinOp(left=left, right=middle), right=right) if (
                _text(left)[-1:] == _text(right)[:1] == "'"
            ):
                yield from self._strange(middle, place, above, is_quoted=True)
                return
        parts = self._parts(node, place)
        if parts is None:
            yield _finding(node, place)
            return
        for part, where in parts:
            yield from self._strange(part, where, above, is_quoted)

    def _parts(self, node: ast.expr, place: Place) -> Parts | None:
        """The expressions that decide whether this one is ours, and where they stand; None where nobody can say."""
        parts = inner(node)
        return self._elsewhere(node, place) if parts is None else [(part, place) for part in parts]

    def _elsewhere(self, node: ast.expr, place: Place) -> Parts | None:
        match node:
            case ast.Call():
                return self._of_call(node, place)
            case ast.Name(id=name):
                return self._of_name(name, place)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                found = [
                    (each.value, Place(place.module, function))
                    for each, function in place.module.nodes
                    if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == f"self.{name}"
                ]
                return found or None
        return None

    def _of_name(self, name: str, place: Place) -> Parts | None:
        if name in OF_VALUES:
            return []
        if name in place.given:
            return [place.given[name]]
        if name in place.assigned:
            return [(value, place) for value in place.assigned[name]]
        if name in place.parameters:
            return self._callers(name, place)
        if name in place.module.constants:
            return [(place.module.constants[name], Place(place.module))]
        module, there = place.module.imports.get(name, ("", ""))
        if module in self.modules and there in self.modules[module].constants:
            return [(self.modules[module].constants[there], Place(self.modules[module]))]
        return None

    def _of_call(self, node: ast.Call, place: Place) -> Parts | None:
        arguments = [*node.args, *(each.value for each in node.keywords)]
        name = ast.unparse(node.func)
        if name in NUMBERS:
            return []
        if _is_of_catalogue(node):
            return []
        if isinstance(node.func, ast.Attribute) and self._function(node.func, place.module) is None:
            if node.func.attr == "read_text" and "files(" in ast.unparse(node.func.value):
                return []  # a file of a package
            if node.func.attr in OF_TEXT:
                return [(each, place) for each in (node.func.value, *arguments) if ast.unparse(each) != "tomllib"]
            return None
        if name in OF_VALUES:
            return [(each, place) for each in arguments]
        found = self._function(node.func, place.module)
        if found is None:
            return None
        module, function = found
        inner = Place(module, function, given(node, function, place))
        returned = [each for each in ast.walk(function) if isinstance(each, ast.Return | ast.Yield) and each.value]
        return [(each.value, inner) for each in returned if each.value] or None

    def _escapes(self, node: ast.Call, place: Place) -> bool:
        """Whether a call doubles the quotes of a text: by itself, or as the last line of a function of ours does."""
        found = self._function(node.func, place.module)
        return ast.unparse(found[1].body[-1] if found else node).endswith(QUOTES)

    def _function(self, called: ast.expr, module: Module) -> tuple[Module, Function] | None:
        """The function of the house that a call means: its own, an imported one, or one of an imported module."""
        match called:
            case ast.Name(id=name):
                if name in module.functions:
                    return module, module.functions[name]
                there, original = module.imports.get(name, ("", ""))
            case ast.Attribute(value=ast.Name(id=prefix), attr=original) if prefix in module.imports:
                there = ".".join(module.imports[prefix])
            case _:
                return None
        other = self.modules.get(there)
        return (other, other.functions[original]) if other and original in other.functions else None

    def _callers(self, name: str, place: Place) -> Parts | None:
        """What a parameter is given, wherever its function is called in the house."""
        assert place.function is not None
        found: Parts = []
        for module in self.modules.values():
            for node, around in module.calls.get(place.function.name, ()):
                if self._function(node.func, module) == (place.module, place.function):
                    bound = given(node, place.function, Place(module, around))
                    if name not in bound:
                        return None
                    found.append(bound[name])
        return found or None


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_of_catalogue(node: ast.Call) -> bool:
    """Whether a call asks the database what its tables and columns are called, which our own schema says."""
    text = ast.unparse(node)
    asked = re.fullmatch(
        r"(?:[\w.]+\.execute\(|parsed\.run\(connection, )f?[\"'](.*)[\"'](, .*)?\)\.fetch(?:all|one)\(\)", text
    )
    return asked is not None and bool(CATALOGUE.match(asked[1]))


def _is_parsed(node: ast.Call) -> bool:
    """Whether it is `parsed.run(connection, text, …)`, which runs a text as `connection.execute(text, …)` does."""
    return ast.unparse(node.func) == "parsed.run"


def _runs(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and _is_parsed(node):
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS:
        node.func.called = True  # type: ignore[attr-defined]
        return True
    return False


def _finding(node: ast.AST, place: Place) -> Finding:
    name = place.function.name if place.function else "(module)"
    return Finding(place.module.file, name, ast.unparse(node), getattr(node, "lineno", 0))
