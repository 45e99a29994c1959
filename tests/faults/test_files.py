"""This module owns the proof that a file that is gone, cut or garbage is named, and that there is a way back."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from auditing import audit, build_command, spoken, verify_command
from ledger import Client, clients, owed, posting
from product import Product
from trial_files import DAMAGES, copied

from ingest.journal import segments
from ingest.terminal.commands import Exit, Format
from whichad import status as status_command


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Product:
    """A product at rest: a sealed segment, one that a kill left open, all of it loaded, published and audited."""
    with Product(tmp_path_factory.mktemp("files") / "whole", workers=1) as product:
        for ends in (lambda: product.stop(product.started[-1]), product.kill_all):
            product.serve()
            crew = clients(product.ledgers, lambda: product.port, 1, deliveries_max=5, pause_seconds=0.0)
            with posting(crew, at_least=5):
                pass
            ends()
        tried = audit(product, "none", 0)
        assert tried.ok, tried
    return product


def in_data(name: str) -> Callable[[Path], Path]:
    """A file of the data folder."""
    return lambda data: data / name


def first_segment(data: Path) -> Path:
    return segments(data / "journal")[0]


def version(data: Path) -> Path:
    return (data / "creatives.duckdb").resolve()


@dataclass(frozen=True)
class Case:
    """Damages: each a file and what happens to it; what `build` says then and ends with, and `verify` after it.

    `back` is true where the file itself must come back (from a backup): nothing else can make it again.
    """

    damages: tuple[tuple[Callable[[Path], Path], str], ...]
    word: str = ""
    build: Exit = Exit.OK
    verify: Exit = Exit.OK
    named: str = ""
    back: bool = False


def damaged(find: Callable[[Path], Path], damage: str, *rest: Any, **more: Any) -> Case:
    """One damage alone."""
    return Case(((find, damage),), *rest, **more)


REBUILT = "is rebuilt from the journal"
GONE = "is gone from the journal"
LACKS = "that nothing let go of"
CASES = {
    "a segment is gone": damaged(first_segment, "deleted", GONE, Exit.FAILED, Exit.FAILED, LACKS, back=True),
    "a segment is cut": damaged(first_segment, "cut", verify=Exit.FAILED, named="cannot be read", back=True),
    "a segment is garbage": damaged(first_segment, "garbage", verify=Exit.FAILED, named="cannot be read", back=True),
    "the record is gone": damaged(in_data("interactions.duckdb"), "deleted"),
    "the record is cut": damaged(in_data("interactions.duckdb"), "cut", REBUILT, Exit.FAILED),
    "the record is garbage": damaged(in_data("interactions.duckdb"), "garbage", REBUILT, Exit.FAILED),
    # What is made again without a word is damaged together: each file for itself must be there again, and none in
    # the way of another. No two of them speak for each other.
    "the build, the version and the lock are gone": Case((
        (in_data("work.duckdb"), "deleted"), (version, "deleted"), (in_data("writer.lock"), "deleted"),
    )),
    "the build, the version, the lock, the status and the last result are garbage": Case((
        (in_data("work.duckdb"), "garbage"), (version, "garbage"), (in_data("writer.lock"), "garbage"),
        (in_data("status.json"), "garbage"), (in_data("verify.json"), "garbage"),
    )),
    "the link is gone": damaged(in_data("creatives.duckdb"), "deleted"),
}  # fmt: skip


AS_A_CUT = {"a segment is garbage", "the record is garbage"}  # they take the way of one that is cut


@pytest.mark.parametrize("name", [pytest.param(each, marks=[pytest.mark.long] * (each in AS_A_CUT)) for each in CASES])
def test_a_damaged_file_is_named_and_what_can_be_made_again_is(whole: Product, tmp_path: Path, name: str):
    case, product = CASES[name], copied(whole, tmp_path / "copy")
    hurt = [(find(product.data), damage) for find, damage in case.damages]
    kept = {path: path.read_bytes() for path, _ in hurt}
    for path, damage in hurt:
        DAMAGES[damage](path)
    code, said = spoken(lambda: build_command(product.config))
    assert (code, case.word in said) == (case.build, True), said
    if case.build is not Exit.OK:  # what was made again is said once; what is gone, as long as it is
        assert spoken(lambda: build_command(product.config))[0] == (case.build if case.back else Exit.OK)
    code, said = spoken(lambda: verify_command(None, product.config, Format.CSV))
    assert (code, case.named in said) == (case.verify, True), said
    if case.back:
        for path, content in kept.items():
            path.write_bytes(content)
        assert spoken(lambda: build_command(product.config))[0] == Exit.OK
        assert spoken(lambda: verify_command(None, product.config, Format.CSV))[0] == Exit.OK
    assert owed(product.ledgers, product.there()).lost == []


@pytest.mark.parametrize(
    ("name", "find"),
    [
        ("refresh", in_data("status.json")),
        ("verify", in_data("verify.json")),
        ("ingest", in_data("ingest.json")),
        ("published", version),
    ],
)
def test_status_names_a_file_that_it_cannot_read(whole: Product, tmp_path: Path, name: str, find: Callable):
    product = copied(whole, tmp_path / "copy")
    DAMAGES["garbage"](find(product.data))
    code, said = spoken(lambda: status_command(product.config, Format.CSV))
    assert code == Exit.FAILED and find(product.data).name in said
    assert [line for line in said.splitlines() if line.startswith(f"{name},False")]


def test_verify_names_a_status_that_it_cannot_read(whole: Product, tmp_path: Path):
    product = copied(whole, tmp_path / "copy")
    DAMAGES["garbage"](product.data / "status.json")
    code, said = spoken(lambda: verify_command(None, product.config, Format.CSV))
    assert code == Exit.FAILED and "status.json" in said


def test_a_segment_damaged_before_it_was_loaded_is_named_the_rest_loads_and_it_comes_back_whole(
    whole: Product, tmp_path: Path
):
    product = copied(whole, tmp_path / "copy")
    with product:
        product.serve()
        with posting(clients(product.ledgers, lambda: product.port, 1, deliveries_max=5), at_least=5):
            pass
        product.stop(product.started[-1])
    new = max(segments(product.settings.journal_dir), key=lambda path: path.stat().st_mtime_ns)
    kept = new.read_bytes()
    DAMAGES["garbage"](new)
    code, said = spoken(lambda: build_command(product.config))
    assert code == Exit.FAILED and f"{new.name}: cannot be read" in said
    assert product.status()["ok"] is False and new.name in product.status()["sentence"]
    code, said = spoken(lambda: verify_command(None, product.config, Format.CSV))
    assert code == Exit.FAILED and new.name in said
    new.write_bytes(kept)
    tried = audit(product, "segment restored", 1)
    assert tried.ok, tried


def test_settings_that_are_garbage_stop_a_start_by_name_and_what_runs_goes_on(whole: Product, tmp_path: Path):
    with copied(whole, tmp_path / "copy") as product:
        kept = product.config.read_bytes()
        product.serve()
        DAMAGES["garbage"](product.config)
        product.wait_for(lambda: "the senders stay as they were" in product.logged(), "a word on the settings")
        late = Client("late", product.ledgers, lambda: product.port)
        assert late.post(0).status == 200
        assert product.start("ingest", "serve").wait(30) == Exit.WRONG_SETTINGS
        assert "whichad.toml is not valid TOML" in product.logged()
        product.config.write_bytes(kept)


def test_a_key_that_is_gone_is_made_anew_and_ingest_starts(whole: Product, tmp_path: Path):
    with copied(whole, tmp_path / "copy") as product:
        shutil.rmtree(product.data / "run", ignore_errors=True)
        (product.data / "visitor.key").unlink()
        product.serve()
        assert Client("new", product.ledgers, lambda: product.port).post(0).status == 200
        assert json.loads((product.data / "ingest.json").read_text())["port"] == product.port
