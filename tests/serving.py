"""This module owns a running dashboard for tests: the real server as its own process, on its own data directory."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from extending import begun
from running import ROOT
from warm import Warm

TOML = 'data_dir = "."\nkind = "arbitrage"\n[dashboard]\nport = 0\n[senders.site]\nsecrets = ["whsec_eA=="]\n'
READY_SECONDS = 60.0


@contextmanager
def serving(folder: Path, toml: str = TOML, packages: Path | None = None) -> Iterator[str]:
    """Its address, once it serves what is (or comes to be) published in the folder; what it says is in `serve.log`.

    `packages` is a folder of installed extensions: it then begins as for everybody, and finds them.
    """
    config, log = folder / "whichad.toml", folder / "serve.log"
    config.write_text(toml)
    env = {**os.environ, "WHICHAD_CONFIG": "", **({"PYTHONPATH": f"{packages}:{ROOT}"} if packages else {})}
    begin = begun if packages else Warm
    with log.open("w") as said, Path(os.devnull).open() as nothing:
        process = begin(["dashboard", "serve", "--config", str(config)], ROOT, env, nothing, said, said)
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        process.wait(30)


def _address(process: Warm | Popen[bytes], log: Path) -> str:
    until = time.monotonic() + READY_SECONDS
    while "The dashboard is at " not in (text := log.read_text()):
        assert process.poll() is None and time.monotonic() < until, text
        time.sleep(0.02)
    return text.partition("The dashboard is at ")[2].split()[0]
