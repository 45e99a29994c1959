"""Analytics owns the numbers: SQL models over the record, the checks that guard them, and what is published."""

import os

# NumPy's linear algebra is of small matrices here: inverting 483 states took 110 ms of the processor on two threads,
# which wait for each other by spinning, and 13 ms on one. OpenBLAS asks for it when NumPy is first imported.
os.putenv("OPENBLAS_NUM_THREADS", "1")
