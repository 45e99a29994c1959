"""This module owns what the dashboard's answers promise a browser: the policy headers, and true 404s."""

from collections.abc import Sequence

from dash import Dash
from flask import Flask, Response, abort, request

# Plotly, Mantine and AG Grid write style attributes and sheets; scripts are ours or named by hash.
_POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NOT_FOUND = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not found · whichad</title>
<meta name="viewport" content="width=device-width"><style>
html { color-scheme: light dark; font: 16px/1.5 ui-sans-serif, system-ui, sans-serif; }
main { max-width: 40rem; margin: 15vh auto; padding: 0 1rem; }</style></head>
<body><main><h1>There is no such page</h1><p>Perhaps an older link. <a href="/">Go to the overview</a></p></main></body>
</html>"""


def protect(app: Dash, server: Flask, paths: Sequence[str]) -> None:
    """Set the headers on every answer and 404 on every path that is not a page.

    Called after all callbacks are defined: the hashes cover the inline scripts that exist by then.
    """
    policy = _POLICY.format(hashes=" ".join(f"'{value.strip(chr(39))}'" for value in app.csp_hashes()))
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }

    @server.before_request
    def only_pages() -> None:
        """Refuse what only the catch-all route would answer."""
        # Dash answers its index for any path at all; health checks and crawlers need the truth.
        rule = request.url_rule
        if rule is not None and rule.rule == "/<path:path>" and request.path not in paths:
            abort(404)

    @server.after_request
    def with_headers(response: Response) -> Response:
        """Add the policy to an answer that does not set its own."""
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    @server.errorhandler(404)
    def not_found(_error: Exception) -> tuple[str, int]:
        """Say it in the page's language."""
        return NOT_FOUND, 404
