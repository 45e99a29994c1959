"""This module owns the metrics: each is defined once and feeds marts, tooltips, exports and documents."""

import re
from dataclasses import astuple, dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Metric:
    """A number's meaning. `kinds` says whose words it is: arbitrage, shop or both."""

    metric: str
    title: str
    formula: str
    numerator: str
    denominator: str | None
    unit: str  # ratio | money | count
    direction: str  # up | down | none: which way is good
    additive: bool
    minimum_sample: int
    kinds: str

    @property
    def mart(self) -> str:
        """The mart that has both parts; what converted is known of clicks by their age only."""
        return "click_cohorts" if self.numerator == "converted" else "creative_daily"

    @property
    def expression(self) -> str:
        """How to work it out over any rows of that mart, in SQL: sums first, then the one division."""
        above = re.sub(r"(\w+)", r"sum(\1)", self.numerator)
        return f"({above}) / nullif(sum({self.denominator}), 0)" if self.denominator else above


METRICS = (
    Metric("cost", "Spend", "direct + allocated cost", "cost", None, "money", "none", True, 0, "both"),
    Metric("revenue", "Revenue", "settled, else provisional, less refunds", "revenue", None, "money", "up",
           True, 0, "both"),
    Metric("profit", "Profit", "revenue - cost", "revenue - cost", None, "money", "up", True, 0, "both"),
    Metric("clicks", "Clicks", "clicks observed", "clicks", None, "count", "up", True, 0, "both"),
    Metric("conversions", "Conversions", "conversions of human visitors, each order once", "conversions", None, "count",
           "up", True, 0, "shop"),
    Metric("ctr", "CTR", "reported clicks / reported impressions", "reported_clicks", "reported_impressions", "ratio",
           "up", False, 1000, "both"),
    Metric("cpc", "CPC", "cost / reported clicks", "cost", "reported_clicks", "money", "down", False, 100, "both"),
    Metric("epc", "EPC", "revenue / observed clicks", "revenue", "clicks", "money", "up", False, 200, "both"),
    Metric("profit_per_click", "Profit per click", "(revenue - cost) / clicks", "revenue - cost", "clicks", "money",
           "up", False, 200, "both"),
    Metric("roas", "ROAS", "revenue / cost", "revenue", "cost", "ratio", "up", False, 200, "both"),
    Metric("lp_rate", "LP rate", "landing sessions / clicks", "sessions", "clicks", "ratio", "up", False, 200, "both"),
    Metric("ctr1", "CTR1", "sessions with a related search / landing sessions", "search_sessions", "sessions", "ratio",
           "up", False, 200, "arbitrage"),
    Metric("serp_rate", "SERP rate", "sessions with a results view / sessions with a search", "results_sessions",
           "search_sessions", "ratio", "up", False, 200, "arbitrage"),
    Metric("ctr2", "CTR2", "sessions with an ad click / sessions with a results view", "ad_click_sessions",
           "results_sessions", "ratio", "up", False, 200, "arbitrage"),
    Metric("rpc", "RPC", "revenue / ad clicks", "revenue", "ad_clicks", "money", "up", False, 50, "arbitrage"),
    Metric("rps", "RPS", "revenue / sessions", "revenue", "sessions", "money", "up", False, 200, "arbitrage"),
    Metric("cvr", "CVR", "clicks that converted / clicks", "converted", "clicks", "ratio", "up", False, 200, "shop"),
    Metric("cpa", "CPA", "cost / conversions", "cost", "conversions", "money", "down", False, 20, "shop"),
)  # fmt: skip


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `metrics`."""
    connection.execute(
        "create or replace table metrics (metric varchar, title varchar, formula varchar, numerator varchar,"
        " denominator varchar, unit varchar, direction varchar, additive boolean, minimum_sample bigint, kinds varchar,"
        " mart varchar, expression varchar)"
    )
    rows = [(*astuple(metric), metric.mart, metric.expression) for metric in METRICS]
    columns = [list(column) for column in zip(*rows, strict=True)]
    kinds = ("varchar",) * 7 + ("boolean", "bigint", "varchar", "varchar", "varchar")
    select = ", ".join(f"unnest(?::{kind}[])" for kind in kinds)
    connection.execute(f"insert into metrics select {select}", columns)
