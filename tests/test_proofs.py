"""This module owns the promise that every proof of the statistics holds, run short, and that a broken one is told."""

import io
import subprocess
import sys
from pathlib import Path

import proving
import pytest
from running import ROOT, environment

PROOF = '''"""Proves that a coin is fair."""
PROMISES = ("a coin is fair",)
def rows(short: bool) -> list[dict[str, object]]:
    return [{"side": "head", "share": 0.51239, "holds": True}, {"side": "tail", "share": 0.4876, "holds": True}]
'''


@pytest.mark.parametrize("name", proving.names())
def test_a_proof_holds_in_its_short_version(name: str):
    try:
        rows = proving.proven(proving.load(name), short=True)
    except proving.Absent as reason:
        pytest.skip(str(reason))
    assert all(row["holds"] for row in rows), proving.table(rows)


def told(folder: Path, *names: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    return proving.run(names, True, out, err, folder), out.getvalue(), err.getvalue()


def write(folder: Path, *change: str) -> None:
    """A proof that holds, with a part of it replaced."""
    text = PROOF.replace(*change) if change else PROOF
    assert text != PROOF or not change
    (folder / "coin.py").write_text(text, encoding="utf-8")


def test_a_proof_that_holds_is_a_table_and_the_exit_code_zero(tmp_path: Path):
    write(tmp_path)
    code, out, err = told(tmp_path)
    assert code == 0 and "[1/1] coin" in err
    assert "promised: a coin is fair" in out and "1 of 1 proofs hold." in out
    assert [line.split() for line in out.splitlines() if "0.5124" in line] == [["head", "0.5124", "yes"]]


def test_a_promise_that_does_not_hold_makes_the_exit_code_one_and_is_named(tmp_path: Path):
    write(tmp_path, '0.4876, "holds": True', '0.9, "holds": False')
    code, out, _ = told(tmp_path, "coin")
    assert code == 1
    assert "1 of 2 rows do not hold" in out and "Broken: coin. 0 of 1 proofs hold." in out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"""Proves that a coin is fair."""', ""), "docstring"),
        (('("a coin is fair",)', "()"), "PROMISES"),
        (("PROMISES =", "Promises ="), "PROMISES"),
        (("def rows", "def row"), "rows(short) is missing"),
        (("return [", "return [][:0] and ["), "shows nothing"),
        (('"tail", "share": 0.4876, "holds": True', '"tail", "share": 0.4876'), "`holds`"),
        (("return [", "return 1 / 0 and ["), "ZeroDivisionError"),
    ],
)
def test_what_is_no_proof_is_not_taken_for_one(tmp_path: Path, change: tuple[str, str], said: str):
    write(tmp_path, *change)
    code, out, err = told(tmp_path)
    assert code == 1 and said in err
    assert "Broken: coin." in out


def test_a_proof_whose_data_is_elsewhere_is_neither_held_nor_broken(tmp_path: Path):
    write(tmp_path, "    return", '    raise __import__("proving").Absent("the coin lies elsewhere")\n    return')
    code, out, _ = told(tmp_path)
    assert code == 0
    assert "not proven here: the coin lies elsewhere" in out and "0 of 1 proofs hold. 1 could not be tried here." in out


def test_the_command_names_the_proofs_there_are_where_one_is_unknown():
    done = subprocess.run(
        [sys.executable, "tests/proof/run.py", "no-such", "--short"], cwd=ROOT, env=environment(), capture_output=True,
        text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "There is no proof called no-such. There are:" in done.stderr
