"""This module owns the fixtures that all browser tests share: the files that the real pipeline published."""

from dashboard_worlds import publish_into, real_arbitrage, real_empty, real_shop, versions

__all__ = ["publish_into", "real_arbitrage", "real_empty", "real_shop", "versions"]
