"""This module owns a running ingest for tests: the real server as its own process, signed posts, its record.

    with Ingest(tmp_path, {"shop": {}}) as ingest:
        answer = ingest.post({"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"})
        ingest.load()
        assert ingest.query("select count(*) from interactions") == [(1,)]

Ports are picked by the system and read from `data_dir/ingest.json`; SIGTERM ends the process by its id.
"""

import http.client
import itertools
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import warm
from looking import look

from ingest.config import IngestSettings, load
from ingest.listening.serve import RUN_FILE
from ingest.profile import profile
from ingest.rejection import REFUSALS
from ingest.signature import sign
from ingest.store import Drained, Record, drain

ROOT = Path(__file__).resolve().parents[1]
SECRET = "whsec_dGVzdHMtb3duLXRoaXMtc2VjcmV0LTMyLWJ5dGVzISE="
PAGE = "https://shop.example"  # an origin of pages
READY_SECONDS = 30.0
STOP_SECONDS = 40.0
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The stable code of a problem, None where the answer is none."""
        is_problem = self.headers.get("content-type") == "application/problem+json"
        return self.json["code"] if is_problem else None


def proofs(profile_name: str, secret: str = SECRET) -> dict[str, tuple[str, ...]]:
    """What a sender of a profile must have for anybody to post: a secret, or where pages post, their origins."""
    scheme = profile(profile_name).auth.scheme
    return {"origins": (PAGE,)} if scheme == "origin" else {"secrets": () if scheme == "none" else (secret,)}


def environment(**more: str) -> dict[str, str]:
    """This process's environment without any setting of whichad's, plus `more`."""
    return {key: value for key, value in os.environ.items() if not key.startswith("WHICHAD_")} | more


def run(*arguments: str, cwd: Path = ROOT, **more: str) -> subprocess.CompletedProcess[str]:
    """`python -m ingest …` to its end, with `more` as environment."""
    return warm.run(["ingest", *arguments], cwd, environment(**more))


def write_config(folder: Path, senders: Mapping[str, Mapping[str, Any]], **limits: Any) -> Path:
    """A `whichad.toml` in `folder` for a small ingest that lets the system pick its ports."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, Mapping[str, Any]] = {
        "ingest": {"port": 0, "admin_port": 0, "workers": 1, "free_bytes_min": 0, **limits},
        **{f"senders.{name}": {"secrets": [SECRET], **sender} for name, sender in senders.items()},
    }
    lines = ['data_dir = "data"']
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    path = folder / "whichad.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def signed(body: bytes, secret: str = SECRET, at: float | None = None, message_id: str = "") -> dict[str, str]:
    """The headers of a signed JSON delivery, signed now unless `at` (unix seconds) says otherwise."""
    stamp = int(time.time() if at is None else at)
    message_id = message_id or f"msg_{os.getpid()}_{next(_numbers)}"
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(secret, message_id, stamp, body),
    }


def answers(raw: bytes) -> list[Answer]:
    """The answers in what came back over one socket."""
    found = []
    while raw:
        head, _, rest = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        size = int(headers["content-length"])
        found.append(Answer(int(first.split()[1]), headers, rest[:size]))
        raw = rest[size:]
    return found


def raw_post(body: bytes, *lines: str, sender: str = "shop") -> bytes:
    """A signed POST as bytes, with header lines of our own and without a length."""
    head = [f"POST /webhooks/{sender} HTTP/1.1", "Host: x", *(f"{k}: {v}" for k, v in signed(body).items()), *lines]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def refused(answer: Answer, status: int, code: str) -> None:
    """Hold an answer to the one shape that all refusals have."""
    assert (answer.status, answer.code) == (status, code)
    refusal, body = REFUSALS[code], answer.json
    expected = {"type", "title", "status", "code", "retryable"}
    assert expected <= set(body) <= expected | {"detail"}
    assert (body["type"], body["title"], body["status"]) == ("about:blank", refusal.sentence, status)
    assert body["retryable"] is refusal.retryable is ("retry-after" in answer.headers)
    assert "whichad-receipt" not in answer.headers


class Ingest:
    """One ingest in a folder of its own; a context manager that starts and stops it."""

    def __init__(self, folder: Path, senders: Mapping[str, Mapping[str, Any]] | None = None, **limits: Any) -> None:
        """`senders` are tables of `whichad.toml` by name; `limits` are keys of its `[ingest]`."""
        self.config = write_config(folder, {"shop": {}} if senders is None else senders, **limits)
        self.settings = load(IngestSettings, self.config)
        self.log = folder / "ingest.log"
        self.process: warm.Warm | None = None
        self.run_file: dict[str, Any] = {}

    def __enter__(self) -> "Ingest":
        self.start()
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it answers."""
        with self.log.open("ab") as log, Path(os.devnull).open("rb") as nothing:
            command = ["ingest", "serve", "--config", str(self.config)]
            self.process = warm.Warm(command, ROOT, environment(), nothing, log, log)
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"ingest did not become ready: {self.log.read_text(encoding='utf-8')}")
            time.sleep(0.02)

    def stop(self) -> int | None:
        """SIGTERM, then wait; returns the exit code."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def _is_ready(self) -> bool:
        assert self.process is not None
        with suppress(OSError, ValueError, http.client.HTTPException):
            self.run_file = json.loads((self.settings.data_dir / RUN_FILE).read_text(encoding="utf-8"))
            return self.run_file["pid"] == self.process.pid and self.request("GET", "/healthz").status == 200
        return False

    @property
    def port(self) -> int:
        """Where webhooks go."""
        return int(self.run_file["port"])

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, admin: bool = False
    ) -> Answer:
        """One request on a connection of its own; an iterable body goes out chunked."""
        port = int(self.run_file["admin_port"]) if admin else self.port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            lower = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, lower, response.read())
        finally:
            connection.close()

    def post(
        self,
        content: Any,
        sender: str = "shop",
        headers: Mapping[str, str] | None = None,
        message_id: str = "",
        secret: str = SECRET,
    ) -> Answer:
        """A signed delivery: bytes as they are, anything else as JSON; `headers` win over the signed ones."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = signed(body, secret, message_id=message_id) | dict(headers or {})
        return self.request("POST", f"/webhooks/{sender}", body, sent)

    def send(self, raw: bytes, ends: bool = False) -> bytes:
        """Bytes as they are on a socket; with `ends` nothing more will come. Returns all that comes back."""
        with self.connection() as open_socket:
            with suppress(BrokenPipeError, ConnectionResetError):
                open_socket.sendall(raw)
                if ends:
                    open_socket.shutdown(socket.SHUT_WR)
            return b"".join(_received(open_socket))

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """An open socket to the webhook port."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as open_socket:
            yield open_socket

    def load(self) -> Drained:
        """Drain the journal into the record, in this process."""
        with Record(self.settings.record_path) as record:
            assert record.rebuilt is None  # damage is for tests that make some, and open the record themselves
            return drain(record, self.settings.journal_dir)

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the record, read-only."""
        with look(self.settings.record_path) as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of this ingest, such as `run("why", receipt)`, told where it listens."""
        return run(*arguments, "--config", str(self.config), WHICHAD_INGEST__PORT=str(self.run_file.get("port", 0)))


def _received(open_socket: socket.socket) -> Iterator[bytes]:
    with suppress(ConnectionResetError):
        while chunk := open_socket.recv(65536):
            yield chunk
