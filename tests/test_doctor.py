"""This module owns the promises of `whichad doctor`: each mistake is made for real, and its sentence says the fix."""

import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import SECRET, Ingest, environment, signed
from typer.testing import CliRunner

import whichad
from analytics.config import AnalyticsSettings
from analytics.doctor import doctor, folders
from analytics.refresh import Refresher, utc_now
from analytics.status.health import Finding
from dashboard.config import Settings
from ingest.config import load

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}
Write = Callable[..., Settings]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Settings as a whichad.toml says them, with a sender whose secret lies in a private file, and free ports."""

    def made(top: str = "", sections: str = "", sender: str = 'secrets = ["file:shop.key"]') -> Settings:
        (tmp_path / "shop.key").write_text(SECRET)
        (tmp_path / "shop.key").chmod(0o600)
        config = tmp_path / "whichad.toml"
        ports = "" if "[ingest]" in sections else "[ingest]\nport = 0\nadmin_port = 0\nfree_bytes_min = 0\n"
        config.write_text(f"{top}\n{ports}{sections}\n[senders.shop]\n{sender}\n")
        settings = load(Settings, config)
        return settings.model_copy(update={"dashboard": settings.dashboard.model_copy(update={"port": 0})})

    return made


def wrong(settings: AnalyticsSettings) -> dict[str, Finding]:
    """What the doctor finds wrong, by what was looked at."""
    found = [each for each in doctor(settings) if not each.ok]
    assert all(each.hint for each in found)
    return {each.what: each for each in found}


def told(settings: AnalyticsSettings, what: str) -> tuple[str, str]:
    """The one thing that is wrong: what was found, and the fix."""
    found = wrong(settings)
    assert list(found) == [what]
    return found[what].detail, found[what].hint


def test_a_sound_set_up_has_nothing_wrong(write: Write):
    assert wrong(write()) == {}


def test_a_taken_port_is_named_with_its_setting(write: Write):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        detail, hint = told(write(sections=f"[ingest]\nport = {port}\nadmin_port = 0\nfree_bytes_min = 0"), "ports")
    assert detail == f"port {port} is taken by another program"
    assert "ss -ltnp" in hint and "[ingest] port" in hint


def test_a_port_for_root_only_is_said(write: Write):
    started = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    least = int(started.read_text()) if started.exists() else 1024
    settings = write(sections="[ingest]\nport = 80\nadmin_port = 0\nfree_bytes_min = 0")
    if os.geteuid() == 0 or least <= 80:  # here port 80 may be used: the kernel's own refusal, as it would be
        detail, hint = folders_words(80)
    else:
        detail, hint = told(settings, "ports")
    assert detail == "port 80 is for root only" and "above 1023" in hint


def folders_words(port: int) -> tuple[str, str]:
    """What is said of the kernel's refusal of a port."""
    from analytics.doctor.addresses import _words

    return _words("127.0.0.1", port, "[ingest] port", PermissionError(13, "Permission denied"))


def test_a_host_that_is_not_this_machine_s_is_said(write: Write):
    detail, hint = told(write(sections='[ingest]\nhost = "192.0.2.1"\nport = 0\nfree_bytes_min = 0'), "ports")
    assert "192.0.2.1" in detail and "127.0.0.1" in hint


@pytest.mark.parametrize(
    ("url", "detail", "hint"),
    [
        ("http://hooks.shop.com", "not https", "Caddy"),
        ("https://localhost:8080", "this machine or its network only", "https://hooks.example.com"),
        ("https://192.168.1.7", "this machine or its network only", "the internet"),
        ("https://adserver", "this machine or its network only", "the internet"),
        ("https://box.lan", "this machine or its network only", "the internet"),
    ],
)
def test_an_address_that_senders_cannot_use_is_said(write: Write, url: str, detail: str, hint: str):
    found = told(write(f'public_url = "{url}"'), "public_url")
    assert detail in found[0] and url in found[0] and hint in found[1]


def test_an_address_on_the_internet_is_well(write: Write):
    assert wrong(write('public_url = "https://hooks.shop.com"')) == {}


def test_a_dashboard_for_everybody_without_a_login_is_said(write: Write):
    settings = write(sections='[dashboard]\nhost = "0.0.0.0"\nport = 0')
    done = CliRunner().invoke(whichad.app, ["doctor", "--format", "json", "--config", str(settings.config_path)])
    rows = {row["what"]: row for row in json.loads(done.stdout)}
    assert done.exit_code == 1
    assert "only with a login" in rows["dashboard login"]["detail"]
    assert "dashboard users add" in rows["dashboard login"]["hint"]


def test_a_secret_that_is_not_there_is_said_with_the_fix(write: Write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SHOP_SECRET", raising=False)
    detail, hint = told(write(sender='secrets = ["env:SHOP_SECRET"]'), "senders")
    assert "env:SHOP_SECRET" in detail and "EnvironmentFile" in hint
    detail, hint = told(write(sender='secrets = ["file:nowhere.key"]'), "senders")
    assert "nowhere.key does not exist" in detail and "senders add" in hint


def test_an_empty_secret_is_said(write: Write, tmp_path: Path):
    settings = write()
    (tmp_path / "shop.key").write_text("\n")
    assert "shop.key is empty" in wrong(settings)["secret"].detail


def test_a_secret_that_others_can_read_is_said_and_not_shown(write: Write, tmp_path: Path):
    settings = write()
    (tmp_path / "shop.key").chmod(0o644)
    detail, hint = told(settings, "secret")
    assert hint == f"chmod 600 {tmp_path / 'shop.key'}" and SECRET not in detail
    settings = write(sender=f'secrets = ["{SECRET}"]')
    (tmp_path / "whichad.toml").chmod(0o644)
    detail, hint = told(settings, "secret")
    assert "whichad.toml holds secrets" in detail and SECRET not in detail + hint


def test_arbitrage_days_that_nobody_chose_are_said(write: Write):
    detail, hint = told(write('kind = "arbitrage"'), "reporting")
    assert "UTC" in detail and "America/Los_Angeles" in hint and "currency" in hint
    assert wrong(write('kind = "arbitrage"\ntimezone = "UTC"\ncurrency = "USD"')) == {}


def test_a_disk_that_is_nearly_full_is_said(write: Write):
    settings = write(sections=f"[ingest]\nport = 0\nadmin_port = 0\nfree_bytes_min = {1 << 60}")
    assert "503" in wrong(settings)["disk"].hint


def test_a_data_folder_on_a_network_file_system_is_said(write: Write, tmp_path: Path):
    """Nobody mounts NFS in a test: the kernel's table of mounts is a file with such a line, the rest is as it runs."""
    settings, mounts = write(), tmp_path / "mounts"
    data = settings.data_dir
    line = f"nas:/volume {str(data).replace(' ', chr(92) + '040')} nfs4 rw,relatime 0 0\n"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\n{line}/dev/sdb1 {data}er ext4 rw 0 0\n")
    (found,) = folders.kind_of_disk(settings, mounts)
    assert not found.ok and "nfs4, a network file system" in found.detail and "[nodes]" in found.hint
    mounts.write_text("/dev/sda1 / ext4 rw 0 0\n")
    assert [(each.ok, each.detail) for each in folders.kind_of_disk(settings, mounts)] == [(True, "ext4")]


def test_files_of_another_user_are_said(write: Write):
    settings = write()
    settings.data_dir.mkdir()
    if os.geteuid() == 0:
        os.chown(settings.data_dir, 4321, 4321)
        detail, hint = told(settings, "data folder")
        assert "belongs to user 4321, and we are 0" in detail and "chown -R" in hint
    else:
        settings.data_dir.chmod(0o500)
        detail, hint = told(settings, "data folder")
        assert "cannot be written to" in detail and "chown -R" in hint


def test_a_data_folder_that_is_a_file_is_said(write: Write):
    settings = write()
    settings.data_dir.write_text("")
    (found,) = folders.writable(settings)
    assert not found.ok and "cannot be written to" in found.detail


def test_a_shared_folder_that_is_not_there_or_not_to_be_written_is_said(write: Write, tmp_path: Path):
    settings = write(sections='[nodes]\nshared = "shared"\nnode = "a"')
    detail, hint = told(settings, "shared folder")
    assert "is not there" in detail and "Mount it" in hint
    (tmp_path / "shared").mkdir()
    assert wrong(settings) == {}
    (tmp_path / "shared").rmdir()
    (tmp_path / "shared").symlink_to("/proc/self/fd")  # a folder in which not even root can make a file
    detail, _ = told(settings, "shared folder")
    assert "cannot be used" in detail


def test_bodies_that_will_not_fit_are_said(write: Write):
    settings = write(sections="[retention]\nraw_days = 1e12\nquarantine_days = 1e12")
    settings.journal_dir.mkdir(parents=True)
    (settings.journal_dir / "n-w1-1-1.sqlite").write_bytes(b"\0" * 100_000)
    assert "raw_days" in wrong(settings)["raw_days"].hint


def test_what_arrives_and_cannot_be_used_is_said_with_the_likeliest_reason(tmp_path: Path):
    with Ingest(tmp_path, {"shop": {}, "tracker": {"strict": False}}) as ingest:
        (tmp_path / "whichad.toml").chmod(0o600)
        settings = load(AnalyticsSettings, ingest.config)
        assert set(wrong(settings)) == {"arrivals"}
        assert wrong(settings)["arrivals"].detail == "nothing has ever arrived"
        for _ in range(6):
            ingest.post(CLICK, secret="whsec_dGVzdHMtb3duLXRoaXMtc2VjcmV0LTMyLWJ5dGVzPz8=")
            body = json.dumps(CLICK).encode()
            ingest.request("POST", "/webhooks/shop", body, signed(body, at=time.time() - 3600))
        ingest.post([{"event": f"purchase {n}"} for n in range(12)], "tracker")
        assert Refresher(settings).cycle(utc_now(), force=True).ok
        deadline = time.monotonic() + 20
        while set(found := wrong(settings)) != {"refused", "quarantine"} and time.monotonic() < deadline:
            time.sleep(0.2)  # refusals reach the disk within two seconds
        details = {each.detail: each.hint for each in doctor(settings) if not each.ok}
    assert set(found) == {"refused", "quarantine"}
    assert "senders show shop" in details["6 deliveries of shop were refused within a day: signature_wrong"]
    assert "clock" in details["6 deliveries of shop were refused within a day: timestamp_stale"]
    assert "profile = 'standard'" in details["12 of 12 items of tracker cannot be used"]


def test_two_instances_on_one_data_folder_are_said(tmp_path: Path):
    with Ingest(tmp_path) as one:
        assert [found.ok for found in folders.alone(one.settings)] == [True]
        other = Ingest(tmp_path)
        with other.log.open("ab") as log:
            from warm import ROOT, Warm

            with Path(os.devnull).open("rb") as nothing:
                command = ["ingest", "serve", "--config", str(other.config)]
                other.process = Warm(command, ROOT, environment(), nothing, log, log)
        try:
            deadline, found = time.monotonic() + 30, list[Any]()
            while not any(not each.ok for each in found) and time.monotonic() < deadline:
                found = list(folders.alone(load(AnalyticsSettings, one.config)))
        finally:
            other.stop()
    assert "both serve" in found[0].detail and "data_dir of its own" in found[0].hint
