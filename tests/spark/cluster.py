"""This module owns a real standalone cluster on loopback: one master, two workers, ended with the block, or with us."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

HOME = Path(pyspark.__file__).parent
LOOPBACK = "127.0.0.1"
WORKERS, WORKER_MB, START_SECONDS_MAX = 2, 1100, 120
_MASTER = re.compile(r"Starting Spark master at (spark://[\d.]+:\d+)")
_PARENT_GONE = 1  # PR_SET_PDEATHSIG


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of the master, once both workers are registered; logs and work lie in `folder`."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        log = folder / "master.log"
        started.append(_start(log, folder, "master.Master"))
        address = _await(log, lambda text: (_MASTER.search(text) or [None, None])[1])
        for number in range(WORKERS):
            words = (
                "--cores",
                "1",
                "--memory",
                f"{WORKER_MB}m",
                "--work-dir",
                str(folder / f"worker-{number}"),
                address,
            )
            started.append(_start(folder / f"worker-{number}.log", folder, "worker.Worker", *words))
        _await(log, lambda text: address if text.count("Registering worker") >= WORKERS else None)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def settings(address: str) -> dict[str, str]:
    """What a session needs to use that cluster, small and on loopback; few partitions, for the worlds are small."""
    return {
        "spark.master": address, "spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.memory": "1g", "spark.executor.memory": "700m", "spark.executor.cores": "1",
        "spark.sql.shuffle.partitions": "3", "spark.default.parallelism": "3",
    }  # fmt: skip


def _start(log: Path, folder: Path, name: str, *words: str) -> subprocess.Popen[bytes]:
    env = {
        **os.environ, "SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": LOOPBACK, "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_LOCAL_DIRS": str(folder), "PYSPARK_PYTHON": sys.executable,
    }  # fmt: skip
    command = [str(HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", "--host", LOOPBACK, "--port", "0",
               "--webui-port", "0", *words]  # fmt: skip
    with log.open("wb") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, env=env, preexec_fn=_end_with_parent)  # noqa: PLW1509 (no threads yet)


def _end_with_parent() -> None:
    """A killed test takes its cluster along: Linux sends the signal."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_GONE, signal.SIGTERM)


def _await(log: Path, found: Callable[[str], str | None]) -> str:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if answer := found(log.read_text(encoding="utf-8", errors="replace")):
            return answer
        time.sleep(0.2)
    raise TimeoutError(
        f"the cluster did not start; {log} says:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
    )
