"""The commands about people, and a real dashboard that refuses to be reached by others until there is a user."""

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

import whichad
from dashboard.__main__ import app as dashboard_app

SECRET = "seven green bicycles"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "whichad.toml").write_text('data_dir = "data"\n[dashboard]\nport = 0\n')
    return tmp_path


def run(folder: Path, *arguments: str, typed: str = "", app: typer.Typer = dashboard_app) -> Result:
    """A command to its end, in this process: a process of its own takes a second to start."""
    return CliRunner().invoke(app, [*arguments, "--config", str(folder / "whichad.toml")], input=typed)


def test_users_come_change_and_go_and_the_trail_says_so(folder: Path):
    done = run(folder, "users", "add", "anna", "--role", "editor", typed=f"{SECRET}\n")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "asks everybody to log in" in done.stderr
    again = run(folder, "users", "add", "ANNA", typed=f"{SECRET}\n")
    assert again.exit_code == 1 and "already" in again.stderr
    short = run(folder, "users", "password", "anna", typed="short\n")
    assert short.exit_code == 1 and "12 characters" in short.stderr
    assert run(folder, "users", "role", "anna", "viewer").exit_code == 0
    listed = json.loads(run(folder, "users", "list", "--format", "json").stdout)
    assert [(user["user"], user["role"], user["comes_in_by"]) for user in listed] == [("anna", "viewer", "password")]
    assert run(folder, "users", "remove", "anna").exit_code == 0
    trail = run(folder, "audit", "--format", "json").stdout
    assert [line["action"] for line in json.loads(trail)] == ["user.remove", "user.role", "user.add"]
    assert SECRET not in trail
    assert run(folder, "users", "role", "nobody", "viewer").exit_code == 1


def test_the_front_door_has_the_same_commands_and_the_doctor_says_who_may_come_in(folder: Path):
    done = run(folder, "dashboard", "users", "list", app=whichad.app)
    assert done.exit_code == 0 and "No user yet" in done.stderr
    assert (
        "whoever sits at this machine is an editor" in run(folder, "doctor", "--format", "csv", app=whichad.app).stdout
    )


def test_any_other_address_is_refused_with_the_command_to_run_until_there_is_a_user(folder: Path):
    (folder / "whichad.toml").write_text('data_dir = "data"\n[dashboard]\nport = 0\nhost = "0.0.0.0"\n')
    for app, command in ((dashboard_app, "serve"), (whichad.app, "up")):
        refused = run(folder, command, app=app)
        assert refused.exit_code == 2
        assert (
            "whichad.toml dashboard users add NAME --role editor" in refused.stderr
            and "Traceback" not in refused.stderr
        )
    assert run(folder, "users", "add", "anna", typed=f"{SECRET}\n").exit_code == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "serve", "--config", str(folder / "whichad.toml")],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "WHICHAD_CONFIG": ""},
    )  # fmt: skip
    try:
        assert process.stderr is not None
        address = urlsplit(process.stderr.readline().rsplit(" ", 1)[1].strip())
        assert ask(address.netloc, "GET", "/").status == 302
        assert ask(address.netloc, "GET", "/", {"Host": "evil.example"}).status == 400
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"name": "anna", "password": SECRET, "next": "/health"})
        come = ask(address.netloc, "POST", "/login", form, body)
        assert (come.status, come.headers["Location"]) == (303, "/health")
        session = "; ".join(cookie.partition(";")[0] for cookie in come.headers.get_all("Set-Cookie"))
        assert ask(address.netloc, "GET", "/live", {"Cookie": session}).status == 200
        assert run(folder, "users", "password", "anna", typed=f"{SECRET} 2\n").exit_code == 0
        assert ask(address.netloc, "GET", "/live", {"Cookie": session}).status == 401, "another password, while it runs"
    finally:
        process.terminate()
        process.wait(15)


def ask(
    address: str, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer
