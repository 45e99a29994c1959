"""This module owns what the exit code of a query's process means, for those who start one without loading it."""

OUT_OF_MEMORY = 74
