"""The app as a browser gets it: headers, true 404s, health, the pulse, the empty page, errors as sentences."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import standardwebhooks
from dashboard_marts import World, believable, publish
from plotly.utils import PlotlyJSONEncoder

from dashboard import errors
from dashboard.app import create_app, page_of, turned
from dashboard.components.empty import signed_curl
from dashboard.config import Settings
from dashboard.live import pulse
from dashboard.published import NothingPublished, newest, trouble
from ingest.terminal.called import as_called

NOW = datetime(2026, 11, 23, 20, 5, tzinfo=UTC)


def body(settings: Settings, path: str = "/") -> str:
    page, beat = page_of(path), pulse(settings, NOW)
    made, _controls = turned(settings, page, beat, not beat.version or (page.needs_creatives and not beat.filled))
    return json.dumps(made.to_plotly_json(), cls=PlotlyJSONEncoder)


def test_the_page_is_in_english_and_loads_nothing_from_elsewhere(settings: Settings):
    page = create_app(settings).server.test_client().get("/").get_data(as_text=True)
    assert '<html lang="en">' in page
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_every_answer_carries_the_policy(settings: Settings):
    client = create_app(settings).server.test_client()
    for path in ("/", "/live", "/healthz", "/nope", "/assets/base.css"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self' 'sha256-" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/nope", "/creatives/../x", "/_dash", "/admin.php", "/healthz/x"])
def test_a_path_that_is_no_page_is_a_404(settings: Settings, path: str):
    answer = create_app(settings).server.test_client().get(path)
    assert answer.status_code == 404
    assert "no such page" in answer.get_data(as_text=True)


def test_health_is_a_health_endpoint(settings: Settings):
    answer = create_app(settings).server.test_client().get("/healthz")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "OK")


def test_answers_are_compressed_for_who_asks(settings: Settings):
    answer = create_app(settings).server.test_client().get("/_dash-layout", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


def test_without_a_published_file_the_page_says_how_to_begin(settings: Settings):
    words = body(settings)
    assert "Waiting for the first creative" in words
    assert as_called("whichad ingest send-test site") in words
    assert "http://127.0.0.1:8080/webhooks/site" in words
    assert "whsec_x" not in words, "a page never shows a secret"


def test_a_published_file_without_creatives_says_that_none_is_named(settings: Settings):
    publish(settings.data_dir, World((), {}), "v1")
    assert "none of it names a creative yet" in body(settings)


def test_without_a_sender_the_page_says_how_to_name_one(settings: Settings):
    assert "[senders.site]" in body(settings.model_copy(update={"senders": {}}))


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("openssl")), reason="needs bash and openssl")
def test_the_curl_of_the_empty_page_signs_as_standard_webhooks_verify(settings: Settings, tmp_path: Path):
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    script = signed_curl(settings, "site").replace("'whsec_...'", f"'{secret}'")
    script = script.split("curl -i")[0] + 'printf "%s\\n%s\\n%s\\n%s" "$id" "$ts" "$signature" "$body"'
    run = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True)
    ident, stamp, signature, body = run.stdout.split("\n", 3)
    headers = {"webhook-id": ident, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}
    payload = standardwebhooks.Webhook(secret).verify(body, headers)
    assert payload == json.loads(body)
    assert payload["referrerAdCreative"] == "Quiet SUVs of 2026"


def test_the_pulse_tells_the_version_the_age_and_trouble(settings: Settings):
    assert pulse(settings, NOW).version == ""
    publish(settings.data_dir, believable(days=3), "v7")
    (settings.data_dir / "status.json").write_text('{"ok": false, "sentence": "A check failed."}')
    beat = pulse(settings, NOW)
    assert (beat.version, beat.filled, beat.banner) == ("v7.duckdb", True, "A check failed.")
    assert beat.as_of == "Data as of 23 Nov 2026, 12:00 (America/Los_Angeles), 5 min ago · newest interaction 6 min ago"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"ok": true, "sentence": "x"}', '{"sentence": "x"}', "\xff"])
def test_a_status_that_is_fine_or_unreadable_is_no_trouble(tmp_path: Path, text: str):
    (tmp_path / "status.json").write_bytes(text.encode("latin-1"))
    assert trouble(tmp_path) is None


def test_a_damaged_file_is_a_sentence_and_not_a_crash(settings: Settings):
    (settings.data_dir / "creatives.duckdb").write_bytes(b"not a database at all" * 50)
    assert "could not be opened" in pulse(settings, NOW).banner


def test_a_link_to_nothing_is_nothing_published(tmp_path: Path):
    (tmp_path / "creatives.duckdb").symlink_to(tmp_path / "published" / "gone.duckdb")
    with pytest.raises(NothingPublished):
        newest(tmp_path / "creatives.duckdb")


def test_a_missing_mart_is_named_with_what_to_do():
    with pytest.raises(duckdb.Error) as caught:
        duckdb.connect().execute("select * from creative_scorecard")
    assert errors.sentence(caught.value).startswith("The published file lacks something this page reads (creative_s")


@pytest.mark.parametrize("error", [NothingPublished(), duckdb.IOException("x"), duckdb.Error("x"), ValueError("x")])
def test_every_error_is_a_sentence_without_its_inside(error: Exception):
    assert errors.sentence(error).endswith(".")
    assert "Traceback" not in errors.sentence(error)
