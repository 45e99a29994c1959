"""This module owns what names mean in a source file: constants, imports, calls, what a local name is made of."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class Module:
    """A file, and what its names mean."""

    file: str
    tree: ast.Module

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """Names assigned once, at the top level."""
        found: dict[str, list[ast.expr]] = {}
        for node in self.tree.body:
            for target, value in _pairs(node):
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(value)
        return {name: values[0] for name, values in found.items() if len(values) == 1}

    @cached_property
    def functions(self) -> dict[str, Function]:
        """Functions and methods, by their bare name."""
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, Function)}

    @cached_property
    def imports(self) -> dict[str, tuple[str, str]]:
        """Name → (module, name there), for `from x import y`."""
        return {
            alias.asname or alias.name: (node.module, alias.name)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }

    @cached_property
    def nodes(self) -> list[tuple[ast.AST, Function | None]]:
        """Every node, the outer ones first, with the function around it."""
        return list(_walk(self.tree))

    @cached_property
    def around(self) -> dict[Function, Function | None]:
        """Function → the function that it stands in."""
        return {node: outer for node, outer in self.nodes if isinstance(node, Function)}

    @cached_property
    def calls(self) -> dict[str, list[tuple[ast.Call, Function | None]]]:
        """The calls of a bare name."""
        found: dict[str, list[tuple[ast.Call, Function | None]]] = {}
        for node, function in self.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                found.setdefault(name, []).append((node, function))
        return found


@cache
def _assigned(module: Module, function: Function | None) -> dict[str, list[ast.expr]]:
    """What each name of a function is made of: assignments, loops, comprehensions, those of functions around it."""
    outer = module.around.get(function) if function else None
    found = {name: list(values) for name, values in _assigned(module, outer).items()} if outer else {}
    for node in ast.walk(function) if function else _top(module.tree):
        for target, value in _pairs(node):
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    found.setdefault(name.id, []).append(value)
    return found


def _pairs(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """(target, value) of a node that gives a name to something."""
    if isinstance(node, ast.Assign):
        pairs = [(target, node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value:
        pairs = [(node.target, node.value)]
    elif isinstance(node, ast.For | ast.comprehension):
        return [(node.target, node.iter)]
    else:
        return []
    target, value = pairs[0]
    either = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    if isinstance(target, ast.Tuple) and all(isinstance(each, ast.Tuple) for each in either):
        return [pair for each in either for pair in zip(target.elts, getattr(each, "elts", ()), strict=False)]
    return pairs


def _top(tree: ast.Module) -> Iterator[ast.AST]:
    """The comprehensions at the top level of a module."""
    for statement in tree.body:
        if not isinstance(statement, Function | ast.ClassDef):
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.comprehension))


@dataclass(frozen=True, eq=False)
class Place:
    """Where an expression stands: its module, the function around it, and what the function was called with."""

    module: Module
    function: Function | None = None
    given: dict[str, tuple[ast.expr, "Place"]] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> list[str]:
        """The names of the function's parameters."""
        args = self.function.args if self.function else None
        return [each.arg for each in (*args.posonlyargs, *args.args, *args.kwonlyargs)] if args else []

    @property
    def assigned(self) -> dict[str, list[ast.expr]]:
        """What each name is made of."""
        return _assigned(self.module, self.function)


def given(node: ast.Call, function: Function, place: Place) -> dict[str, tuple[ast.expr, Place]]:
    """Parameter → what a call gives it; what comes after a `*` may be any of the rest."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    if names[:1] in (["self"], ["cls"]):
        del names[0]
    star = next((at for at, each in enumerate(node.args) if isinstance(each, ast.Starred)), len(node.args))
    rest: dict[str, ast.expr] = dict.fromkeys(names[star:], ast.List(node.args[star:])) if star < len(node.args) else {}
    plain = dict(zip(names, node.args[:star], strict=False))
    named = {each.arg: each.value for each in node.keywords if each.arg}
    return {name: (value, place) for name, value in (rest | plain | named).items()}


def _walk(tree: ast.AST, function: Function | None = None) -> Iterator[tuple[ast.AST, Function | None]]:
    """Every node, the outer ones first, with the function around it."""
    for node in ast.iter_child_nodes(tree):
        yield node, function
        yield from _walk(node, node if isinstance(node, Function) else function)


def inner(node: ast.expr) -> list[ast.expr] | None:
    """The expressions that a text is made of, where they stand in the text's own; None for a name, a call, the rest."""
    match node:
        case ast.Constant():
            return []
        case ast.BoolOp(values=values):
            return values
        case ast.FormattedValue(value=value) | ast.Subscript(value=value) | ast.NamedExpr(value=value):
            return [value]
        case ast.Starred(value=value) | ast.ListComp(elt=value) | ast.SetComp(elt=value) | ast.GeneratorExp(elt=value):
            return [value]
        case ast.BinOp(left=left, op=ast.Add() | ast.BitOr() | ast.Mult(), right=right):
            return [left, right]
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return elements
        case ast.Dict(keys=keys, values=values):
            return [each for each in (*keys, *values) if each]
    return None
