"""This module owns the page's first words: nothing is here yet, and how to send the first webhook."""

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.config import Settings
from ingest.terminal.called import as_called

_NO_SENDER = """[senders.site]
profile = "standard"
secrets = ["whsec_..."]   # make one: echo "whsec_$(openssl rand -base64 24)\""""

# Signed as Standard Webhooks asks: HMAC-SHA256 over "id.timestamp.body" with the decoded secret, base64.
_CURL = """secret='whsec_...'   # the sender's secret in whichad.toml
id="evt_$(date +%s)"; ts=$(date +%s)
body='{"id":"'$id'","type":"click","occurred_at":"'$(date -u +%FT%TZ)'",
  "referrerAdCreative":"Quiet SUVs of 2026","network":"facebook","ad_id":"1202","cost":"0.10","currency":"USD"}'
key=$(printf %s "${secret#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
signature=$(printf %s "$id.$ts.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
curl -i {url} \\
  -H 'content-type: application/json' -H "webhook-id: $id" -H "webhook-timestamp: $ts" \\
  -H "webhook-signature: v1,$signature" --data-binary "$body\""""


def signed_curl(settings: Settings, sender: str) -> str:
    """A shell snippet that signs one click and posts it to this install's ingest."""
    ingest = settings.ingest
    host = "127.0.0.1" if ingest.host in ("", "0.0.0.0", "::") else ingest.host  # noqa: S104 - compared, not bound
    return _CURL.replace("{url}", f"http://{host}:{ingest.port}/webhooks/{sender}")


def empty_state(settings: Settings, published: bool) -> Component:
    """What to do while nothing is published, or while no interaction has named a creative."""
    lead = (
        "Data is arriving, but none of it names a creative yet. A creative appears with the first interaction "
        "that carries referrerAdCreative, or whose ad is known."
        if published
        else "Nothing has been published yet. This page fills by itself, seconds after the first webhook."
    )
    sender = next(iter(settings.senders), None)
    standard = [name for name, given in settings.senders.items() if given.profile == "standard"]
    steps = [
        _step("Ingest and the refresh loop run beside this page", as_called("whichad up")),
        None if sender else _step("Name a sender in whichad.toml", _NO_SENDER),
        _step(
            "Check the connection with a signed test (it is kept apart from real traffic)",
            as_called(f"whichad ingest send-test {sender or 'site'}"),
        ),
        None
        if sender and not standard
        else _step("Send a first real click", signed_curl(settings, standard[0] if standard else "site")),
    ]
    return html.Div(
        className="page empty",
        children=[
            html.H1("Waiting for the first creative"),
            html.P(lead, className="lead"),
            html.Ol([step for step in steps if step is not None], className="steps"),
            html.P(f"Data directory: {settings.data_dir}", className="quiet"),
        ],
    )


def _step(title: str, code: str) -> Component:
    return html.Li(
        [
            html.H2(title),
            html.Div(
                className="code",
                children=[
                    html.Pre(html.Code(code), tabIndex="0", **aria(label=title)),
                    dmc.CopyButton(value=code, children="Copy", copiedChildren="Copied", size="xs", variant="default"),
                ],
            ),
        ]
    )
