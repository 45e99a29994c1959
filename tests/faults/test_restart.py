"""This module owns the restart of the door under load: whoever holds its socket, nobody who connects is refused."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from auditing import audit
from ledger import Client, clients, entries, posting
from product import MARK, Product
from running import ROOT, Ingest, answers, environment, raw_post, refused, signed

# As systemd does it: the sockets from 3 on, and who they are for in the environment.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "whichad.socket"}
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def activated(product: Product, held: socket.socket) -> "subprocess.Popen[bytes]":
    """Ingest on a socket that we hold."""
    command = [sys.executable, "-c", ACTIVATE, str(held.fileno()), "-m", "ingest", "serve", "--config"]
    with product.log.open("ab") as log:
        process = subprocess.Popen(
            [*command, str(product.config)], cwd=ROOT, env=environment(**{MARK: product.mark}), stdout=log, stderr=log,
            start_new_session=True, pass_fds=[held.fileno()],
        )  # fmt: skip
    product.started.append(process)
    return process


class Regular(Client):
    """A sender that keeps its connection as long as it may: it must hear of each end before it posts again."""

    line: http.client.HTTPConnection | None = None
    connections = 0

    def _answer(self, body: bytes, number: int) -> tuple[int, dict[str, str]]:
        try:
            self.line = self.line or http.client.HTTPConnection("127.0.0.1", self.port(), timeout=30)
            self.connections += self.line.sock is None
            self.line.request("POST", "/webhooks/shop", body, signed(body, message_id=f"m-{self.name}-{number}"))
            answer = self.line.getresponse()
            answer.read()  # with "Connection: close" in it, http.client opens another one for the next request
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}
        except (OSError, http.client.HTTPException):
            return 0, {}


def hold_under_load(product: Product, restarts: list[Callable[[], None]]) -> None:
    """New connections all the time, and a kept one; each restart comes after fifty more answers."""
    regular = Regular("regular", product.ledgers, lambda: product.port)

    def taken() -> int:
        return sum(entry.status == 200 for entry in entries(product.ledgers))

    with posting([*clients(product.ledgers, lambda: product.port, 5, pause_seconds=0.02), regular], at_least=20):
        for restart in [*restarts, lambda: None]:
            before = taken()
            product.wait_for(lambda: taken() > before + 50, "deliveries")  # noqa: B023
            restart()
    assert {entry.status for entry in entries(product.ledgers)} == {200}, "refused, reset, or left without an answer"
    assert regular.connections > len(restarts), "it was told in time that its connection ends"


def test_a_restart_under_load_refuses_nobody_where_the_service_manager_holds_the_socket(tmp_path: Path):
    with Product(tmp_path, workers=1) as product, socket.create_server(("127.0.0.1", product.port)) as held:
        held.listen(1024)

        def restart() -> None:
            assert product.stop(product.started[-1]) == 0
            activated(product, held)

        activated(product, held)
        hold_under_load(product, [restart, restart])
        assert product.stop(product.started[-1]) == 0
        tried = audit(product, "restart under load", 2)
        assert tried.ok, tried


def test_whichad_up_starts_its_door_again_and_refuses_nobody_not_even_after_a_kill(tmp_path: Path):
    with Product(tmp_path, workers=2) as product:
        up = product.start("whichad", "up")

        def end(number: int) -> None:
            (pid,) = product.pids("ingest")
            os.kill(pid, number)
            product.wait_for(lambda: product.pids("ingest") not in ([], [pid]), "the door to start again")

        product.wait_for(product.answers, "ingest to answer")
        hold_under_load(product, [lambda: end(signal.SIGTERM), lambda: end(signal.SIGKILL)])
        assert product.stop(up) == 0
        tried = audit(product, "door ended under up", 2)
        assert tried.ok, tried


def test_who_is_connected_when_it_stops_is_answered_and_told_that_the_connection_ends(tmp_path: Path):
    body = b'{"id":"1","type":"click","occurred_at":"2026-11-23T08:00:00Z"}'
    whole = raw_post(body, f"Content-Length: {len(body)}")
    with (
        Ingest(tmp_path) as ingest,
        ingest.connection() as kept,
        ingest.connection() as half,
        ingest.connection() as slow,
    ):
        for line, sent in ((kept, whole), (half, whole[:-9]), (slow, whole[:-9])):
            line.sendall(sent)
        assert answers(kept.recv(65536))[0].status == 200
        assert ingest.process is not None
        ingest.process.terminate()
        kept.sendall(whole)
        half.sendall(whole[-9:])
        for line in (kept, half):
            (answer,) = answers(line.recv(65536))
            assert (answer.status, answer.headers["connection"]) == (200, "close")
        refused(answers(b"".join(iter(lambda: slow.recv(65536), b"")))[0], 408, "too_slow")
        slow.close()
        assert ingest.stop() == 0


def test_a_socket_that_takes_no_connections_is_refused_in_words(tmp_path: Path):
    with Product(tmp_path) as product, socket.socket() as idle:
        process = activated(product, idle)
        assert process.wait(30) == 2
        assert "takes no TCP connections: a unit needs ListenStream=, and Accept=no." in product.logged()


def test_sockets_that_were_handed_to_another_process_are_left_alone(tmp_path: Path):
    with Product(tmp_path, workers=1) as product:
        process = product.start("ingest", "serve", LISTEN_PID="1", LISTEN_FDS="1", LISTEN_FDNAMES="webhooks")
        product.wait_for(product.answers, "ingest to answer on its own port")
        assert product.stop(process) == 0
