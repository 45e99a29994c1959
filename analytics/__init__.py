"""Analytics owns the numbers: SQL models over the record, the checks that guard them, and what is published."""

import os

# NumPy's linear algebra is of small matrices here. On two threads that wait for each other by spinning, inverting 483
# states took 110 ms of the processor on a busy machine; on one it takes 13. Read when NumPy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
