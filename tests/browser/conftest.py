"""This module owns the fixtures that all browser tests share: the browser, and what the real pipeline published."""

from dashboard_browser import browser, context, page, serve, site
from dashboard_worlds import publish_into, real_arbitrage, real_empty, real_shop, versions

__all__ = [
    "browser", "context", "page", "publish_into", "real_arbitrage", "real_empty", "real_shop", "serve", "site",
    "versions",
]  # fmt: skip
