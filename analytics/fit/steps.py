"""This module owns the fit's place in the plan of models: which step makes which table, and of which last day."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import duckdb

from analytics.experiments.mart import experiments
from analytics.experiments.measured import goal
from analytics.fit.effects import fits, removal_effects
from analytics.fit.evidence import caps, evidence_days
from analytics.fit.fatigue import creative_fatigue
from analytics.fit.paths import gather, publish
from analytics.fit.uncertainty import creative_rules
from analytics.fit.weights import markov, shapley
from analytics.maturing.daily import maturity_daily
from analytics.maturing.mart import maturity_curves
from analytics.text_lift.fitting import text_lift


class Dated(Protocol):
    """Whatever knows its day."""

    @property
    def today(self) -> date:
        """The reporting day that is still running."""


class Moment(Dated, Protocol):
    """What a step needs to know of the inputs of a build."""

    @property
    def moment(self) -> datetime:
        """The moment of the build, on the clocks of the reporting zone."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values that SQL binds by name."""


def closed(inputs: Dated) -> date:
    """The last day that is over: a fit learns from no later one."""
    return inputs.today - timedelta(days=1)


def _experiments(connection: duckdb.DuckDBPyConnection, inputs: Moment) -> None:
    bound = inputs.parameters
    mature = inputs.today - timedelta(days=bound["maturity_days"])
    experiments(connection, closed(inputs), mature, goal(bound["objective"], bound["target"]))


def _maturity_daily(connection: duckdb.DuckDBPyConnection, inputs: Moment) -> None:
    bound = inputs.parameters
    maturity_daily(connection, inputs.today, inputs.moment, bound["maturity_days"], bound["kind"])


STEPS: dict[str, Callable[[duckdb.DuckDBPyConnection, Moment], object]] = {
    "fit_paths()": lambda connection, inputs: gather(connection, closed(inputs), inputs.parameters),
    "paths()": lambda connection, _inputs: publish(connection),
    "markov_weights()": lambda connection, _inputs: markov(connection),
    "shapley_weights()": lambda connection, _inputs: shapley(connection),
    "creative_removal_effects()": lambda connection, _inputs: removal_effects(connection),
    "fits()": lambda connection, _inputs: fits(connection),
    "caps()": lambda connection, inputs: caps(connection, closed(inputs)),
    "creative_rules()": lambda connection, inputs: creative_rules(connection, closed(inputs)),
    "experiments()": _experiments,
    "maturity_curves()": lambda connection, inputs: maturity_curves(connection, closed(inputs), inputs.parameters),
    "maturity_daily()": _maturity_daily,
    "evidence_days()": lambda connection, inputs: evidence_days(connection, closed(inputs), inputs.parameters),
    "creative_fatigue()": lambda connection, inputs: creative_fatigue(connection, closed(inputs), inputs.parameters),
    "text_lift()": lambda connection, inputs: text_lift(connection, closed(inputs), inputs.parameters),
    "text_lift_fits()": lambda connection, inputs: text_lift(connection, closed(inputs), inputs.parameters),
}
