"""This module owns files that are gone, cut short or full of garbage: named, with a way back, and ingest goes on."""

import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from auditing import audit
from certificate import Tried
from ledger import clients, entries, posting
from product import Product

GARBAGE = random.Random(1).randbytes(20_000)


def deleted(path: Path) -> None:
    """It is gone."""
    path.unlink()


def cut(path: Path) -> None:
    """The first third is left."""
    os.truncate(path, path.stat().st_size // 3)


def garbage(path: Path) -> None:
    """Something else is there under its name."""
    path.chmod(0o600)
    path.write_bytes(GARBAGE)


DAMAGES = {"deleted": deleted, "cut": cut, "garbage": garbage}


@dataclass(frozen=True)
class File:
    """A file of the product: where it is in the data folder, and what the loop says when it finds it damaged.

    `word` is what stderr says; "" where it is made anew without a word, as nothing is lost with it.
    """

    name: str
    find: Callable[[Path], Path]
    word: str = ""
    damages: tuple[str, ...] = tuple(DAMAGES)


def newest(pattern: str) -> Callable[[Path], Path]:
    """The last of the files that fit."""
    return lambda data: sorted(data.glob(pattern), key=lambda path: path.stat().st_mtime_ns)[-1]


AT_WORK = (
    File("record", lambda data: data / "interactions.duckdb"),  # the loop may write over it before it looks
    File("build", lambda data: data / "work.duckdb"),
    File("published version", lambda data: (data / "creatives.duckdb").resolve()),
    File("published link", lambda data: data / "creatives.duckdb", damages=("deleted",)),
    File("writer.lock", lambda data: data / "writer.lock"),
    File("status.json", lambda data: data / "status.json"),
    File("ingest.json", lambda data: data / "ingest.json"),
    File("whichad.toml", lambda data: data.parent / "whichad.toml", "the senders stay as they were"),
)


def damaged_at_work(folder: Path, chance: random.Random) -> Tried:
    """Damage one file after the other under the whole product at work; ingest takes deliveries, the loop comes back."""
    wrong: list[str] = []
    times = 0
    with Product(folder, workers=2, segment_rows_max=200) as product:
        up = product.start("whichad", "up")
        product.wait_for(product.answers, "ingest to answer")
        with posting(clients(product.ledgers, lambda: product.port, 3, pause_seconds=0.03), at_least=20):
            product.wait_for(lambda: product.status().get("version"), "a first version")
            cases = [(file, chance.choice(file.damages)) for file in AT_WORK]
            for file, damage in cases:
                wrong += _damaged(product, file, damage)
                times += 1
        code = product.stop(up)
        wrong += [f"up ended with {code}"] if code else []
        return audit(product, "files damaged at work", times).but(*wrong)


def _damaged(product: Product, file: File, damage: str) -> list[str]:
    """Damage it, see that it is named, that ingest takes deliveries and that a newer version is published."""
    config, before = product.config.read_bytes(), len(product.logged())
    version, taken = product.status().get("version"), _taken(product)
    for _ in range(50):  # the loop swings links and makes files while we look
        try:
            DAMAGES[damage](file.find(product.data))
            break
        except FileNotFoundError:
            time.sleep(0.02)
    try:
        if file.word:
            product.wait_for(lambda: file.word in product.logged()[before:], f"{file.name} {damage}: {file.word!r}", 30)
        product.wait_for(lambda: _taken(product) > taken + 10, f"deliveries with {file.name} {damage}", 30)
        if file.name == "whichad.toml":
            product.config.write_bytes(config)
        product.wait_for(
            lambda: product.status().get("ok") and product.status().get("version") not in (version, None),
            f"a newer version after {file.name} {damage}", 45,
        )  # fmt: skip
    except AssertionError as error:
        return [" ".join(str(error).split())[:300]]
    finally:
        product.config.write_bytes(config)
    return []


def _taken(product: Product) -> int:
    return sum(entry.status == 200 for entry in entries(product.ledgers))


def copied(product: Product, folder: Path) -> Product:
    """A copy of a product at rest, to be damaged: the same settings, folders of its own."""
    shutil.copytree(product.folder, folder, symlinks=True)
    return Product(folder)
