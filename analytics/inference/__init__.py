"""This package owns the inference from sums: pure functions, arrays in and out; no SQL, no files, no clock."""
