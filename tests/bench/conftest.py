"""This module owns what the benchmarks' smoke runs share with the dashboard's tests: the published file of a demo."""

from dashboard_worlds import real_arbitrage, versions

__all__ = ["real_arbitrage", "versions"]  # fixtures
