"""This module owns what libraries read of the environment before they are loaded: how many threads OpenBLAS takes.

NumPy's linear algebra is of small matrices here: inverting 483 states took 110 ms of the processor on two threads,
which wait for each other by spinning, and 13 ms on one. Who sets another number has it.
"""

import os


def one_thread() -> None:
    """Ask for one thread, where nobody asked for another number. OpenBLAS reads it when NumPy is first imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
