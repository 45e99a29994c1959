"""This module owns the end of a trial: everything loaded, published, audited, and held against the senders' ledgers."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import duckdb
import typer
from certificate import Tried
from ledger import owed
from product import Product

from analytics.build_commands import build as build_command
from dashboard.verify_command import verify_command
from ingest.terminal.commands import Format


def audit(product: Product, fault: str, times: int, note: str = "") -> Tried:
    """Load and publish all, once nobody runs any more, and hold the senders' ledgers against what is there."""
    wrong = [] if (code := ends_with(lambda: build_command(product.config))) == 0 else [f"build ended with {code}"]
    found = owed(product.ledgers, product.there())
    log = product.folder / "receipts.log"
    held = found.receipts
    log.write_text("\n".join(held), encoding="utf-8")
    return Tried(
        fault=fault, times=times, acknowledged=found.acknowledged, lost=len(found.lost), doubled=len(found.doubled),
        receipts=len(held), verify=ends_with(lambda: verify_command(None, product.config, Format.JSON)),
        unproven=ends_with(lambda: verify_command(log, product.config, Format.JSON)),
        wrong=(*wrong, *found.wrong, *published_wrong(product)), note=note,
    )  # fmt: skip


def ends_with(command: Callable[[], Any]) -> int:
    """The exit code of a command that runs in this process; its words go nowhere."""
    return spoken(command)[0]


def spoken(command: Callable[[], Any]) -> tuple[int, str]:
    """The exit code of a command that runs in this process, and all that it says."""
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            command()
    except typer.Exit as end:
        return int(end.exit_code), said.getvalue()
    return 0, said.getvalue()


def published_wrong(product: Product) -> Iterator[str]:
    """What is wrong with the published file, as sentences: it opens, and holds every loaded interaction."""
    try:
        with duckdb.connect(os.path.realpath(product.settings.published_link), read_only=True) as published:
            row = published.execute("select interactions from freshness").fetchone()
    except duckdb.Error as error:
        yield f"the published file does not open: {error}"
        return
    if row is None or row[0] != product.there().total():
        yield f"the published file says {row} interactions"
