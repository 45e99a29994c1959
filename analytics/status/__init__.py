"""This package owns how it is: what the loop and whoever brings in a history say, and what is made of it."""
