"""This module owns files that are not taken: each is refused whole, in a sentence that says what to do."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from importing import Office

from ingest.importing.asked import Asked
from ingest.importing.errors import ImportRefusedError
from ingest.importing.load import import_file
from ingest.terminal.commands import Exit

HEAD = "day,network,ad_id,cost,clicks\n"
GOOD = HEAD + "2025-11-20,facebook,1202,12.34,61\n"


def _parquet(rows: int) -> bytes:
    made = io.BytesIO()
    table = pa.table({"day": ["2025-11-20"] * rows, "ad_id": [str(n) for n in range(rows)], "cost": ["1"] * rows})
    pq.write_table(table, made)
    return made.getvalue()


BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.csv", b"", "it is empty"),
    "blank": ("a.csv", b"\n\n", "it is empty"),
    "headings only": ("a.csv", HEAD.encode(), "there are no rows in it"),
    "no suffix": ("a.dat", GOOD.encode(), "Say --as csv"),
    "another table": (
        "a.csv", b"date,ad_id,budget\n2025-11-20,1202,5\n",
        "none of its 1 rows can be used.*Columns found: date, ad_id, budget",
    ),
    "without ids": (
        "a.csv", b"date,cost\n2025-11-20,5\n", "missing_field .level.*reads level from .*Columns found: date, cost"
    ),
    "without days": ("a.csv", b"ad_id,cost\n1202,5\n", "All of them: no day.*reads day from day or “Date”"),
    "latin-1 in line 3": ("a.csv", GOOD.encode() + "2025-11-21,Größe".encode("latin-1"), "line 3 is not UTF-8"),
    "UTF-16 that is cut": ("a.csv", GOOD.encode("utf-16")[:-1], "it is not text"),
    "cut off in a quote": ("a.csv", GOOD.encode() + b'2025-11-21,facebook,"12', "line 3 is no CSV.*cut off"),
    "cut off in a row": ("a.csv", GOOD.encode() + b"2025-11-21,facebook,12", "line 3, the last, has 3 of 5 cells"),
    "more cells than headings": (
        "a.csv", GOOD.encode() + b"2025-11-21,facebook,1203,1,2,more\n", "line 3 has 6 cells, and there are 5 headings"
    ),
    "two columns of one name": ("a.csv", b"day,ad_id,cost,cost\n2025-11-20,1,1,2\n", "two of its columns"),
    "broken down by age": (
        "a.csv", b"day,network,ad_id,age,cost\n2025-11-20,fb,1,18-24,1\n2025-11-20,fb,1,25-34,2\n",
        "rows 2 and 3 say different figures of the same report",
    ),
    "NDJSON that is cut": ("a.ndjson", b'{"day": "2025-11-20"}\n{"day": "20', "line 2 cannot be read.*cut off"),
    "NaN": ("a.ndjson", b'{"cost": NaN}\n', "line 1 cannot be read"),
    "a key twice": ("a.ndjson", b'{"cost": 1, "cost": 2}\n', "line 1 cannot be read"),
    "JSON that is cut": ("a.json", json.dumps([{"day": "2025-11-20"}]).encode()[:-2], "it cannot be read.*cut off"),
    "a line without end": ("a.csv.gz", gzip.compress(GOOD.encode() + b"x" * (17 << 20)), "a line of over 16777216"),
    "a row without end": ("a.ndjson.gz", gzip.compress(b'{"a": "' + b"x" * (2 << 20)), "line 1 is over 1048576 bytes"),
    "no rows in JSON": ("a.json", b"[]", "there are no rows in it"),
    "Parquet that is cut": ("a.parquet", _parquet(5000)[:-200], "it is no whole Parquet file"),
    "Parquet that is none": ("a.parquet", GOOD.encode(), "it is no whole Parquet file"),
    "gzip that is cut": ("a.csv.gz", gzip.compress(GOOD.encode() * 500)[:-20], "it is no whole gzip file"),
    "gzip that is none": ("a.csv.gz", GOOD.encode(), "it is no whole gzip file"),
}  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """One with a sender for spend."""
    return Office(tmp_path, spend={"profile": "spend_csv"}, tonic={"profile": "tonic"})


def test_the_file_that_the_others_are_made_of_is_taken(office: Office):
    assert office.take("a.csv", GOOD, "spend").checked.accepted == 1


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_in_a_sentence_and_nothing_of_it_is_stored(case: str, office: Office):
    name, content, words = BAD[case]
    with pytest.raises(ImportRefusedError, match=f"(?s){words}"):
        office.take(name, content, "spend")
    assert not list(office.settings.journal_dir.glob("*-import-*"))


ASKED: dict[str, tuple[list[str], int, str]] = {
    "no file": (["none.csv", "--sender", "spend"], Exit.FAILED, "there is no such file"),
    "a folder": ([".", "--sender", "spend"], Exit.FAILED, "it is not a file"),
    "no such sender": (["a.csv", "--sender", "spnd"], Exit.WRONG_SETTINGS, "no sender 'spnd'. Configured: spend"),
    "no sender": (["a.csv"], Exit.WRONG_SETTINGS, "--sender NAME"),
    "nothing": ([], Exit.WRONG_SETTINGS, "Say what to import"),
    "no such folder": (["--watch", "nowhere"], Exit.WRONG_SETTINGS, "There is no folder nowhere"),
    "a moment that nothing reads": (
        ["a.csv", "--sender", "tonic", "--stated-at", "2025-11-20T00:00:00Z"], Exit.FAILED, "--stated-at would be lost"
    ),
    "a moment that is none": (
        ["a.csv", "--sender", "spend", "--stated-at", "soon"], Exit.FAILED, "bad_time (occurred_at)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ASKED)
def test_what_is_asked_wrongly_is_told_with_its_exit_code(case: str, office: Office):
    arguments, code, words = ASKED[case]
    office.file("a.csv", GOOD)
    arguments = [str(office.folder / each) if each in ("a.csv", "none.csv", ".") else each for each in arguments]
    told = office.run(*arguments)
    assert (told.exit_code, words in told.stderr) == (code, True), told.stderr


def test_a_refused_file_does_not_hold_up_the_others(office: Office):
    bad, good = office.file("bad.csv", "x,y\n1,2\n"), office.file("good.csv", GOOD)
    told = office.run(str(bad), str(good), "--sender", "spend", "--format", "json")
    assert told.exit_code == Exit.FAILED
    assert [row["result"] for row in json.loads(told.stdout)] == ["refused", "imported"]
    assert office.rows("select count(*) from reports") == [(1,)]


def test_a_file_that_changes_while_it_is_read_is_refused(office: Office):
    path = office.file("a.csv", GOOD)
    touched: list[int] = []

    def grow(*_: object) -> None:
        if not touched:
            touched.append(1)
            path.write_text(GOOD + "2025-11-21,facebook,1203,1,1\n", encoding="utf-8")

    assert _refused(office, path, grow).startswith("it changed while it was read")


def _refused(office: Office, path: Path, told: Callable[..., None]) -> str:
    with pytest.raises(ImportRefusedError) as refused:
        import_file(office.settings, "spend", path, Asked(), False, told)
    return str(refused.value)
