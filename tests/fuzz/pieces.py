"""This module owns taking a fuzzer's bytes apart: small numbers first, then what is read as a body or a text.

It needs no fuzzer, so that the tests replay a corpus on every Python.
"""


class Pieces:
    """Bytes that are used up from their front; where they end, numbers are 0 and texts empty."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, below: int) -> int:
        """A number from 0 to `below` - 1, made of one byte, or of two where one cannot reach them all."""
        return int.from_bytes(self._cut(1 if below <= 256 else 2)) % below

    def some(self, most: int = 255) -> bytes:
        """Up to `most` bytes, as many as a first byte says."""
        return self._cut(self.number(most + 1))

    def rest(self) -> bytes:
        """All that is left."""
        return self._cut(len(self._data))

    def _cut(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        self._at += len(found)
        return found


def text_of(raw: bytes) -> str:
    """Any bytes as a text: UTF-8, and half surrogate pairs where they are none."""
    return raw.decode("utf-8", "surrogateescape")
