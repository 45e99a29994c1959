"""The gate: who gets past it, by which name, and for how long. With a clock of our own, in the process."""

import json
from pathlib import Path

import pytest
from calling import payload
from flask import Flask, Request
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from dashboard.app import create_app
from dashboard.config import Settings
from dashboard.people import annotations, attempts, audit, gate, hosts, login, sessions, starting, users
from dashboard.people.store import reading, writing
from dashboard.people.visitor import visitor
from dashboard.server import warm_up
from ingest.config import ConfigError

SECRET = "seven green bicycles"
NOW = 1_800_000_000


class Now:
    """A clock that stands still until told."""

    at = NOW

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Now:
    return Now()


@pytest.fixture(scope="session")
def kept_users(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with an editor anna and a viewer ben, made once: a password costs half a second."""
    folder = tmp_path_factory.mktemp("kept")
    with writing(folder) as connection:
        users.add(connection, "anna", "editor", SECRET, NOW)
        connection.execute(
            "insert into users (name, role, password, created_at) select 'ben', 'viewer', password, 1 from users"
        )
    with reading(folder) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    return (folder / "dashboard.sqlite").read_bytes()


@pytest.fixture
def peopled(settings: Settings, kept_users: bytes) -> Settings:
    """Settings whose data folder has those users."""
    (settings.data_dir / "dashboard.sqlite").write_bytes(kept_users)
    return settings


def with_dashboard(settings: Settings, **changed: object) -> Settings:
    return settings.model_copy(update={"dashboard": settings.dashboard.model_copy(update=changed)})


def small(settings: Settings, clock: Now) -> FlaskClient:
    """A server of three routes behind the gate."""
    server = Flask("small")
    gate.guard(server, settings, clock)
    login.add_routes(server, settings, clock)
    for path in ("/", "/live", "/_dash-update-component"):
        server.add_url_rule(path, path, lambda: f"{visitor().name} {visitor().role}", methods=["GET", "POST"])
    return server.test_client()


def come_in(client: FlaskClient, name: str = "anna", password: str = SECRET, **more: object):
    return client.post("/login", data={"name": name, "password": password}, **more)


def proof(client: FlaskClient) -> dict[str, str]:
    cookie = client.get_cookie(gate.PROOF)
    return {"X-CSRFToken": cookie.value if cookie else ""}


def test_every_route_there_is_but_the_few_of_the_list_needs_a_session(peopled: Settings):
    app = create_app(peopled)
    client = app.server.test_client()
    for rule in app.server.url_map.iter_rules():
        path = rule.rule.replace("<path:", "<").replace("<string:", "<").replace("<", "").replace(">", "")
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        answer = client.open(path, method=method)
        if path in gate.PUBLIC and method == "GET":
            assert answer.status_code == 200, path
        elif path == "/login":
            assert answer.status_code == 401
        else:
            is_sent_on = answer.status_code == 302 and answer.headers["Location"].startswith("/login")
            assert is_sent_on or answer.status_code == 401, f"{method} {path}: {answer.status_code}"


def test_pages_are_sent_to_the_login_and_back_and_what_scripts_ask_for_is_401_json(peopled: Settings):
    client = create_app(peopled).server.test_client()
    answer = client.get("/creative?period=3&q=a%26b")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?next=/creative%3Fperiod%3D3%26q%3Da%2526b")
    for path in ("/live", "/_dash-layout", "/_dash-dependencies", "/assets/base.css"):
        assert client.get(path).status_code == 401
        assert client.get(path).get_json() == {"error": "Log in first."}
    assert client.get("/healthz").get_data(as_text=True) == "OK"


def test_the_warm_up_meets_no_login_and_nobody_can_claim_to_be_it(peopled: Settings):
    app = create_app(peopled)
    warm_up(app)
    client = app.server.test_client()
    for header in ("whichad.inside", "Whichad-Inside", "HTTP_WHICHAD_INSIDE"):
        assert client.get("/_dash-layout", headers={header: "1"}).status_code == 401


def test_a_login_gives_a_session_that_scripts_cannot_read_and_other_sites_cannot_use(peopled: Settings, clock: Now):
    client = small(peopled, clock)
    answer = come_in(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    session, token = (
        next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(name))
        for name in (gate.SESSION, gate.PROOF)
    )
    assert "HttpOnly" in session and "SameSite=Strict" in session and "Secure" not in session
    assert "HttpOnly" not in token and "SameSite=Strict" in token
    assert client.get("/").get_data(as_text=True) == "anna editor"
    assert client.get("/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("public", "headers", "is_secure"),
    [
        ("https://dash.example.com", {"Host": "dash.example.com"}, True),
        ("http://dash.example.com", {"Host": "dash.example.com"}, False),
        (None, {"X-Forwarded-Proto": "https"}, True),
        ("https://dash.example.com", {"Host": "127.0.0.1:8050"}, False),
    ],
)
def test_cookies_are_secure_where_the_public_address_is(
    peopled: Settings, clock: Now, public: str | None, headers: dict[str, str], is_secure: bool
):
    answer = come_in(small(with_dashboard(peopled, public_url=public), clock), headers=headers)
    assert answer.status_code == 303
    assert {"Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie")} == {is_secure}


def test_a_wrong_password_and_an_unknown_name_are_the_same_sentence(peopled: Settings, clock: Now):
    client = small(peopled, clock)
    pages = []
    for name in ("anna", "nobody-of-this-name"):
        answer = come_in(client, name, "wrong password here")
        assert answer.status_code == 401 and "Set-Cookie" not in answer.headers
        pages.append(answer.get_data(as_text=True).replace(name, "NAME"))
    assert pages[0] == pages[1] and "Name or password is wrong." in pages[0]


def test_too_many_failures_are_told_how_long_to_wait_and_even_the_right_password_waits(peopled: Settings, clock: Now):
    client = small(peopled, clock)
    with writing(peopled.data_dir) as connection:
        assert [attempts.reserve(connection, "anna", "192.0.2.1", NOW) for _ in range(5)] == [0] * 5
    clock.at = NOW + 30
    answer = come_in(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "870")
    assert "Wait 15 minutes" in answer.get_data(as_text=True)
    assert come_in(client, "ben").status_code == 303, "another account is not locked"
    clock.at = NOW + 900
    assert come_in(client).status_code == 303


@pytest.mark.parametrize(
    ("wish", "to"),
    [
        ("/creative?pick=a", "/creative?pick=a"), ("https://evil.example", "/"), ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\n/evil.example", "/"), ("javascript:alert(1)", "/"), ("/login", "/"), ("/" + "a" * 3000, "/"), ("", "/"),
    ],
)  # fmt: skip
def test_a_login_leads_to_paths_of_ours_only(wish: str, to: str):
    assert gate.onward(wish) == to


def test_the_login_page_shows_what_it_was_given_as_text(peopled: Settings, clock: Now):
    page = small(peopled, clock).get('/login?next=/"><script>alert(1)</script>').get_data(as_text=True)
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    answer = come_in(small(peopled, clock), '"><img src=x>')
    assert "<img" not in answer.get_data(as_text=True)
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]


def test_a_session_is_never_carried_over_a_login_and_a_logout_ends_it(peopled: Settings, clock: Now):
    client = small(peopled, clock)
    come_in(client)
    first = client.get_cookie(gate.SESSION).value
    come_in(client)
    second = client.get_cookie(gate.SESSION).value
    assert first != second
    client.set_cookie(gate.SESSION, first)
    assert client.get("/live").status_code == 401
    client.set_cookie(gate.SESSION, second)
    assert client.post("/logout").status_code == 403, "a page of somebody else cannot log people out"
    assert client.post("/logout", headers=proof(client)).status_code == 303
    client.set_cookie(gate.SESSION, second)
    assert client.get("/live").status_code == 401


def test_a_session_ends_when_nothing_is_done_and_an_open_page_alone_does_nothing(peopled: Settings, clock: Now):
    client = small(with_dashboard(peopled, session_idle_minutes=10), clock)
    come_in(client)
    news = {"changedPropIds": ["version.data"]}
    for _ in range(3):
        clock.at += 240
        client.get("/live")
        client.post("/_dash-update-component", json=news, headers=proof(client))
    assert client.get("/live").status_code == 401
    come_in(client)
    for _ in range(3):
        clock.at += 240
        deed = {"changedPropIds": ["c-network.value"]}
        assert client.post("/_dash-update-component", json=deed, headers=proof(client)).status_code == 200
    assert client.get("/live").status_code == 200


def test_a_session_ends_after_its_days_whatever_is_done(peopled: Settings, clock: Now):
    client = small(with_dashboard(peopled, session_days=1), clock)
    come_in(client)
    for _ in range(4):
        clock.at += 21_000
        assert client.get("/").status_code == 200
    clock.at += 2_400
    assert client.get("/").status_code == 302


def test_what_changes_something_must_prove_that_it_comes_from_our_page(peopled: Settings, clock: Now):
    client = small(peopled, clock)
    come_in(client)

    def post(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post("/_dash-update-component", json={}, headers=named).status_code

    good = proof(client)["X-CSRFToken"]
    assert post(X_CSRFToken=good) == 200
    assert post() == post(X_CSRFToken="") == post(X_CSRFToken="0" * 64) == 403
    assert post(X_CSRFToken=sessions.proof("another session")) == 403
    assert post(X_CSRFToken=good, Origin="http://evil.example") == post(X_CSRFToken=good, Origin="null") == 403
    assert post(X_CSRFToken=good, Sec_Fetch_Site="same-site") == 403
    assert post(X_CSRFToken=good, Sec_Fetch_Site="same-origin", Origin="http://localhost") == 200


def test_a_login_from_another_site_s_form_is_refused(peopled: Settings, clock: Now):
    answer = come_in(small(peopled, clock), headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403 and "Set-Cookie" not in answer.headers


def test_without_a_user_whoever_sits_here_is_an_editor_and_another_site_s_page_is_not(settings: Settings, clock: Now):
    client = small(settings, clock)
    assert client.get("/").get_data(as_text=True) == "local editor"
    assert client.get("/login").headers["Location"] == "/"
    assert client.post("/_dash-update-component", json={}).status_code == 200
    assert client.post("/_dash-update-component", json={}, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post("/_dash-update-component", json={}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "192.0.2.9", "[", "a b"]
)
def test_a_name_that_we_do_not_know_is_refused_also_without_users(settings: Settings, clock: Now, host: str):
    for path in ("/", "/live", "/login", "/healthz"):
        answer = small(settings, clock).get(path, headers={"Host": host})
        assert answer.status_code == 400 and "local" not in answer.get_data(as_text=True), path


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8050", "localhost", "LOCALHOST:1", "[::1]:8050", "127.8.8.8", "localhost."]
)
def test_this_machine_has_many_names(settings: Settings, clock: Now, host: str):
    assert small(settings, clock).get("/", headers={"Host": host}).status_code == 200


def test_through_a_public_name_nobody_is_local_even_without_a_user(settings: Settings, clock: Now):
    client = small(with_dashboard(settings, public_url="https://dash.example.com", hosts=("dash.lan",)), clock)
    for host in ("dash.example.com", "dash.lan"):
        assert client.get("/", headers={"Host": host}).status_code == 302
        assert "users add NAME" in client.get("/login", headers={"Host": host}).get_data(as_text=True)


def test_an_address_is_no_name_that_could_be_bound_anew(peopled: Settings, clock: Now):
    client = small(with_dashboard(peopled, host="0.0.0.0"), clock)
    assert client.get("/", headers={"Host": "192.0.2.9:8050"}).status_code == 302
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_other_addresses_are_refused_until_there_is_a_user_and_never_open_without_one(settings: Settings, clock: Now):
    outside = with_dashboard(settings, host="0.0.0.0")
    with pytest.raises(ConfigError, match="whichad dashboard users add NAME --role editor"):
        starting.check(outside)
    starting.check(settings)
    with writing(settings.data_dir) as connection:
        connection.execute("insert into users (name, role, created_at) values ('anna', 'editor', 0)")
    starting.check(outside)
    with writing(settings.data_dir) as connection:
        connection.execute("delete from users")
    assert small(outside, clock).get("/").status_code == 302, "the last user went while it ran"
    assert [finding.ok for finding in starting.findings(outside)] == [False]


def test_a_link_on_somebody_else_s_page_goes_on_by_itself_with_the_cookies(peopled: Settings, clock: Now):
    client = small(peopled, clock)
    answer = client.get('/?q="><b>', headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert 'http-equiv="refresh" content="0;url=/?q=' in answer.get_data(as_text=True)
    assert "<b>" not in answer.get_data(as_text=True)
    assert client.get("/", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302


def test_a_role_is_in_force_with_the_next_request_and_a_removed_user_is_out(peopled: Settings, clock: Now):
    client = small(peopled, clock)
    come_in(client)
    for statement, said in (
        ("update users set role = 'viewer' where name = 'anna'", "anna viewer"),
        ("delete from users where name = 'anna'", ""),
    ):
        with writing(peopled.data_dir) as connection:
            connection.execute(statement)
        assert (client.get("/live").get_data(as_text=True) == said) or (
            not said and client.get("/live").status_code == 401
        )


def test_one_changes_one_s_own_password_and_is_out_everywhere(peopled: Settings, clock: Now):
    client, other = small(peopled, clock), small(peopled, clock)
    come_in(client)
    come_in(other)
    new = "eight blue tandems"

    def change(**fields: str) -> int:
        given = {"password": SECRET, "new": new, "again": new, "proof": proof(client)["X-CSRFToken"]}
        return client.post("/login/password", data={**given, **fields}).status_code

    assert client.get("/login/password").status_code == 200
    assert change(proof="") == 403
    assert change(password="not the one I have") == 401
    assert change(again="eight blue tandem") == 400
    assert change(new="short", again="short") == 400
    assert change() == 303
    assert client.get("/live").status_code == other.get("/live").status_code == 401
    assert come_in(client).status_code == 401
    assert come_in(client, password=new).status_code == 303
    assert [entry.action for entry in audit.entries(peopled.data_dir)] == ["login", "password", "login", "login"]


def test_whose_word_about_an_address_is_believed(settings: Settings):
    def address(peer: str, told: str) -> str:
        builder = EnvironBuilder(headers={"X-Forwarded-For": told}, environ_overrides={"REMOTE_ADDR": peer})
        return hosts.visitor_address(Request(builder.get_environ()), with_dashboard(settings, proxies=("192.0.2.7",)))

    assert address("127.0.0.1", "6.6.6.6, 203.0.113.5") == "203.0.113.5", "what the proxy added, not what was claimed"
    assert address("192.0.2.7", "203.0.113.5") == "203.0.113.5"
    assert address("192.0.2.8", "203.0.113.5") == "192.0.2.8"
    assert address("127.0.0.1", "") == "127.0.0.1"


def test_a_damaged_file_lets_nobody_in_and_is_said(settings: Settings, clock: Now):
    (settings.data_dir / "dashboard.sqlite").write_bytes(b"no database" * 100)
    answer = small(settings, clock).get("/")
    assert answer.status_code == 503 and "cannot be used" not in answer.get_data(as_text=True)


def test_a_viewer_s_callbacks_are_refused_in_words_and_change_nothing(peopled: Settings):
    client = create_app(peopled).server.test_client()
    words = {"annotation-days.value": ["2026-11-24", None], "annotation-words.value": "Sale"}

    def call(output: str, changed: str, values: dict[str, object]) -> str:
        body = payload(client.get("/_dash-dependencies").get_json(), output, changed, values)
        answer = client.post("/_dash-update-component", json=body, headers=proof(client))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return json.dumps(answer.get_json())

    for name, sees in (("ben", "takes an editor"), ("anna", '"annotated"')):
        come_in(client, name)
        client.get("/")
        assert sees in call("annotation-id.data", "annotation-keep.n_clicks", {**words, "annotation-keep.n_clicks": 1})
        shared = {
            "view-keep.n_clicks": 1,
            "view-name.value": "Ours",
            "view-shared.checked": True,
            "url.pathname": "/evil",
        }
        said = call("view-name.value", "view-keep.n_clicks", {**shared, "url.search": "?period=3&bad=<b>"})
        assert ("takes an editor" in said) is (name == "ben")
    kept = annotations.within(peopled.data_dir, *[annotations.day_of("2026-11-24")] * 2)
    assert [(each.words, each.author) for each in kept] == [("Sale", "anna")]
    deleting = '{"id":1,"type":"annotation-delete"}.n_clicks'
    come_in(client, "ben")
    client.get("/")
    assert "takes an editor" in call("annotations-trouble.children", deleting, {deleting: 1})
    with reading(peopled.data_dir) as connection:
        assert connection.execute("select path, search from views").fetchall() == [("/", "?period=3")]
        assert connection.execute("select count(*) from annotations").fetchone() == (1,)


def test_what_a_client_makes_up_is_refused_in_words(settings: Settings, tmp_path: Path):
    client = create_app(settings).server.test_client()
    body = payload(
        client.get("/_dash-dependencies").get_json(), "annotation-id.data", "annotation-keep.n_clicks",
        {"annotation-keep.n_clicks": 1, "annotation-days.value": {"a": 1}, "annotation-words.value": ["x"],
         "annotation-network.value": "no such network"},
    )  # fmt: skip
    assert "no such network" in json.dumps(client.post("/_dash-update-component", json=body).get_json())
