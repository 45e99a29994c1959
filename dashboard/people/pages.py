"""This module owns the pages outside of Dash, as plain HTML: login, another password, and the bounce.

They hold no script but the one that sets the colour scheme, and work without it.
"""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

_PAGE = """<!DOCTYPE html>
<html lang="en" data-mantine-color-scheme="light">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · whichad</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
<script src="/assets/scheme.js"></script>
<link rel="stylesheet" href="/login/login.css">
</head>
<body><main>
<p class="name">whichad</p>
<h1>{title}</h1>
{body}
</main></body></html>"""
_FORM = """{alert}<form method="post" action="{action}">
{fields}
<button type="submit">{button}</button>
</form>"""
_FIELD = """<label for="{name}">{label}</label>
<input id="{name}" name="{name}" type="{kind}" value="{value}" autocomplete="{complete}" {more}{described}>"""
_ALERT = '<p class="alert" role="alert" id="alert">{words}</p>\n'
_BOUNCE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>whichad</title>
<meta http-equiv="refresh" content="0;url={to}"></head>
<body><main><h1>whichad</h1><p><a href="{to}">Go on</a></p></main></body></html>"""


def login(onward: str, trouble: str = "", name: str = "", oidc: str = "", passwords: bool = True) -> str:
    """The login page. `onward`: where to after it; `oidc`: what the provider is called, where there is one;
    `passwords`: whether anybody has one."""
    parts = []
    if passwords:
        fields = [
            _field("name", "Name", "text", "username", name, bool(trouble), focus=True),
            _field("password", "Password", "password", "current-password", "", bool(trouble)),
            f'<input type="hidden" name="next" value="{escape(onward)}">',
        ]
        parts.append(_form("/login", "Log in", fields, trouble))
    elif trouble:
        parts.append(_ALERT.format(words=escape(trouble)))
    if oidc:
        parts.append(
            f'<p><a class="oidc" href="/login/oidc?next={quote(onward, safe="")}">Log in with {escape(oidc)}</a></p>'
        )
    if not parts:
        parts.append(
            "<p>Nobody can log in yet. On the machine that runs the dashboard:</p>"
            "<pre>whichad dashboard users add NAME --role editor</pre>"
        )
    return _PAGE.format(title="Log in", body="\n".join(parts))


def another_password(proof: str, name: str, trouble: str = "") -> str:
    """The page on which one changes one's own password."""
    fields = [
        f'<input type="hidden" name="username" value="{escape(name)}" autocomplete="username">',
        _field("password", "Password now", "password", "current-password", "", bool(trouble), focus=True),
        _field("new", "New password", "password", "new-password", "", bool(trouble)),
        _field("again", "New password again", "password", "new-password", "", bool(trouble)),
        f'<input type="hidden" name="proof" value="{escape(proof)}">',
    ]
    words = f"<p>For {escape(name)}. All sessions end, this one, too: log in with the new one.</p>"
    form = _form("/login/password", "Change it", fields, trouble)
    return _PAGE.format(title="Another password", body=f'{words}{form}<p><a href="/">Leave it as it is</a></p>')


def said(title: str, words: str) -> str:
    """A page with one sentence and the way back."""
    return _PAGE.format(title=escape(title), body=f'<p>{escape(words)}</p><p><a href="/login">Log in</a></p>')


def bounce(to: str) -> str:
    """A page that goes on to `to` by itself, so that the request comes from us: a browser keeps cookies that are
    SameSite=Strict from a link on somebody else's page, and from the way back from a provider."""
    return _BOUNCE.format(to=escape(to))


def _form(action: str, button: str, fields: Sequence[str], trouble: str) -> str:
    alert = _ALERT.format(words=escape(trouble)) if trouble else ""
    return _FORM.format(action=action, button=button, alert=alert, fields="\n".join(fields))


def _field(name: str, label: str, kind: str, complete: str, value: str, wrong: bool, focus: bool = False) -> str:
    more = (
        "required"
        + (" autofocus" if focus else "")
        + (' spellcheck="false" autocapitalize="none"' if kind == "text" else "")
    )
    return _FIELD.format(
        name=name, label=label, kind=kind, value=escape(value), complete=complete, more=more,
        described=' aria-describedby="alert"' if wrong else "",
    )  # fmt: skip
