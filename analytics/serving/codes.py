"""This module owns what the exit code of the serving process means, for who starts it without loading it."""

NO_EXTENSION, TOO_LATE = 75, 76
