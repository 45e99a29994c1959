"""This package owns the inference: pure functions from sums to what is known and how sure it is. No file, no clock."""
