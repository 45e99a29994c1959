"""Analytics owns the numbers: SQL models over the record, the checks that guard them, and what is published."""

from analytics.work.config import one_thread

one_thread()  # here, because whoever imports NumPy for us imports this first
