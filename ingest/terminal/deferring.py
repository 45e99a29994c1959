"""This module owns commands that are loaded when they are called: the door starts without what only others need.

`DuckDB`, Arrow and NumPy take half a second of the processor to load, and each worker, relay and lookup is a process.
"""

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

Home = str  # "package.module:name" of a function or of a typer.Typer


class Group(TyperGroup):
    """A group that knows some of its commands by name only; a subclass says which."""

    homes: Mapping[str, Home]
    _is_listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, loaded or not."""
        return [*super().list_commands(ctx), *(name for name in self.homes if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name; what was registered under it goes first."""
        if cmd_name not in self.commands and cmd_name in self.homes:
            if self._is_listing:
                return TyperCommand(cmd_name, help=_help(self.homes[cmd_name]))
            self.commands[cmd_name] = _loaded(cmd_name, self.homes[cmd_name])
        return super().get_command(ctx, cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Say what each command does as its source says it: to load them all took 1.5 s."""
        with self._listing():
            super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """What a shell may complete here, said in the same way: a key press must not load everything."""
        with self._listing():
            return super().shell_complete(ctx, incomplete)

    @contextmanager
    def _listing(self) -> Iterator[None]:
        self._is_listing = True
        try:
            yield
        finally:
            self._is_listing = False


def deferring(homes: Mapping[str, Home]) -> type[Group]:
    """The class of a group with these commands; a function's epilog is the EPILOG of its module."""
    return type("Deferring", (Group,), {"homes": dict(homes)})


def _loaded(name: str, home: Home) -> Any:
    module, _, attribute = home.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        command: Any = typer.main.get_group(found)
    else:
        alone = typer.Typer(add_completion=False)
        alone.command(name=name, epilog=getattr(import_module(module), "EPILOG", None))(found)
        command = typer.main.get_command(alone)
    command.name = name
    return command


def _help(home: Home) -> str:
    """What a command says of itself: the `help` of a `typer.Typer`, or the docstring of a function."""
    module, _, attribute = home.partition(":")
    spec = find_spec(module)
    assert spec is not None and spec.origin  # noqa: S101 (our own modules)
    for node in ast.parse(Path(spec.origin).read_bytes()).body:
        if isinstance(node, ast.FunctionDef) and node.name == attribute:
            return ast.get_docstring(node) or ""
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _is_named(node, attribute):
            return str(next(ast.literal_eval(word.value) for word in node.value.keywords if word.arg == "help"))
    raise LookupError(home)


def _is_named(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
