"""This module owns what is compiled before the tests' workers begin; in a fresh clone each would compile it for itself.

To rewrite the asserts of three hundred files and to compile the product takes a worker six seconds of the processor,
and four of them do it at the same time. Here it is done once, a part of it on each core.
"""

import compileall
import multiprocessing
import os
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("ingest", "analytics", "dashboard", "tests")


def begin(config: pytest.Config) -> None:
    """In the process that starts the workers, and nowhere else."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        return
    cores = os.cpu_count() or 1
    context = multiprocessing.get_context("fork")  # a part has pytest's settings, which rewriting asks for
    parts = [context.Process(target=_compile, args=(config, part, cores)) for part in range(cores)]
    for each in parts:
        each.start()
    for each in parts:
        each.join()


def _compile(config: pytest.Config, part: int, parts: int) -> None:
    files = sorted(file for folder in PRODUCT for file in (ROOT / folder).rglob("*.py"))
    for file in files[part::parts]:
        if file.name.startswith("test_"):
            _rewrite(config, file)
        else:
            compileall.compile_file(str(file), quiet=2)


def _rewrite(config: pytest.Config, file: Path) -> None:
    """What pytest's import hook does before it runs a module; there is no public way to do just that."""
    kept = rewrite.get_cache_dir(file) / (file.name[:-3] + rewrite.PYC_TAIL)
    if rewrite.try_makedirs(kept.parent) and rewrite._read_pyc(file, kept) is None:
        source_hash, code = rewrite._rewrite_test(file, config)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, source_hash, kept)
