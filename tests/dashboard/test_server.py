"""The command: it says where it listens, refuses with a sentence, and stops cleanly."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest


def serve(folder: Path, toml: str) -> subprocess.Popen[str]:
    (folder / "whichad.toml").write_text(toml)
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard", "serve", "--config", str(folder / "whichad.toml")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "WHICHAD_CONFIG": ""},
    )  # fmt: skip


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_its_address_serves_and_stops_cleanly(tmp_path: Path, stop: signal.Signals):
    process = serve(tmp_path, 'data_dir = "."\n[dashboard]\nport = 0\n')
    assert process.stderr is not None
    try:
        address = process.stderr.readline().rsplit(" ", 1)[1].strip()
        assert urllib.request.urlopen(f"{address}healthz", timeout=10).status == 200
        process.send_signal(stop)
        out, err = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 0
    assert out == "", "stdout is data"
    assert err == "The dashboard has stopped.\n"


def test_a_wrong_setting_is_named_and_stops_the_start_with_2(tmp_path: Path):
    process = serve(tmp_path, "[dashboard]\nprot = 8050\n")
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "dashboard.prot" in err
    assert "Traceback" not in err


def test_a_port_in_use_says_what_to_do(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        _out, err = (process := serve(tmp_path, f'data_dir = "."\n[dashboard]\nport = {port}\n')).communicate(
            timeout=30
        )
    assert process.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use." in err
    assert "Traceback" not in err
