"""This module owns the promise that the notebook of the documents runs from top to bottom, and tells what adds up."""

import json
from pathlib import Path
from typing import Any

import pytest
from running import ROOT

NOTEBOOK = json.loads((ROOT / "docs" / "story.ipynb").read_text(encoding="utf-8"))


def test_the_notebook_tells_the_demo_s_world(real_arbitrage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "creatives.duckdb").symlink_to(real_arbitrage)
    monkeypatch.setenv("WHICHAD_DATA", str(tmp_path))
    told: dict[str, Any] = {}
    for number, cell in enumerate(NOTEBOOK["cells"]):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), told)  # noqa: S102 (a file of ours)
    for frame in ("ledger", "daily", "best", "verdicts", "rules"):
        assert len(told[frame]), frame
    assert told["daily"].cost.sum() == pytest.approx(told["facts"].cost.iloc[0])
    assert told["daily"].revenue.sum() == pytest.approx(told["facts"].revenue.iloc[0])
    assert told["profit"] == pytest.approx(told["daily"].revenue.sum() - told["daily"].cost.sum())
    assert len(told["rules"]) > 5 and set(told["raw"].columns) >= {"type", "visitors"}


def test_the_notebook_is_kept_without_what_somebody_saw():
    assert all(not cell.get("outputs") for cell in NOTEBOOK["cells"])
