"""This module owns disks that take nothing: a small one that fills up, and a folder that is read-only for a while.

Both are mounts of our own under the folder of the trial, so they need root; each is undone where it was made.
"""

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from auditing import audit
from certificate import Tried
from ledger import clients, entries, posting
from product import STOP_SECONDS, Product

UP = ("whichad", "up")
INGEST = ("ingest", "serve")
DISK_BYTES = 96 << 20
ROOM_BYTES = 24 << 20  # what `free_bytes_min` keeps free in the second half of the trial


def may_mount(folder: Path) -> str:
    """Why this machine cannot mount a small disk in `folder`; "" where it can."""
    probe = folder / "probe"
    probe.mkdir(parents=True, exist_ok=True)
    try:
        with small_disk(probe, 1 << 20):
            return ""
    except OSError as error:
        return f"a small disk cannot be mounted here ({error}); run as root, with the right to mount"


@contextmanager
def small_disk(folder: Path, size_bytes: int, *options: str) -> Iterator[None]:
    """A tmpfs on `folder`, gone afterwards with all that is on it. Raises OSError where we may not."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", ",".join([f"size={size_bytes}", "mode=700", *options]), "tmpfs", str(folder))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(folder))  # somebody may still have a file open there


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder as it is, but nothing can be written there: a mount of itself. Raises OSError."""
    _run("mount", "--bind", str(folder), str(folder))
    try:
        _run("mount", "-o", "remount,bind,ro", str(folder))
        yield
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except FileNotFoundError:
        raise OSError(f"there is no {command[0]}") from None
    if done.returncode:
        raise OSError(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")


def disk_full(folder: Path, chance: random.Random, times: int, parts: tuple[str, str] = UP) -> Tried:
    """Fill a small disk under the product, hold it full, free it: 503 while full, and all is well by itself."""
    wrong: list[str] = []
    statuses: Counter[int] = Counter()
    with Product(folder, workers=2, segment_rows_max=500) as product, small_disk(product.data, DISK_BYTES):
        up = product.start(*parts)
        product.wait_for(product.answers, "ingest to answer")
        with posting(clients(product.ledgers, lambda: product.port, 4, pause_seconds=0.02), at_least=20):
            if parts == UP:
                product.wait_for(lambda: product.status().get("version"), "a first version")
            for _ in range(times):
                refused = _filled(product, chance.uniform(0.5, 2.0))
                statuses += refused
                if not refused[503]:
                    wrong.append("nobody heard of the full disk")
                wrong += [f"{n} answers of {status} while the disk was full" for status, n in refused.items()
                          if status not in (200, 503)]  # fmt: skip
                _recovers(product)
        code = product.stop(up)
        wrong += [f"up ended with {code}"] if code else []
        note = f"{statuses[503]} refused with 503 while full, {statuses[200]} that still fitted"
        return audit(product, "disk full", times, note).but(*wrong)


def _filled(product: Product, seconds: float) -> Counter[int]:
    """Fill the disk, hold it so; returns the statuses of that time."""
    before = Counter(entry.status for entry in entries(product.ledgers))
    ballast = product.data / "ballast"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        _fill(ballast)
        found = Counter(entry.status for entry in entries(product.ledgers)) - before
        if found[503]:
            break
        time.sleep(0.1)
    held = time.monotonic() + seconds
    while time.monotonic() < held:
        _fill(ballast)
        time.sleep(0.05)
    found = Counter(entry.status for entry in entries(product.ledgers)) - before
    ballast.unlink()
    return found


def _fill(ballast: Path) -> None:
    """Write until nothing more fits; the loop may have freed some meanwhile."""
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass


def _recovers(product: Product) -> None:
    """Nobody helps: the next deliveries are taken, and a newer version is published."""
    taken = sum(entry.status == 200 for entry in entries(product.ledgers))
    version = product.status().get("version")
    product.wait_for(lambda: sum(e.status == 200 for e in entries(product.ledgers)) > taken + 20, "deliveries again")
    if not product.pids("refresh"):
        return
    product.wait_for(
        lambda: product.status().get("ok") and product.status().get("version") != version, "a newer version", 90
    )


def nearly_full(folder: Path, times: int) -> Tried:
    """Less room than `free_bytes_min`: refused before the disk is full, while what was taken is still loaded."""
    wrong: list[str] = []
    with (
        Product(folder, workers=2, free_bytes_min=ROOM_BYTES) as product,
        small_disk(product.data, DISK_BYTES),
    ):
        product.serve()
        crew = clients(product.ledgers, lambda: product.port, 2, pause_seconds=0.02)
        with posting(crew, at_least=20):
            for _ in range(times):
                before = Counter(entry.status for entry in entries(product.ledgers))
                _take(product.data / "ballast", os.statvfs(product.data), ROOM_BYTES // 2)
                product.wait_for(lambda: _now(product)[503] > before[503] + 5, "answers of 503")  # noqa: B023
                free = os.statvfs(product.data)
                if free.f_bavail * free.f_frsize < ROOM_BYTES // 4:
                    wrong.append("the room that was to be kept was used")
                (product.data / "ballast").unlink()
                _refills(product)
        wrong += [] if product.stop(product.started[0]) == 0 else ["ingest did not end well"]
        return audit(product, "disk nearly full", times, f"{_now(product)[503]} refused with 503").but(*wrong)


def _now(product: Product) -> Counter[int]:
    return Counter(entry.status for entry in entries(product.ledgers))


def _take(ballast: Path, disk: os.statvfs_result, leave_bytes: int) -> None:
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - leave_bytes)


def _refills(product: Product) -> None:
    taken = _now(product)[200]
    product.wait_for(lambda: _now(product)[200] > taken + 5, "deliveries again")


def read_only_for_a_while(folder: Path, times: int, parts: tuple[str, str] = UP) -> Tried:
    """The journal's folder becomes one where no file can be made: what is open goes on, the next segment is a 503.

    Then everything is started on a data folder that is read-only as a whole: it says so, and begins once it is not.
    """
    wrong: list[str] = []
    with Product(folder, workers=2, segment_rows_max=40) as product:
        up = product.start(*parts)
        product.wait_for(product.answers, "ingest to answer")
        with posting(clients(product.ledgers, lambda: product.port, 4, pause_seconds=0.02), at_least=20):
            for _ in range(times):
                before = _now(product)
                with small_disk(product.settings.journal_dir, 1 << 20, "ro"):
                    product.wait_for(lambda: _now(product)[503] > before[503] + 5, "answers of 503")  # noqa: B023
                _recovers(product)
            product.stop(up)
            with read_only(product.data):
                so_far, refused = len(product.logged()), product.start(*parts)
                product.wait_for(
                    lambda: str(product.data) in product.logged()[so_far:], "a word on the read-only folder"
                )
                if parts != UP and refused.wait(STOP_SECONDS) == 0:
                    wrong.append("what could not write ended with 0")
            if parts != UP:  # nobody starts it again
                product.start(*parts)
            _recovers(product)
        code = product.stop(product.started[-1])
        wrong += [f"up ended with {code}"] if code else []
        return audit(product, "read-only folder", times + 1, f"{_now(product)[503]} refused with 503").but(*wrong)
