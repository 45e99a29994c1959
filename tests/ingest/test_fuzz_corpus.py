"""This module owns the replay of what fuzzing kept: every input of the corpus, every failure it ever found.

New ones are found by `python tests/fuzz/run.py`, which needs atheris; this needs nothing.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz import corpus, decoders, profiles, verifiers

from ingest.creative import identify

MODULES = (decoders, verifiers, profiles)
TARGETS: dict[str, Callable[[bytes], None]] = {
    name: each for module in MODULES for name, each in module.TARGETS.items()
}
SEEDS = {name: each for module in MODULES for name, each in module.SEEDS.items()}


@pytest.mark.parametrize("name", TARGETS)
def test_every_promise_holds_for_what_was_found(name: str):
    for data in [b"", *SEEDS[name], *corpus.inputs(name)]:
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_is_small_text_that_reaches_something(name: str):
    found = corpus.inputs(name)
    assert found and len(set(found)) == len(found)
    assert max(map(len, found)) <= 4 * corpus.INPUT_BYTES_MAX
    assert (corpus.FOLDER / f"{name}.txt").stat().st_size <= corpus.BYTES_MAX


def test_every_file_of_the_corpus_is_of_a_target():
    names = {path.name.removesuffix(".txt").removesuffix(".broken") for path in corpus.FOLDER.iterdir()}
    assert names == set(TARGETS)


def test_a_broken_promise_is_found_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(corpus, "FOLDER", tmp_path)
    corpus.add_broken("texts", b"\xff\n'x")
    corpus.add_broken("texts", b"\xff\n'x")
    corpus.write("texts", [b"a"])
    assert corpus.inputs("texts") == [b"\xff\n'x", b"a"]


def test_reach_tells_inputs_apart():
    target: Callable[[bytes], None] = lambda data: decoders.bodies(b"\0\0" + data)  # noqa: E731
    kept = corpus.smallest(target, [b"{}", b"[1]", b"{} ", b'{"a": 1.5}', b"{", b"["])
    assert b"{}" in kept and b'{"a": 1.5}' in kept and b"{} " not in kept


def test_no_two_bytes_are_a_text_that_does_not_settle():
    for pair in range(1 << 16):
        if pair & 0xFF or pair < 0x100:
            text = bytes(divmod(pair, 256)).decode("latin-1")
            found = identify(text)
            assert identify(found.text).text == found.text, json.dumps(text)
