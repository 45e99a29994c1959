"""This module owns the rule what a refresh may pass over: a table is as it was where all that it reads is.

A model is a function of the tables that its header reads (a test holds the headers to the SQL) and of the values that
it binds. Of the values only the moment moves within a day. So what reads neither the moment nor a table that moved is
made once for both small builds, compared with nothing, written nowhere, and its checks hold as they did.
"""

from collections.abc import Iterable

from analytics.incremental.ways import frozen, way
from analytics.plan import header, sql

MOMENTS = ("$as_of", "$received_to")  # everything else that is bound is a setting, or the day
# What the models that Python makes for the small builds read; of all others of its models nothing is said.
_PYTHON_READS = {"settlement_beneath()": ("settlements_now",)}


class Still:
    """Which tables are as the last build left them, as far as a refresh has come. Of what it was not told, none is."""

    def __init__(self) -> None:
        """Settings, what concerns everybody and slow fits are: else there is no refresh."""
        self._still = set(frozen())

    def learn(self, table: str, is_still: bool) -> None:
        """A table was looked at."""
        (self._still.add if is_still else self._still.discard)(table)

    def holds(self, *tables: str) -> bool:
        """Whether all of these are as they were."""
        return self._still.issuperset(tables)

    def follows(self, model: str, *shared: str) -> bool:
        """Whether a model, by its name in the plan, is as it was because everything that it is made of is.

        `shared` are tables that both sides of the comparison read, whatever they hold.
        """
        reads = reads_of(model)
        return reads is not None and self.holds(*set(reads).difference(shared)) and not binds_the_moment(model)

    def moved(self, tables: Iterable[str]) -> list[str]:
        """Those of some tables that are not known to be as they were."""
        return [table for table in tables if table not in self._still]


def reads_of(model: str) -> tuple[str, ...] | None:
    """The tables that a model is made of; None where nobody says."""
    return _PYTHON_READS.get(model) if model.endswith("()") else header(sql("models", model)).reads


def binds_the_moment(model: str) -> bool:
    """Whether a model may be another a minute later with the same rows."""
    return not model.endswith("()") and way(model).word != "view" and any(at in sql("models", model) for at in MOMENTS)
