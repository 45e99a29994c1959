"""This module owns the whole story: a webhook in, the number in the published file, the text on the screen."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from browsing import chromium_page
from running import ROOT, SECRET, environment, signed

from analytics.demo import free_port

WAIT_SECONDS = 60.0
CONFIG = """\
kind = "shop"
data_dir = "data"
[ingest]
port = {port}
admin_port = {admin_port}
[dashboard]
port = {dashboard}
[refresh]
every_seconds = 0.5
[senders.shop]
secrets = ["{secret}"]
"""
TEXT = "Quiet <b>SUVs</b> & vans of 2026"
ITEMS = [
    {"id": "c1", "type": "click", "occurred_at": "2026-11-01T08:00:00Z", "referrerAdCreative": TEXT,
     "click_id": "k1", "visitor_id": "v1", "network": "fb", "campaign_id": "7", "ad_id": "9", "cost": "0.10"},
    {"id": "o1", "type": "conversion", "occurred_at": "2026-11-01T09:00:00Z", "conversion_kind": "purchase",
     "visitor_id": "v1", "transaction_id": "t1", "revenue": "19.90"},
]  # fmt: skip
EARNED = """
select creative_text, clicks, conversions, cost, revenue from creative_daily join creatives using (creative_id)
where day = '2026-11-01'
"""


def wait_for(what: str, found: Callable[[], Any]) -> Any:
    """The first truthy answer within a minute."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        answer = found()
        if answer:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"waited {WAIT_SECONDS:g} s for {what}")


class Product:
    """`whichad up` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.ports = {name: free_port(0) for name in ("port", "admin_port", "dashboard")}
        self.config = folder / "whichad.toml"
        self.config.write_text(CONFIG.format(secret=SECRET, **self.ports))
        self.published = folder / "data" / "creatives.duckdb"
        self.log = (folder / "up.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "whichad", "up", "--config", str(self.config)],
            cwd=ROOT, env=environment(), stderr=self.log, stdout=self.log,
        )  # fmt: skip

    def curl(self, items: Any) -> dict[str, Any]:
        """Post with curl, as a sender's engineer would."""
        body = json.dumps(items)
        headers = [p for name, value in signed(body.encode()).items() for p in ("-H", f"{name}: {value}")]
        url = f"http://127.0.0.1:{self.ports['port']}/webhooks/shop"
        done = subprocess.run(
            ["curl", "-sS", "--fail", url, *headers, "--data-binary", body], capture_output=True, text=True, check=False
        )
        return dict(json.loads(done.stdout)) if done.returncode == 0 else {}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the published file, as an analyst would ask."""
        if not self.published.exists():
            return []
        connection = duckdb.connect(str(self.published.resolve()), read_only=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def stop(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def running(folder: Path) -> Iterator[Product]:
    product = Product(folder)
    yield product
    if product.process.poll() is None:
        product.stop()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One for a story in three tests, the last of which ends it: a start takes eight seconds of the processor."""
    yield from running(tmp_path_factory.mktemp("product"))


def test_a_webhook_becomes_a_number_in_the_published_file_and_a_text_on_the_screen(product: Product) -> None:
    answer = wait_for("ingest", lambda: product.curl(ITEMS))
    assert (answer["accepted"], answer["quarantined"]) == (2, 0)
    rows = wait_for("the published number", lambda: product.query(EARNED))
    assert [(row[0], row[1], row[2], str(row[3]), str(row[4])) for row in rows] == [
        (TEXT, 1, 1, "0.100000", "19.900000")
    ]
    with chromium_page() as page:
        page.goto(f"http://127.0.0.1:{product.ports['dashboard']}/?days=all")
        page.get_by_text(TEXT, exact=False).first.wait_for(timeout=30_000)
        assert page.locator("b", has_text="SUVs").count() == 0  # the text is shown, not obeyed


def test_the_curl_that_send_test_prints_works_as_printed(product: Product) -> None:
    wait_for("ingest", lambda: product.curl([]))
    printed = subprocess.run(
        [sys.executable, "-m", "ingest", "send-test", "shop", "--curl", "--config", str(product.config)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    answered = subprocess.run(shlex.split(printed), capture_output=True, text=True, check=True).stdout
    assert " 200 OK" in answered and "whichad-receipt" in answered.lower()


def test_ctrl_c_leaves_no_process_behind_and_what_was_posted_twice_counts_once(product: Product) -> None:
    wait_for("ingest", lambda: product.curl(ITEMS))
    wait_for("the published number", lambda: product.query(EARNED))
    assert product.curl(ITEMS)["accepted"] == 2
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(product.process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(children) == 4
    assert product.stop() == 0
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(int(child), 0)
    assert [row[1:3] for row in product.query(EARNED)] == [(1, 1)]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Product]:
    yield from running(tmp_path)


def test_a_killed_front_door_takes_its_parts_with_it(another: Product) -> None:
    product = another
    wait_for("ingest", lambda: product.curl([]))
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(product.process.pid)], capture_output=True, text=True, check=True
    )
    children = [int(pid) for pid in listed.stdout.split()]
    assert len(children) == 4
    product.process.kill()
    product.process.wait()
    wait_for("the parts to end", lambda: not any(is_alive(child) for child in children))


def test_the_demo_shows_which_creatives_perform_in_a_folder_of_its_own(tmp_path: Path) -> None:
    with (tmp_path / "demo.log").open("w") as log:
        demo = subprocess.Popen(
            [sys.executable, "-m", "whichad", "demo", "--scale", "0.02", "--rate", "20"],
            cwd=tmp_path, env=environment(PYTHONPATH=str(ROOT)), stderr=log,
        )  # fmt: skip
    published = tmp_path / "data" / "demo" / "creatives.duckdb"

    def performing() -> int:
        if not published.exists():
            return 0
        connection = duckdb.connect(str(published.resolve()), read_only=True)
        try:
            found = connection.execute("select count(*) from creative_scorecard where scope = 'all' and profit > 0")
            return int((found.fetchone() or (0,))[0])
        finally:
            connection.close()

    try:
        wait_for("creatives that earn", lambda: performing() > 5)
        first = published.resolve().name
        wait_for("the next version", lambda: published.resolve().name != first)
    finally:
        demo.send_signal(signal.SIGINT)
        code = demo.wait(60)
    assert code == 0, (tmp_path / "demo.log").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "demo.log"]
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["demo"]
