"""This package owns the inference: pure functions from sums to how sure one can be, numpy arrays in and out.

Every function takes arrays (or numbers) that broadcast, and answers arrays of that shape. What is unknown (a zero
denominator, a nan that came in) is nan, and nan never counts as evidence. Nothing here draws a random number, reads a
clock or knows a table: equal input gives equal output.
"""
