"""This module owns the promise to whatever speaks HTTP: curl posts, answers a challenge and calls back, it counts."""

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from clients import TOKEN, VERIFY_TOKEN, kept, now, serving, url
from running import Ingest

CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed on this machine")


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    with serving(tmp_path_factory.mktemp("curl")) as running:
        yield running


def curl(*arguments: str) -> tuple[str, str]:
    """(status, body) of curl's answer."""
    assert CURL
    command = [CURL, "--silent", "--show-error", "--max-time", "30", "--write-out", "\n%{http_code}", *arguments]
    body, _, status = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.rpartition(
        "\n"
    )
    return status, body


@needs_curl
def test_curl_posts_an_order_signed_as_shopify_s_documentation_says(ingest: Ingest, tmp_path: Path):
    order = {"id": 820982911946154508, "created_at": now(), "updated_at": now(), "total_price": "403.00",
             "currency": "USD", "landing_site": "/?rac=Quiet+SUVs", "note": "é"}  # fmt: skip
    body = json.dumps(order, ensure_ascii=False)
    (tmp_path / "order.json").write_text(body, encoding="utf-8")
    proof = base64.b64encode(hmac.new(TOKEN.encode(), body.encode(), hashlib.sha256).digest()).decode()
    sent = ["-H", "Content-Type: application/json", "-H", "X-Shopify-Topic: orders/create", "--data-binary",
            f"@{tmp_path / 'order.json'}", url(ingest, "shopify_orders")]  # fmt: skip
    assert curl("-H", f"X-Shopify-Hmac-Sha256: {proof}", *sent)[0] == "200"
    assert curl("-H", f"X-Shopify-Hmac-Sha256: {proof[::-1]}", *sent)[0] == "401"
    assert ("820982911946154508", "conversion") in kept(ingest, "shopify_orders", revenue=Decimal(403))


@needs_curl
def test_curl_answers_meta_s_challenge_and_posts_its_escaped_bytes(ingest: Ingest):
    address = url(ingest, "meta")
    asked = ["-G", "-d", "hub.mode=subscribe", "-d", "hub.challenge=1158201444"]
    assert curl(*asked, "--data-urlencode", f"hub.verify_token={VERIFY_TOKEN}", address) == ("200", "1158201444")
    assert curl(*asked, "-d", "hub.verify_token=guess", address)[0] == "401"
    stamp = int(datetime.now(UTC).timestamp())
    lead = {"leadgen_id": 2**53 + 1, "ad_id": 2**53 + 3, "created_time": stamp, "note": "é\ud83c\udf89"}
    entry = {"id": "1", "time": stamp, "changes": [{"field": "leadgen", "value": lead}]}
    body = json.dumps({"object": "page", "entry": [entry]})
    assert "\\u00e9\\ud83c\\udf89" in body
    proof = "sha256=" + hmac.new(TOKEN.encode(), body.encode(), hashlib.sha256).hexdigest()
    status, _ = curl("-H", "Content-Type: application/json", "-H", f"X-Hub-Signature-256: {proof}", "-d", body, address)
    assert status == "200"
    assert kept(ingest, "meta", ad_id="9007199254740995") == [("9007199254740993", "conversion")]


@needs_curl
@pytest.mark.parametrize("place", ["path", "query"])
def test_curl_gets_a_callback_with_its_token_in_the_path_or_the_query(ingest: Ingest, place: str):
    fields = [
        "type=redirect",
        f"event_id=by-{place}",
        f"ts={int(datetime.now(UTC).timestamp())}",
        "adtitle=Used SUVs & vans",
    ]
    address = url(ingest, "tonic") + (f"/{TOKEN}" if place == "path" else "")
    fields += [f"token={TOKEN}"] if place == "query" else []
    status, body = curl("-G", *(part for field in fields for part in ("--data-urlencode", field)), address)
    assert (status, json.loads(body)["accepted"]) == ("200", 1)
    assert (f"by-{place}", "click") in kept(ingest, "tonic")
    assert TOKEN not in json.dumps(ingest.query("select * from interactions where sender = 'tonic'"), default=str)


@needs_curl
@pytest.mark.parametrize("method", ["get", "post"])
def test_curl_sends_a_tracker_s_postback_as_query_or_form(ingest: Ingest, method: str):
    fields = f"external_id=c-{method}&cid=w-{method}&payout=1.25&txid=t-1&et=lead"
    address = f"{url(ingest, 'voluum')}?token={TOKEN}"
    status, body = curl(f"{address}&{fields}") if method == "get" else curl("-d", fields, address)
    assert (status, body) == ("200", "OK")
    assert kept(ingest, "voluum", click_id=f"c-{method}") == [(f"w-{method}#t-1", "conversion")]
