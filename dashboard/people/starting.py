"""This module owns what is looked at before the dashboard starts, and what `status` and `doctor` say of its people."""

from collections.abc import Iterator

from analytics.status.health import Finding
from dashboard.config import Settings
from dashboard.people import hosts, users
from dashboard.people.provider import check as check_provider
from dashboard.people.store import StoreError, reading
from ingest.config import ConfigError

ADD = "whichad dashboard users add NAME --role editor"


def check(settings: Settings) -> None:
    """Raise ConfigError where the dashboard must not start: others could reach it, and nobody is asked who they are."""
    oidc, host = settings.dashboard.oidc, settings.dashboard.host
    if oidc is not None:
        check_provider(oidc, settings.base_dir)
    if not _users(settings) and oidc is None and not hosts.is_loopback(host):
        raise ConfigError(
            f"The dashboard listens on {host}, where others reach it, only with a login. Add a user first: {ADD} "
            '(or set [dashboard.oidc]; without a login it listens on 127.0.0.1: [dashboard] host = "127.0.0.1").'
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Who may come in, in one line."""
    try:
        found, oidc = _users(settings), settings.dashboard.oidc
        check(settings)
    except ConfigError as error:
        yield Finding("dashboard login", False, str(error), f"Until then it does not start. {ADD}")
        return
    if not found and oidc is None:
        detail = f"none: whoever sits at this machine is an editor, on {settings.dashboard.host} only"
    else:
        editors = sum(user.role == "editor" for user in found)
        detail = f"{len(found)} user{'' if len(found) == 1 else 's'}, {editors} may edit"
        detail += f"; OIDC by {oidc.issuer}" if oidc else ""
    yield Finding("dashboard login", True, detail)


def _users(settings: Settings) -> list[users.User]:
    try:
        with reading(settings.data_dir) as connection:
            return users.everybody(connection)
    except StoreError as error:
        raise ConfigError(str(error)) from None
