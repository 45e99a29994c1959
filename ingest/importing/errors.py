"""This module owns the one error of imports: a file that cannot be taken, in a sentence that says what to do."""


class ImportRefusedError(Exception):
    """Nothing of this file is stored, or no more than before; the message is for the one who brought it."""
