"""This module owns workers of the door that begin warm: their supervisor forks them, as it is itself a warm fork.

Flask and the rest took 0.4 s of the processor for each worker, and a run of the suite starts hundreds. What they run,
what they are handed and how they end is that of `python -m ingest.listening.worker`; the tests of faults, of the load
and of the whole product start cold ones.
"""

import gc
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from prometheus_client import values

WORKER = "ingest.listening.worker"
_FILES_MAX = 4096  # more than a supervisor has open


class Forked(subprocess.Popen[bytes]):
    """subprocess.Popen, but that a worker goes on as a fork where it would begin as another program."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], pass_fds: Collection[int] = (), **more: Any):
        """As `ingest.listening.serve` calls it."""
        words = list(command[2:])
        if words[0] == WORKER:  # the hook runs in the child, which then has its standard files already
            more["preexec_fn"] = partial(_work, words, env, pass_fds)
            more["restore_signals"] = False  # SIGPIPE and SIGXFSZ stay ignored, as Python begins with
        super().__init__(command, env=env, pass_fds=pass_fds, **more)


def _work(words: Sequence[str], env: Mapping[str, str], kept: Collection[int]) -> None:
    """Be a worker to its end; never returns."""
    code = 1
    gc.enable()  # Popen turns it off around its hook, and on again in the parent only
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        low = 3
        for file in (*sorted(kept), _FILES_MAX):
            os.closerange(low, file)
            low = file + 1
        become(words, env)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        for thread in threading.enumerate():
            if not thread.daemon and thread is not threading.current_thread():
                thread.join()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def become(words: Sequence[str], env: Mapping[str, str]) -> None:
    """Run a module as `python -m` does, with these arguments and this environment."""
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    values.ValueClass = values.get_value_class()  # which looks into the environment when it is first imported
    sys.argv = list(words)
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)
