"""The smaller Plotly script: fetched by digest or not at all, and served at the whole one's address."""

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from flask import Flask

from dashboard import slim


def packed(name: str, script: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(script)
        archive.addfile(member, io.BytesIO(script))
    return out.getvalue()


def digest(archive: bytes) -> str:
    return base64.b64encode(hashlib.sha512(archive).digest()).decode()


def test_the_locked_plotly_has_a_digest():
    assert slim.version() in slim.DIGESTS, "a newer plotly needs the digest of its cartesian bundle in slim.py"


def test_an_archive_is_used_if_its_digest_is_the_stated_one():
    archive = packed(slim.MEMBER, b"the script")
    assert slim._unpacked(archive, digest(archive)) == b"the script"
    with pytest.raises(slim.CannotFetch, match="thrown away"):
        slim._unpacked(archive + b"x", digest(archive))


def test_without_npm_a_sentence_says_that_the_page_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(slim.sys, "prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(slim.CannotFetch, match="works without"):
        slim.fetch()
    assert not slim.kept().exists()


def test_the_kept_script_is_served_at_the_whole_ones_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(slim.sys, "prefix", str(tmp_path))
    address = "/_dash-component-suites/plotly/package_data/plotly.min.js"
    whole = Flask("whole")
    slim.serve(whole)
    assert whole.test_client().get(address).status_code == 404, "not kept: the request is Dash's"
    slim.kept().parent.mkdir(parents=True)
    slim.kept().write_bytes(b"the script")
    server = Flask("smaller")
    slim.serve(server)
    answer = server.test_client().get(address)
    assert (answer.data, answer.mimetype) == (b"the script", "application/javascript")
    assert server.test_client().get("/_dash-component-suites/dash/x.min.js").status_code == 404
