"""This module owns commands that are loaded when they are called: the door starts without what only others need.

`DuckDB`, Arrow and NumPy take half a second of the processor to load, and each worker, relay and lookup is a process.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

Home = str  # "package.module:name" of a function or of a typer.Typer


class Group(TyperGroup):
    """A group that knows some of its commands by name only; a subclass says which."""

    homes: Mapping[str, Home]

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, loaded or not."""
        return [*super().list_commands(ctx), *(name for name in self.homes if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name; what was registered under it goes first."""
        if cmd_name not in self.commands and cmd_name in self.homes:
            self.commands[cmd_name] = _loaded(cmd_name, self.homes[cmd_name])
        return super().get_command(ctx, cmd_name)


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
