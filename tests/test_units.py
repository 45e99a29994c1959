"""This module owns what holds the systemd units and the Caddyfile true: their tools' own checks, numbers that agree."""

import http.client
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from journaling import Desk, click
from running import ROOT, Ingest, environment, signed

from analytics.demo import free_port
from dashboard.config import Settings
from dashboard.server import BODY_BYTES_MAX
from ingest.backup.take import backup
from ingest.config import Ingest as IngestSection
from ingest.config import load
from ingest.listening.server import HEADER_BYTES_MAX
from ingest.listening.sockets import BACKLOG, WEBHOOKS
from ingest.listening.worker import DRAIN_SECONDS_MAX
from ingest.visitors.key import visitor_key

UNITS = ROOT / "deploy" / "systemd"
CADDYFILE = ROOT / "deploy" / "caddy" / "Caddyfile"
SERVICE = (UNITS / "whichad.service").read_text(encoding="utf-8")
SOCKET = (UNITS / "whichad.socket").read_text(encoding="utf-8")
BACKUP = (UNITS / "whichad-backup.service").read_text(encoding="utf-8")
TIMER = (UNITS / "whichad-backup.timer").read_text(encoding="utf-8")
CADDY = CADDYFILE.read_text(encoding="utf-8")
LIMITS = IngestSection()
BYTES = {"KiB": 1 << 10, "MiB": 1 << 20}
EXPOSURE_MAX = 20  # tenths of what `systemd-analyze security` calls 10, all that a service could do


def told(unit: str, key: str) -> list[str]:
    """What a unit says by a key, each time."""
    return re.findall(rf"(?m)^{key}=(.*)$", unit)


def caddy(name: str) -> list[int]:
    """The numbers that the Caddyfile says by a name: bytes, or seconds."""
    found = re.findall(rf"(?m)^\s*{name} (\d+)(KiB|MiB|s)$", CADDY)
    return [int(number) * BYTES.get(unit, 1) for number, unit in found]


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The units with a program that is there, for systemd's own checks; skips where it has none."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    folder, program = tmp_path_factory.mktemp("units"), Path(sys.executable).with_name("whichad")
    for unit in UNITS.iterdir():
        (folder / unit.name).write_text(
            unit.read_text(encoding="utf-8").replace("/opt/whichad/bin/whichad", str(program))
        )
    return [str(path) for path in folder.iterdir()]


def test_systemd_takes_the_units_without_a_word(units: list[str]):
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_finds_little_that_the_services_could_do_to_the_machine(units: list[str]):
    services = [unit for unit in units if unit.endswith(".service")]
    for service in services:
        command = [
            "systemd-analyze",
            "security",
            "--offline=true",
            f"--threshold={EXPOSURE_MAX}",
            "--no-pager",
            service,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if "unrecognized option" in done.stderr:
            pytest.skip("this systemd cannot look at units offline")
        assert done.returncode == 0, done.stdout[-300:]
    assert len(services) == 2


def test_the_units_hold_the_socket_of_the_door_and_give_it_time_to_stop():
    assert told(SOCKET, "FileDescriptorName") == [WEBHOOKS] and told(SOCKET, "Accept") == ["no"]
    assert told(SOCKET, "ListenStream") == [f"{LIMITS.host}:{LIMITS.port}"] and told(SOCKET, "Backlog") == [
        str(BACKLOG)
    ]
    assert told(SERVICE, "Requires") == ["whichad.socket"] and told(SERVICE, "KillMode") == ["mixed"]
    assert int(told(SERVICE, "TimeoutStopSec")[0]) >= 3 * 40 > 3 * DRAIN_SECONDS_MAX, "each part has 40 s to stop"
    assert told(SERVICE, "User") == ["whichad"] and told(SERVICE, "ExecStart")[0].split()[1:] == ["up"]


def hardened(unit: str) -> set[str]:
    """The lines of a unit that take something away."""
    return set(
        re.findall(r"(?m)^(?:Protect|Private|Restrict|System|NoNew|Capability|Ambient|Lock|Remove)\w+=.*$", unit)
    )


def test_the_backup_may_do_no_more_than_the_service_and_is_made_daily_also_after_a_night_off():
    families = {line for line in hardened(SERVICE) if line.startswith("RestrictAddressFamilies")}
    assert hardened(BACKUP) >= hardened(SERVICE) - families and told(BACKUP, "PrivateNetwork") == ["yes"]
    assert told(BACKUP, "User") == told(SERVICE, "User") and told(BACKUP, "UMask") == ["0077"]
    assert told(BACKUP, "WorkingDirectory") == told(SERVICE, "WorkingDirectory")
    program, *words = shlex.split(told(BACKUP, "ExecStart")[0])
    assert program == told(SERVICE, "ExecStart")[0].split()[0]
    assert told(BACKUP, "ReadWritePaths") == told(BACKUP, "RequiresMountsFor") == [words[words.index("--dir") + 1]]
    assert told(BACKUP, "Type") == ["oneshot"] and told(TIMER, "Persistent") == ["true"]
    assert told(TIMER, "WantedBy") == ["timers.target"] and len(told(TIMER, "OnCalendar")) == 1


def test_the_backup_s_own_command_keeps_fourteen(tmp_path: Path):
    (tmp_path / "whichad.toml").write_text('data_dir = "data"\n')
    (tmp_path / "backups").mkdir()
    with Desk(tmp_path) as desk:
        desk.post(click("1"))
        visitor_key(desk.data_dir)
    folder, settings = tmp_path / "backups", load(Settings, tmp_path / "whichad.toml")
    for day in range(1, 16):
        backup(settings, folder / f"whichad-2026-01-{day:02}T03-17-00Z.tar")
    command = told(BACKUP, "ExecStart")[0].replace("/var/backups/whichad", "backups")
    done = subprocess.run(
        [sys.executable, "-m", "whichad", *shlex.split(command)[1:]], cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and len(list(folder.iterdir())) == 14, done.stderr


def test_the_limits_of_caddy_are_the_door_s_own():
    assert caddy("max_size") == [LIMITS.body_bytes_max, BODY_BYTES_MAX]
    assert re.findall(r"Content-Length}\) > (\d+)`", CADDY) == [str(LIMITS.body_bytes_max)]
    assert caddy("max_header_size") == [HEADER_BYTES_MAX]
    assert caddy("read_header") == caddy("read_body") == [LIMITS.slow_seconds_max]
    assert max(caddy("keepalive")) < LIMITS.slow_seconds_max, "Caddy lets go of an idle connection before the door does"
    assert caddy("response_header_timeout")[0] > LIMITS.slow_seconds_max + LIMITS.journal_seconds_max
    assert caddy("lb_try_duration")[0] > DRAIN_SECONDS_MAX


@contextmanager
def proxied(folder: Path, ingest_port: int) -> Iterator[int]:
    """Caddy with our file on a loopback port, without TLS; skips where it is not installed."""
    program, port = shutil.which("caddy"), free_port(0)
    if program is None:
        pytest.skip("Caddy is not installed: apt-get install caddy")
    names = {"WHICHAD_HOOKS": f"http://127.0.0.1:{port}", "WHICHAD_PAGES": f"http://127.0.0.1:{free_port(0)}"}
    env = environment() | names | {"WHICHAD_INGEST": f"127.0.0.1:{ingest_port}", "HOME": str(folder)}
    env |= {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "caddy.log").open("wb") as log:
        command = [program, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def asked(port: int, path: str, body: bytes, headers: dict[str, str] | None = None) -> int:
    """The status that a POST is answered with."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", path, body, {**signed(body), **(headers or {})})
        return connection.getresponse().status
    finally:
        connection.close()


def test_through_caddy_only_the_door_is_reached_within_limits_and_a_restart_is_waited_for(tmp_path: Path):
    click = b'{"id":"1","type":"click","occurred_at":"2026-11-23T08:00:00Z"}'
    with Ingest(tmp_path, port=free_port(0)) as ingest, proxied(tmp_path, ingest.port) as port:
        assert asked(port, "/webhooks/shop", click) == 200
        assert asked(port, "/webhooks/shop", click.ljust(LIMITS.body_bytes_max)) == 200, "exactly at the limit"
        assert [asked(port, "/webhooks/shop", b" " * (LIMITS.body_bytes_max + more)) for more in (1, 9 << 20)] == [
            413,
            413,
        ]
        assert [asked(port, path, click) for path in ("/readyz", "/metrics", "/")] == [404, 404, 404]
        assert asked(port, "/webhooks/shop", click, {"x-long": "x" * (HEADER_BYTES_MAX + 8192)}) == 431
        ingest.stop()
        # A GET: Caddy up to 2.11.1, which systems ship, closes the body of a POST that reached nobody.
        command = ["curl", "-sS", "--max-time", "40", f"http://127.0.0.1:{port}/healthz"]
        later = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ingest.start()
        assert "true" in later.communicate(timeout=40)[0], "nobody listened when it was sent"
