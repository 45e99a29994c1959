"""This module owns the one error of this folder, what is not installed, and Spark's errors in words."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.config import ConfigError

INSTALL = "pip install 'whichad[spark]'"


class SparkError(ConfigError):
    """Spark cannot build; the message says why and what to do."""

    @classmethod
    def lacking(cls, package: str) -> "SparkError":
        """A package of the extra is not installed."""
        return cls(
            f"A build on Spark needs {package}, which is not installed. Install it, and Java 17 or 21: {INSTALL}"
        )


def require() -> None:
    """Raises SparkError where the extra is not installed."""
    for package in ("pyspark", "sqlglot"):
        if importlib.util.find_spec(package) is None:
            raise SparkError.lacking(package)


@contextmanager
def in_words() -> Iterator[None]:
    """Raise what Spark says as a SparkError of its first line."""
    require()
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise SparkError(
            f"Spark failed: {first_line(error)}. Nothing is published. The workers' logs say more; the folder --out has"
            " to be seen by this machine and by every worker under the same name."
        ) from error


def first_line(error: Exception) -> str:
    """The sentence at the head of a foreign error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".:")
