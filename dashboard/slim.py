"""This module owns which Plotly script the browser loads: a smaller one where it was fetched, else the whole one.

Plotly's Python package brings the script with maps, 3-D and everything: 1.3 MB compressed, half of the page. The same
version's cartesian bundle is a third of that. It is published on the npm registry only, so `whichad dashboard slim`
(and `make setup`, where npm is there) fetches it once into the environment, checked against the digest below. Without
it the page works all the same and is heavier.
"""

import base64
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import lru_cache
from pathlib import Path

import plotly
from flask import Flask, Response, request, send_file

PACKAGE = "plotly.js-cartesian-dist-min"
MEMBER = "package/plotly-cartesian.min.js"
# Version of plotly.js → the package's digest as the npm registry states it (SHA-512, base64).
DIGESTS = {
    "4.1.1": "o8GrFeusncwBIxbBynRJpY4pkgVB6caM+JLpwrLYbbsO7dZ8FJ+SVN2Fr+L7kiG/Z6w4P5O0Jus/Qr5EefHVeg==",
}
_WHOLE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
_ROUTE = "/_dash-component-suites/plotly/package_data/plotly"
_FETCH_SECONDS = 120


class CannotFetch(Exception):
    """The smaller script is not to be had; the message says why and that the page works without it."""


@lru_cache(maxsize=1)
def version() -> str:
    """The version of plotly.js that the Python package brings; empty where its first lines do not say."""
    with _WHOLE.open(encoding="utf-8") as script:
        found = re.search(r"plotly\.js v(\d+\.\d+\.\d+)", script.read(200))
    return found[1] if found else ""


def kept() -> Path:
    """Where the smaller script of this version is kept: in the environment, so that an upgrade leaves it behind."""
    return Path(sys.prefix) / "share" / "whichad" / f"plotly-cartesian-{version()}.min.js"


def fetch() -> Path:
    """Fetch, check and keep the smaller script; at once where it is there. Raises CannotFetch."""
    target, digest = kept(), DIGESTS.get(version())
    if target.exists():
        return target
    if digest is None:
        raise CannotFetch(f"No digest is known for plotly.js {version() or '(unknown)'}; the whole script is served.")
    script = _unpacked(_packed(version()), digest)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_suffix(".new")
    aside.write_bytes(script)
    aside.replace(target)
    return target


def serve(server: Flask) -> None:
    """Answer Plotly's script with the smaller one where it is kept; nothing changes where it is not."""
    target = kept()
    if not target.exists():
        return

    @server.before_request
    def smaller() -> Response | None:
        """The same address, a smaller script of the same version."""
        if not request.path.startswith(_ROUTE) or not request.path.endswith(".min.js"):
            return None
        return send_file(target, mimetype="application/javascript")


def _packed(number: str) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotFetch(
            "npm is not installed, and the smaller script is on its registry only; the page works without."
        )
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--ignore-scripts", f"{PACKAGE}@{number}"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_FETCH_SECONDS)
            return next(Path(folder).glob("*.tgz")).read_bytes()
        except (subprocess.SubprocessError, OSError, StopIteration) as error:
            raise CannotFetch(f"npm could not fetch {PACKAGE} {number}; the page works without it.") from error


def _unpacked(archive: bytes, digest: str) -> bytes:
    if base64.b64encode(hashlib.sha512(archive).digest()).decode() != digest:
        raise CannotFetch(f"What npm fetched is not {PACKAGE} as its digest states; it was thrown away.")
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        member = packed.extractfile(MEMBER)
        if member is None:
            raise CannotFetch(f"{PACKAGE} does not hold {MEMBER}; it was thrown away.")
        return member.read()
