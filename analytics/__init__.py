"""Analytics owns the numbers: SQL models over the record, the checks that guard them, and what is published."""
