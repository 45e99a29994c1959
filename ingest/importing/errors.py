"""This module owns the errors of imports: a file that cannot be taken, in a sentence that says what to do."""


class ImportRefusedError(Exception):
    """Nothing of this file is stored, or no more than before; the message is for the one who brought it."""


class StillChangingError(ImportRefusedError):
    """Somebody still writes this file; later it may be whole."""

    def __init__(self) -> None:
        super().__init__("it changed while it was read. Wait until it is written, and import it again.")
