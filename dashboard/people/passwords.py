"""This module owns passwords: which are taken, how they are kept, and checking one without telling more than yes or no.

Kept as `scrypt$n$r$p$salt$hash`, so that the cost can be raised later and old ones still open the door.
"""

import base64
import hashlib
import hmac
import secrets
import threading
import unicodedata

from dashboard.people.refusal import Refused

LENGTH_MIN = 12
LENGTH_MAX = 256
_DISTINCT_MIN = 5
# OWASP's equal to 2^17·8·1 in 32 MiB instead of 128: a third of a second of one core.
_N, _R, _P = 2**15, 8, 3
_MEMORY_MAX = 128 << 20
# Two at a time: a flood of logins takes neither all cores nor all memory from those who are in.
_turn = threading.BoundedSemaphore(2)


def check(password: str, name: str) -> None:
    """Raise Refused for a password that would be guessed."""
    if len(password) < LENGTH_MIN:
        raise Refused(f"The password is too short: it takes {LENGTH_MIN} characters or more.")
    if len(password) > LENGTH_MAX:
        raise Refused(f"The password is too long: at most {LENGTH_MAX} characters.")
    if name.casefold() in password.casefold() or len(set(password)) < _DISTINCT_MIN:
        raise Refused("The password is too easy to guess: not the name, and not the same few characters over and over.")


def kept(password: str) -> str:
    """What is stored of a password."""
    salt = secrets.token_bytes(16)
    made = _scrypt(password, salt, _N, _R, _P)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(made)))


def is_right(password: str, stored: str | None) -> bool:
    """Whether it is the one; for nobody's (None) it takes as long and is wrong."""
    _, n, r, p, salt, made = (stored or _NOBODY).split("$")
    found = _scrypt(password[:LENGTH_MAX], base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(made)) and stored is not None


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # One spelling, whatever keyboard it was typed on (RFC 8265 has NFC; NIST SP 800-63B this).
    spelt = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    with _turn:
        return hashlib.scrypt(spelt, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY_MAX)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


_NOBODY = "$".join(("scrypt", str(_N), str(_R), str(_P), _text(b"\0" * 16), _text(b"\0" * 64)))
