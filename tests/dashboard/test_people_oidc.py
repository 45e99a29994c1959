"""Coming in by an identity provider: a real one on loopback, right, wrong, and hostile."""

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from providing import CLIENT, CLIENT_SECRET, Provider, key, providing

from dashboard.config import Oidc, Settings
from dashboard.people import audit, gate, login, oidc, users
from dashboard.people.provider import check
from dashboard.people.store import reading
from dashboard.people.visitor import visitor
from ingest.config import ConfigError

pytest.importorskip("authlib", reason="the extra oidc is not installed: pip install 'whichad[oidc]'")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing(time.time()) as made:
        yield made


@pytest.fixture
def client(provider: Provider, settings: Settings) -> FlaskClient:
    return dashboard(provider, settings)


def dashboard(provider: Provider, settings: Settings, **changed: object) -> FlaskClient:
    given = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": CLIENT_SECRET, "editors": ("ads-leads",),
             "viewers": ("ads-*",), **changed}  # fmt: skip
    mine = settings.model_copy(update={"dashboard": settings.dashboard.model_copy(update={"oidc": Oidc(**given)})})
    server = Flask("small")
    gate.guard(server, mine, time.time)
    login.add_routes(server, mine, time.time)
    oidc.add_routes(server, mine, mine.dashboard.oidc, time.time)
    server.add_url_rule("/", "/", lambda: f"{visitor().name} {visitor().role}")
    return server.test_client()


def come_in(client: FlaskClient, onward: str = "/"):
    """There and back: what the browser does, with the provider asked over real HTTP."""
    to = client.get(f"/login/oidc?next={onward}").headers["Location"]
    back = requests.get(to, timeout=10, allow_redirects=False).headers["Location"]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")


def test_who_has_a_role_comes_in_and_goes_on_to_where_they_wanted(client: FlaskClient, settings: Settings):
    assert client.get("/").status_code == 302
    assert "Log in with single sign-on" in client.get("/login").get_data(as_text=True)
    answer = come_in(client, "/creative?period=3")
    assert answer.status_code == 200
    assert "0;url=/creative?period=3" in answer.get_data(as_text=True), "a redirect would leave a Strict cookie behind"
    assert client.get("/").get_data(as_text=True) == "carla editor"
    assert [entry.action for entry in audit.entries(settings.data_dir)] == ["login"]


def test_what_is_remembered_between_the_halves_is_bound_to_the_browser(client: FlaskClient):
    answer = client.get("/login/oidc")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=600" in cookie
    back = requests.get(answer.headers["Location"], timeout=10, allow_redirects=False).headers["Location"]
    stolen = f"{urlsplit(back).path}?{urlsplit(back).query}"
    client.delete_cookie(oidc.COOKIE, path="/login/oidc")
    assert client.get(stolen).status_code == 403, "somebody else's way back logs nobody in"


def test_a_code_comes_in_once(client: FlaskClient):
    answer = client.get("/login/oidc")
    back = requests.get(answer.headers["Location"], timeout=10, allow_redirects=False).headers["Location"]
    way = f"{urlsplit(back).path}?{urlsplit(back).query}"
    seed = client.get_cookie(oidc.COOKIE, path="/login/oidc").value
    assert client.get(way).status_code == 200
    client.set_cookie(oidc.COOKIE, seed, path="/login/oidc")
    assert client.get(way).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    ["state", "issuer", "audience", "nonce", "expired", "two audiences", "unsigned", "signature",
     "signed with the public key"],
)  # fmt: skip
def test_an_answer_that_proves_nothing_lets_nobody_in(
    client: FlaskClient, provider: Provider, settings: Settings, wrong: str
):
    provider.wrong = wrong
    answer = come_in(client)
    assert answer.status_code == 403
    assert gate.SESSION not in str(answer.headers)
    with reading(settings.data_dir) as connection:
        assert not users.exist(connection)
    provider.wrong = ""
    assert come_in(client).status_code == 200


def test_keys_that_were_rotated_are_asked_for_again(client: FlaskClient, provider: Provider):
    assert come_in(client).status_code == 200
    provider.key = key("two")
    assert come_in(client).status_code == 200


def test_a_role_follows_the_provider_at_each_login_and_whom_it_names_in_none_stays_outside(
    client: FlaskClient, provider: Provider
):
    for groups, said in ((["ads-leads"], "carla editor"), (["ads-team"], "carla viewer"), ("ads-team", "carla viewer")):
        provider.claims["groups"] = groups
        assert come_in(client).status_code == 200
        assert client.get("/").get_data(as_text=True) == said
    for groups in ([], ["sales"], None, 7):
        provider.claims["groups"] = groups
        assert come_in(client).status_code == 403


def test_a_role_that_is_not_in_the_token_is_asked_for_and_must_be_about_the_same_person(
    client: FlaskClient, provider: Provider
):
    del provider.claims["groups"]
    provider.userinfo = {"sub": "17", "groups": ["ads-team"]}
    assert come_in(client).status_code == 200
    assert client.get("/").get_data(as_text=True) == "carla viewer"
    provider.userinfo = {"sub": "18", "groups": ["ads-leads"]}
    assert come_in(client).status_code == 403


def test_an_address_counts_only_where_it_was_verified(provider: Provider, settings: Settings):
    client = dashboard(provider, settings, role_claim="email", editors=("*@example.com",), viewers=())
    for verified, status in ((True, 200), (False, 403), ("true", 403), (None, 403)):
        provider.claims |= {"email": "Carla@example.com", "email_verified": verified}
        assert come_in(client).status_code == status


def test_a_name_that_somebody_has_here_is_not_taken_over(client: FlaskClient, provider: Provider):
    come_in(client)
    provider.claims |= {"sub": "18"}
    come_in(client)
    assert client.get("/").get_data(as_text=True) == "carla-2 editor"
    provider.claims |= {"sub": "19", "preferred_username": "<b>"}
    come_in(client)
    assert client.get("/").get_data(as_text=True) == "user editor"


def test_a_provider_that_is_not_who_it_says_or_not_there_is_a_sentence(provider: Provider, settings: Settings):
    provider.wrong = "issuer of discovery"
    answer = dashboard(provider, settings).get("/login/oidc")
    assert answer.status_code == 502 and "not right" in answer.get_data(as_text=True)
    answer = dashboard(provider, settings, issuer="http://127.0.0.1:9").get("/login/oidc")
    assert answer.status_code == 502 and "cannot be reached" in answer.get_data(as_text=True)


def test_what_the_visitor_or_the_provider_refuses_is_a_sentence(client: FlaskClient):
    client.get("/login/oidc")
    seed = client.get_cookie(oidc.COOKIE, path="/login/oidc").value.partition(".")[0]
    answer = client.get(f"{oidc._BACK}?error=access_denied&error_description=<b>&state={oidc._of(seed, 'state')}")
    assert answer.status_code == 403
    assert "did not let you in" in answer.get_data(as_text=True) and "<b>" not in answer.get_data(as_text=True)


def test_settings_that_let_nobody_in_or_go_without_tls_are_refused_at_the_start(tmp_path):
    with pytest.raises(ConfigError, match="lets nobody in"):
        check(Oidc(issuer="https://login.example", client_id="x"), tmp_path)
    with pytest.raises(ConfigError, match="does not exist"):
        check(Oidc(issuer="https://login.example", client_id="x", client_secret="file:gone", viewers=("*",)), tmp_path)
    with pytest.raises(ValueError, match="https address"):
        Oidc(issuer="http://login.example", client_id="x")
    with pytest.raises(ValueError, match="https address"):
        Oidc(issuer="http://127.0.0.1.evil.example", client_id="x")
