"""This module owns getting DuckDB's extension Quack: from PyPI packages where they are installed, else by download."""

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import duckdb

NEEDED = ("httpfs", "quack")  # Quack speaks HTTP by httpfs


class NoExtensionError(Exception):
    """The extension cannot be had; the message says why and what to do."""


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Load what Quack needs, downloading it where the machine does not have it. Raises NoExtensionError."""
    for name in NEEDED:
        try:
            if packed := _packed(name):
                connection.execute(f"load '{_quoted(packed)}'")
                continue
            with suppress(duckdb.Error):  # had before: nothing to download
                connection.execute(f"load {name}")
                continue
            connection.execute(f"install {name}")
            connection.execute(f"load {name}")
        except duckdb.Error as error:
            version, said = duckdb.__version__, str(error).splitlines()[0].partition(" at URL")[0]
            raise NoExtensionError(
                f"DuckDB {version} has no extension {name!r} here, and it cannot be had: {said}."
                " With a network DuckDB downloads it by itself; without one, install the packages"
                f" duckdb-extension-quack and duckdb-extension-httpfs of version {version}, where there are some."
            ) from None


def _packed(name: str) -> Path | None:
    """The file of the package duckdb-extension-<name>, of exactly this DuckDB's version; None where there is none."""
    spec = find_spec(f"duckdb_extension_{name}")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder, "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
        if path.exists():
            return path
    return None


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
