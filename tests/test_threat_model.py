"""This module owns the promise that docs/threat-model.md is true: each line has tests, each test and limit exists."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
from running import ROOT

from dashboard.config import Settings as DashboardSettings
from ingest.config import ConfigError, IngestSettings, Sender
from ingest.listening.settings import Ingest
from ingest.senders.origin import TRIAL_SECRET, origin

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
# What opens connections, and where it gets the address from.
CONNECTING = {
    "ingest/relaying/forward.py": "relay_to of a sender's settings",
    "analytics/alerts/posting.py": "endpoints that an editor added, outside of private networks",
    "ingest/senders/send_test.py": "our own ingest, as configured",
    "analytics/status/health.py": "our own ingest and dashboard, as configured",
    "ingest/canary/posting.py": "our own ingest, at the socket that it listens on",
    "analytics/demo.py": "our own ingest, on loopback",
    "dashboard/people/provider.py": "issuer of [dashboard.oidc], and the addresses that it names itself",
    "ingest/world/post.py": "our own ingest, for the simulated world",
}
CLIENTS = re.compile(
    r"http\.client|urllib\.request|urllib3|requests|httpx|aiohttp|ftplib|smtplib|websockets?|telnetlib|authlib\..*"
)
LISTENING = {*(f"ingest/listening/{name}.py" for name in ("serve", "server", "worker")), "analytics/demo.py"}


def rows(heading: str) -> list[list[str]]:
    """The cells of each row of the table whose head begins with `heading`."""
    lines = PAGE.split(f"| {heading} |", 1)[1].splitlines()[2:]
    table = lines[: lines.index("")] if "" in lines else lines
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table]


@pytest.mark.parametrize("row", rows("who"), ids=lambda row: row[0])
def test_each_line_says_what_holds_and_what_does_not_and_names_its_tests(row: list[str]):
    assert len(row) == 5 and all(row)
    named = re.findall(r"`([\w/.]+\.py)::(\w+)`", row[4])
    assert named and row[4].count("`") == 2 * len(named)
    for path, test in named:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{path}::{test}"
        assert test.startswith("test_")


@pytest.mark.parametrize("row", rows("limit"), ids=lambda row: row[0])
def test_each_limit_is_the_one_in_force(row: list[str]):
    _, said, where = row
    section, _, setting = where.strip("`").partition("] ")
    value = int(found[0]) if (found := re.match(r"\d+", said)) else None
    if section == "[ingest":
        assert getattr(Ingest(), setting) == value
    elif setting:
        assert getattr(Sender(), setting) is value is None
    else:
        module, _, name = where.strip("`").rpartition(".")
        assert getattr(import_module(module), name) == value


def test_everything_listens_on_loopback_until_told_otherwise():
    ingest = IngestSettings().ingest
    assert ingest.host == ingest.admin_host == DashboardSettings().dashboard.host == "127.0.0.1"


def test_no_address_of_a_payload_is_ever_opened():
    files = [path for folder in ("ingest", "analytics", "dashboard") for path in (ROOT / folder).rglob("*.py")]
    found = {str(path.relative_to(ROOT)): imported(path) for path in files}
    assert {name for name, modules in found.items() if any(CLIENTS.fullmatch(each) for each in modules)} == set(
        CONNECTING
    )
    connecting = {name for name, modules in found.items() if "socket" in modules and _connects(ROOT / name)}
    assert connecting <= {*CONNECTING, *LISTENING}


def imported(path: Path) -> set[str]:
    """The modules that a file imports, as they are named there."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith("ingest"):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _connects(path: Path) -> bool:
    return bool(re.search(r"\.(connect|create_connection|connect_ex)\(", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("settings", "is_public"),
    [({}, False), ({"public_url": "https://ads.example.com"}, True), ({"ingest": {"host": "0.0.0.0"}}, True),
     ({"ingest": {"host": "::1"}}, False), ({"ingest": {"host": "192.0.2.7"}}, True)],
)  # fmt: skip
def test_the_secret_that_everybody_knows_opens_no_public_door(settings: dict, is_public: bool):
    sender = Sender(profile="standard", secrets=(TRIAL_SECRET,))
    if not is_public:
        assert origin("shop", sender, IngestSettings(**settings)).name == "shop"
        return
    with pytest.raises(ConfigError, match="trial secret"):
        origin("shop", sender, IngestSettings(**settings))
