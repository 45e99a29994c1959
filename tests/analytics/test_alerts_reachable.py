"""Which addresses may be posted to: none inside a private network, and no second question to the resolver."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from alerting import LOOPBACK, lane, note, to
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from relaying import Target

from analytics.alerts import channels, deliveries, posting
from analytics.alerts.reachable import ForbiddenError, is_public, networks, places
from analytics.config import Alerts
from ingest.config import ConfigError
from ingest.relaying.target import target


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "100.64.0.1", "100.127.255.254", "169.254.169.254", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
        "64:ff9b::8.8.8.8", "64:ff9b:1::1", "2002:7f00:1::1", "2001:0:4136:e378::1", "fe80::1", "fe80::1%1", "fec0::1",
        "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "100::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_one_machine_of_the_internet_is_refused(address: str):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "100.128.0.1", "172.32.0.1", "2606:4700::1111"])
def test_an_address_of_the_internet_is_not(address: str):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x", "http://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://localhost/", "https://169.254.169.254/latest",
        "https://10.1.2.3:8443/", "http://8.8.8.8/", "https://user:pass@192.168.0.1/",
    ],
)  # fmt: skip
def test_however_a_private_address_is_spelled_it_is_refused_and_no_token_is_said(url: str):
    with pytest.raises(ForbiddenError) as told:
        places(target(url), ())
    assert "allow_private" in str(told.value)
    assert "pass" not in str(told.value)


def test_what_the_settings_allow_is_reached_also_in_the_clear_and_nothing_else_is():
    assert places(target("http://127.0.0.1:80/"), LOOPBACK)[0].host == "127.0.0.1"
    assert places(target("http://[::ffff:127.0.0.1]/"), LOOPBACK)
    assert places(target("https://8.8.8.8/"), ())[0].port == 443
    with pytest.raises(ForbiddenError, match="private network"):
        places(target("http://10.0.0.1/"), networks(["127.0.0.0/8"]))


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def rebinding(host: str, *rest: object, **more: object) -> object:
        asked.append(host)
        return resolve("127.0.0.1" if len(asked) == 1 else "192.0.2.1", *rest, **more)  # type: ignore[arg-type]

    with Target() as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: (
            rebinding(host, *rest, **more) if host == "rebind.example" else resolve(host, *rest, **more)))  # fmt: skip
        answer = posting.post(f"http://rebind.example:{receiver.port}/x", b"{}", {}, LOOPBACK, 5)
    assert (answer.status, asked) == (200, ["rebind.example"])
    assert receiver.got[0].headers["host"] == f"rebind.example:{receiver.port}"


def test_a_redirect_into_the_network_is_not_followed(tmp_path: Path):
    with Target() as inside, Target(lambda _: (307, {"location": inside.url})) as outside:
        endpoint = to(tmp_path, outside)
        note(tmp_path, 1)
        work = lane(tmp_path, endpoint)
        done = threading.Event()
        while not done.is_set():
            work.nudge()
            done.wait(0.01)
            if deliveries.log(tmp_path):
                done.set()
        work.stop()
        work.join(5)
    assert (inside.got, deliveries.log(tmp_path)[-1].status) == ([], 307)


def test_an_endpoint_that_could_never_be_told_is_not_even_added():
    wrong = {
        "https://127.0.0.1/": "private network", "ftp://x.example/": "https://", "http://8.8.8.8/": "not encrypted",
        "https://": "https://", "https://[::1": "https://",
    }  # fmt: skip
    for url, why in wrong.items():
        with pytest.raises(ConfigError, match=why):
            channels.check_address("webhook", url, ())
    channels.check_address("webhook", "https://nowhere.invalid/", ())  # its name may be known tomorrow


def test_a_network_in_the_settings_that_is_none_is_named():
    with pytest.raises(ValueError, match=r"'10\.0\.0\.0/99' is no network"):
        Alerts(allow_private=("10.0.0.0/99",))


def test_where_one_address_of_a_name_does_not_answer_the_next_is_asked(monkeypatch: pytest.MonkeyPatch):
    resolve = socket.getaddrinfo

    def both(host: str, *rest: object, **more: object) -> list[object]:
        if host != "two.example":
            return list(resolve(host, *rest, **more))  # type: ignore[arg-type]
        return [*resolve("127.0.0.9", *rest, **more), *resolve("127.0.0.1", *rest, **more)]  # type: ignore[arg-type]

    with Target() as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", both)
        assert posting.post(f"http://two.example:{receiver.port}/x", b"{}", {}, LOOPBACK, 5).status == 200


def test_an_address_inside_is_left_out_where_another_of_its_name_is_not(monkeypatch: pytest.MonkeyPatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 443)) for host in ("10.0.0.1", "8.8.8.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert [place.host for place in places(target("https://split.example/"), ())] == ["8.8.8.8"]


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(certificate, key) that `hooks.example` signed for itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


def test_over_tls_the_certificate_is_held_against_the_name_and_not_the_address(
    certified: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
):
    resolve, names = socket.getaddrinfo, ("hooks.example", "other.example")
    monkeypatch.setattr(
        socket, "getaddrinfo",
        lambda host, *rest, **more: resolve("127.0.0.1" if host in names else host, *rest, **more),
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certified)
    with Target(tls=context) as receiver:
        with pytest.raises(posting.UnansweredError, match="certificate is not trusted"):
            posting.post(f"https://hooks.example:{receiver.port}/x", b"{}", {}, LOOPBACK, 5)
        monkeypatch.setenv("SSL_CERT_FILE", str(certified[0]))
        answer = posting.post(f"https://hooks.example:{receiver.port}/x?y=1", b"{}", {}, LOOPBACK, 5)
        assert (answer.status, receiver.got[-1].path) == (200, "/x?y=1")
        with pytest.raises(posting.UnansweredError, match="certificate is not trusted"):
            posting.post(f"https://other.example:{receiver.port}/x", b"{}", {}, LOOPBACK, 5)
