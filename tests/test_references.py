"""This module owns what holds the references true: every key of a profile, every setting, and none invented."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from journaling import NOW, Desk
from postbacks import said
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from running import ROOT

from analytics.config import Alerts, Attribution, ConversionKind, Currencies, Refresh, SystemOfRecord, Targets, Verdicts
from analytics.experiments.declared import Experiment
from dashboard.config import Dashboard, Oidc, Settings
from ingest.archive.settings import Retention
from ingest.auth.scheme import Auth
from ingest.canary.settings import Canary
from ingest.config import ELSEWHERE, IngestSettings, Sender
from ingest.listening.settings import Ingest
from ingest.logs.settings import Logs
from ingest.mapping.rules import Option, Rule
from ingest.mapping.ways import Way
from ingest.nodes.settings import Nodes
from ingest.profile import Challenge, Profile, Reading, Revenue, Sample, read_profile
from ingest.senders.send_test import filled
from ingest.traces.settings import Traces

PROFILES = (ROOT / "docs" / "writing-a-profile.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
KEYS: dict[str, type[BaseModel]] = {
    "Keys of the file": Profile, "Keys of `[[items]]`": Rule, "Keys of a way": Way, "Keys of `[auth]`": Auth,
    "Keys of `[read]`": Reading, "Keys of `[revenue]`": Revenue, "Keys of `[options.<name>]`": Option,
    "Keys of `[challenge]`": Challenge, "Keys of `[sample]`": Sample,
}  # fmt: skip
TABLES: dict[str, type[BaseModel]] = {
    "Top of the file": Settings, "`[ingest]`": Ingest, "`[senders.<name>]`": Sender, "`[refresh]`": Refresh,
    "`[targets]`": Targets, "`[attribution]`": Attribution, "`[verdicts]`": Verdicts, "`[alerts]`": Alerts,
    "`[conversions.<kind>]`": ConversionKind,
    "`[spend.<network>]`": SystemOfRecord, "`[steps.<step>]`": SystemOfRecord, "`[currencies]`": Currencies,
    "`[dashboard]`": Dashboard, "`[dashboard.oidc]`": Oidc,
    "`[retention]`": Retention, "`[nodes]`": Nodes, "`[canary]`": Canary, "`[logs]`": Logs, "`[traces]`": Traces,
    "`[experiments.<name>]`": Experiment,
}  # fmt: skip
SET_BY_LOADING = {"base_dir", "config_path"}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head; a bar in a cell is escaped."""
    block = page.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in block.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def keys_of(model: type[BaseModel]) -> dict[str, Any]:
    """The keys that a file may hold, with their defaults; tables are settings of their own."""
    found = {field.alias or name: field.get_default(call_default_factory=True, validated_data={})
             for name, field in model.model_fields.items()}  # fmt: skip
    return {key: default for key, default in found.items() if model is not Settings or not _is_table(key, default)}


def _is_table(key: str, default: Any) -> bool:
    return isinstance(default, BaseModel | dict) or key in SET_BY_LOADING


@pytest.mark.parametrize("heading", KEYS)
def test_every_key_of_a_profile_is_explained_and_every_key_explained_exists(heading: str):
    told = [row[0].strip("`") for row in rows(PROFILES, heading)]
    assert sorted(told) == sorted(keys_of(KEYS[heading]))
    assert all(len(row[1]) > 5 for row in rows(PROFILES, heading))


def test_every_table_of_the_references_is_held():
    assert set(KEYS) == {each for each in re.findall(r"^## (.*)$", PROFILES, re.MULTILINE) if each.startswith("Keys")}
    assert set(TABLES) == set(re.findall(r"^## (.*)$", SETTINGS, re.MULTILINE))


@pytest.mark.parametrize("heading", TABLES)
def test_every_setting_is_explained_with_its_default_and_none_is_invented(heading: str):
    found = keys_of(TABLES[heading])
    table = {row[0].strip("`"): row[1:] for row in rows(SETTINGS, heading)}
    assert sorted(table) == sorted(found)
    for key, (default, means, change) in table.items():
        assert default == shown(found[key]), key
        assert len(means) > 5 and change in ("live", "restart")


def shown(default: Any) -> str:
    """A default as the file writes it."""
    if default is PydanticUndefined:
        return "required"
    if default is None:
        return "none"
    return f"`{json.dumps(str(default) if isinstance(default, Path) else default)}`"


def test_what_is_live_is_what_a_running_ingest_reads_again():
    live = {(heading, row[0]) for heading in TABLES for row in rows(SETTINGS, heading) if row[3] == "live"}
    assert {heading for heading, _ in live} == {"Top of the file", "`[senders.<name>]`"}
    # And public_url, which the commands print; `settles` is read by the loop that builds, not by the door.
    assert len(live) == len(Sender.model_fields) - 1 + 1
    assert ("`[senders.<name>]`", "`settles`") not in live


def test_the_example_is_a_profile_whose_sample_becomes_what_the_page_says(tmp_path: Path):
    text = re.search(r"```toml\n(.*?)```", PROFILES, re.DOTALL)
    assert text is not None
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "acme.toml").write_text(text[1], encoding="utf-8")
    request = filled(read_profile("acme", text[1]).sample, NOW.timestamp())
    with Desk(tmp_path, profile="acme") as desk:
        passage = desk.put(request, NOW)
    assert (passage.quarantined, passage.warnings) == ([], [])
    (item,) = [said(each) for each in passage.accepted]
    assert (item["type"], item["conversion_kind"], item["revenue"], item["creative_raw"], item["ad_id"]) == (
        "conversion", "purchase", "12.5", "Used SUVs", "1202",
    )  # fmt: skip


def test_the_door_knows_every_section_that_another_folder_reads() -> None:
    assert set(Settings.model_fields) - set(IngestSettings.model_fields) == set(ELSEWHERE)
