"""This module owns the promises of the tag without a browser: what is served, who may post, what becomes of it."""

import gzip
import json
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journaling import Desk
from platforms import iso, posted, said
from running import PAGE, ROOT, Ingest, refused, run, write_config
from shopping import AGENT

from ingest.auth.scheme import WITHOUT_KEY, Auth
from ingest.config import ConfigError, IngestSettings, Sender
from ingest.door.browsers import TAG_BYTES_MAX, tag
from ingest.profile import profile
from ingest.rejection import REFUSALS
from ingest.senders import adding
from ingest.senders.origin import origin
from ingest.settings.address import check_origin
from ingest.visitors.key import visitor_hash

OTHER = "http://127.0.0.1:5173"
SITE = {"profile": "site_tag", "secrets": [], "origins": [PAGE, OTHER]}
VISITOR, CLICK = "123456789012345678901234567890", "IwAR0_x-9"
LANDING = {
    "t": "landing", "id": CLICK, "consent": True, "visitor": VISITOR, "click": CLICK, "ad": True, "via": "fbclid",
    "page": "/quiet-suvs", "q": {"fbclid": CLICK},
    "p": {"ad_id": "1202", "rac": "Quiet SUVs", "utm_source": "fb", "utm_medium": "paid", "utm_content": "v3"},
}  # fmt: skip
BROWSER = {"content-type": "text/plain;charset=UTF-8", "user-agent": AGENT, "origin": PAGE}
BODY = json.dumps(LANDING).encode()
CORS = "access-control-allow-origin"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """An ingest with a site, one that is nearly closed, and a sender of another kind."""
    senders = {"site": SITE, "once": SITE, "slow": SITE | {"rate_per_second": 0.001, "rate_burst": 1}, "shop": {}}
    with Ingest(tmp_path_factory.mktemp("tag"), senders) as running:
        yield running


def land(door: Ingest, body: bytes = BODY, sender: str = "site", method: str = "POST", **headers: str | None):
    """A request as a page makes it, but for these headers; underscores stand for dashes, None for none."""
    changed = BROWSER | {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in changed.items() if value is not None}
    return door.request(method, f"/webhooks/{sender}", body, sent)


def test_the_tag_is_small_cached_and_says_nothing_of_what_serves_it(door: Ingest):
    answer = door.request("GET", "/t.js")
    assert (answer.status, answer.body) == (200, tag())
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert (answer.headers["cache-control"], answer.headers[CORS]) == ("public, max-age=3600", "*")
    assert "server" not in answer.headers and "set-cookie" not in answer.headers
    again = door.request("GET", "/t.js", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert door.request("HEAD", "/t.js").status == 200
    assert door.request("POST", "/t.js", b"").code == "method_unknown"


def test_the_tag_is_two_kilobytes_at_most_and_what_is_left_out_of_it_are_comments():
    assert len(tag()) <= TAG_BYTES_MAX == 2048
    source = (ROOT / "ingest" / "tag" / "t.js").read_text(encoding="utf-8")
    assert "".join(tag().decode().split()) == "".join("".join(re.sub(r"(?m)^ *//.*$", "", source)).split())
    assert b"cookie" not in tag() and b"eval" not in tag() and b"innerHTML" not in tag()


@pytest.mark.parametrize(
    ("asking", "method", "status", "opened"),
    [
        (PAGE, "POST", 204, PAGE), (OTHER, "POST", 204, OTHER), (PAGE, "OPTIONS", 204, PAGE),
        ("https://evil.example", "POST", 403, None), ("https://evil.example", "OPTIONS", 204, None),
        (None, "POST", 403, None), ("null", "POST", 403, None), ("*", "POST", 403, None), ("", "POST", 403, None),
        (PAGE + "/", "POST", 403, None), (PAGE.upper(), "POST", 403, None), (PAGE + ":443", "POST", 403, None),
        ("http://shop.example", "POST", 403, None), ("https://www.shop.example", "POST", 403, None),
        ("https://shop.example.evil.example", "POST", 403, None), (f"{PAGE} {OTHER}", "POST", 403, None),
        (PAGE, "GET", 405, PAGE), (PAGE, "PUT", 405, PAGE),
    ],
)  # fmt: skip
def test_pages_of_listed_origins_post_and_nobody_else_s(
    door: Ingest, asking: str | None, method: str, status: int, opened: str | None
):
    answer = land(door, method=method, origin=asking)
    assert (answer.status, answer.headers.get(CORS), answer.headers["vary"]) == (status, opened, "Origin")
    assert "access-control-allow-credentials" not in answer.headers
    if status == 403:
        refused(answer, 403, "origin_unknown")
    if status == 204:
        assert answer.body == b"" and ("whichad-receipt" in answer.headers) is (method == "POST")
    is_preflight = method == "OPTIONS" and opened is not None
    assert ("access-control-allow-methods" in answer.headers) is is_preflight


def test_no_page_reads_the_answers_of_a_sender_that_lists_none(door: Ingest):
    answer = door.post({"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}, headers={"origin": PAGE})
    assert answer.status == 200 and CORS not in answer.headers
    assert CORS not in land(door, sender="nobody").headers


def test_a_landing_of_an_ad_is_its_click_and_a_view_and_is_kept_once(door: Ingest):
    for _again in range(3):
        assert land(door, sender="once").status == 204
    door.load()
    columns = "type, id, click_id, network, ad_id, ad_name, landing_page, consent, traffic, click_ids, properties"
    found = door.query(f"select {columns} from interactions where sender = 'once' order by type")
    assert [row[0] for row in found] == ["click", "landing_view"]
    assert {row[1:9] for row in found} == {(CLICK, CLICK, "facebook", "1202", "v3", "/quiet-suvs", "granted", "human")}
    assert json.loads(found[0][9]) == {"fbclid": CLICK}
    assert json.loads(found[0][10]) == {"utm_medium": "paid", "utm_content": "v3"}
    assert door.query("select count(*) from quarantine where sender = 'once'") == [(0,)]
    visitors = door.query("select distinct visitor from interactions where sender = 'once'")
    assert len(visitors) == 1 and visitors[0][0] != VISITOR


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 204, "body_empty"), (b"{", {}, 204, "bad_json"), (b'{"t": "landing"}', {}, 204, "missing_field"),
        (b'{"t": "landing", "id": 1.5}', {}, 204, "bad_type"), (b"[" * 99 + b"]" * 99, {}, 204, "too_deep"),
        (json.dumps(LANDING | {"click": "x" * 513}).encode(), {}, 204, "too_long"),
        (b" " * 16385, {}, 413, "body_too_large"),
        (gzip.compress(b" " * 16385, mtime=0), {"content_encoding": "gzip"}, 413, "body_too_large"),
        (BODY, {"content_encoding": "br"}, 415, "type_unknown"),
    ],
)  # fmt: skip
def test_what_no_tag_posts_is_answered_as_everywhere_and_stays_visible(
    door: Ingest, body: bytes, headers: dict[str, str], status: int, code: str
):
    answer = land(door, body, **headers)
    assert (answer.status, answer.headers[CORS]) == (status, PAGE)
    if status != 204:
        refused(answer, status, code)
        return
    door.load()
    delivery_id = answer.headers["whichad-receipt"].partition(".")[0]
    assert door.query("select distinct code from quarantine where delivery_id = ?", delivery_id) == [(code,)]


def test_a_flood_is_stopped_by_the_profile_s_own_limit_or_the_sender_s(door: Ingest):
    assert (profile("site_tag").rate_per_second, profile("site_tag").rate_burst) == (20, 200)
    assert land(door, sender="slow").status == 204
    answer = land(door, sender="slow")
    refused(answer, 429, "rate_limited")
    assert answer.headers[CORS] == PAGE


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, profile="site_tag") as found:
        yield found


def landed(desk: Desk, headers: dict[str, str] | None = None, **more: Any) -> list[dict[str, Any]]:
    """What becomes of a landing with changes."""
    return said(posted(desk, LANDING | more, {"user-agent": AGENT} | (headers or {})))


@pytest.mark.parametrize("kind", ["conversion", "refund", "revenue", "ad_click", "settlement", "report", "ad"])
def test_a_page_says_no_sale_and_no_money_whatever_it_calls_itself(desk: Desk, kind: str):
    money = {"revenue": "1000", "cost": "1", "count": 5, "transaction_id": "t", "currency": "USD", "traffic": "human"}
    for body in (LANDING | {"t": kind}, {"type": kind, "id": "1", "occurred_at": iso()} | money, {"t": kind} | money):
        passage = posted(desk, body)
        assert (passage.accepted, passage.quarantined, passage.ignored) == ([], [], 1)
        assert "no sale, no money" in passage.results[0]["detail"]
    for item in landed(desk, type=kind, **money):
        assert item["type"] in ("click", "landing_view")
        assert not {"revenue", "cost", "transaction_id", "count", "conversion_kind"} & item.keys()


@pytest.mark.parametrize(
    ("said_so", "headers"),
    [(False, {}), (None, {}), ("", {}), ("yes", {}), (1, {}), (True, {"sec-gpc": "1"}), (True, {"dnt": "1"})],
)
def test_without_consent_or_against_a_signal_no_id_passes_the_door(desk: Desk, said_so: Any, headers: dict[str, str]):
    for item in landed(desk, headers, consent=said_so):
        assert item["consent"] == "denied" and not {"click_id", "click_ids", "visitor"} & item.keys()
        assert (item["ad_id"], item["creative_raw"]) == ("1202", "Quiet SUVs")
    assert {item["consent"] for item in landed(desk, {"sec-gpc": "0", "dnt": "0"})} == {"granted"}


def test_a_landing_without_an_ad_is_a_view_only(desk: Desk):
    assert [item["type"] for item in landed(desk, ad=False, click="", p={}, q={})] == ["landing_view"]


@pytest.mark.parametrize(
    ("choice", "where"), [("ad_name", "ad_name"), ("ad_id", "ad_id"), ("text", "creative_raw")]
)  # fmt: skip
def test_utm_content_is_what_the_owner_says(tmp_path: Path, choice: str, where: str):
    with Desk(tmp_path, profile="site_tag", options={"utm_content": choice}) as desk:
        for item in landed(desk, p={"utm_content": "v3", "utm_source": "fb"}):
            assert {name for name in ("ad_name", "ad_id", "creative_raw") if item.get(name) == "v3"} == {where}


def test_where_a_tracker_reports_the_clicks_the_tag_does_not(tmp_path: Path):
    with Desk(tmp_path, profile="site_tag", options={"clicks": "elsewhere"}) as desk:
        assert [item["type"] for item in landed(desk)] == ["landing_view"]


@pytest.mark.parametrize(
    ("more", "network"),
    [({"network": "taboola"}, "taboola"), ({"p": {"network": "tt"}}, "tiktok"), ({"p": {}}, "facebook"),
     ({"p": {}, "via": "gclid"}, "google"), ({"p": {}, "via": "click_id"}, None), ({"p": {}, "via": None}, None)],
)  # fmt: skip
def test_the_network_is_said_or_told_by_the_kind_of_click_id(desk: Desk, more: dict[str, Any], network: str | None):
    assert {item.get("network") for item in landed(desk, **more)} == {network}


def order(attributes: dict[str, str], **more: Any) -> dict[str, Any]:
    """An order of Shopify's with these attributes."""
    notes = [{"name": name, "value": value} for name, value in attributes.items()]
    return {
        "id": 1, "created_at": iso(), "updated_at": iso(), "cancelled_at": None, "currency": "USD", "refunds": [],
        "total_price": "403.00", "financial_status": "paid", "customer": {"id": 7}, "note_attributes": notes,
    } | more  # fmt: skip


WRITTEN = f"whichad_{VISITOR}_{CLICK}"
OURS = (VISITOR, CLICK)
REFERENCES = [
    (WRITTEN, OURS), (f"whichad_{VISITOR}_", (VISITOR, None)), (f"whichad_{VISITOR}_a_b-C", (VISITOR, "a_b-C")),
]  # fmt: skip
FOREIGN = ["order-17", "whichad", "whichad_", "whichad_jon_5", "WHICHAD_1_2", " ", "xwhichad_1_2", "cus_1_2"]


@pytest.mark.parametrize(
    ("written", "ids"), [*REFERENCES, *((each, (None, None)) for each in FOREIGN), ("", (None, None))]
)
def test_an_order_brings_back_what_the_tag_wrote_into_the_cart(tmp_path: Path, written: str, ids: tuple[Any, Any]):
    with Desk(tmp_path, profile="shopify_orders") as desk:
        [found] = said(posted(desk, order({"whichad": written}), {"x-shopify-topic": "orders/create"}))
        own = order({"whichad": written, "click_id": "own"})
        [kept] = said(posted(desk, own | {"id": 2}, {"x-shopify-topic": "orders/create"}))
    assert (found["visitor"], found.get("click_id")) == (hashed(ids[0] or "7"), ids[1])
    assert kept["click_id"] == "own"  # the shop's own attribute stays what it was


def hashed(visitor: str) -> str:
    """What the door makes of a visitor."""
    return visitor_hash(b"a key", visitor)


@pytest.mark.parametrize("place", ["client_reference_id", "metadata"])
@pytest.mark.parametrize(("written", "ids"), REFERENCES)
def test_a_payment_brings_back_what_the_tag_gave_it(tmp_path: Path, place: str, written: str, ids: tuple[Any, Any]):
    [found] = said_by_stripe(tmp_path, **{place: {"whichad": written} if place == "metadata" else written})
    assert (found["visitor"], found.get("click_id")) == (hashed(ids[0]), ids[1])


@pytest.mark.parametrize("written", [each for each in FOREIGN if each.strip()])
def test_a_reference_of_the_shop_s_own_stays_its_click_id(tmp_path: Path, written: str):
    [found] = said_by_stripe(tmp_path, client_reference_id=written)
    assert (found["visitor"], found["click_id"]) == (hashed("cus_1"), written)


def said_by_stripe(folder: Path, **session: Any) -> list[dict[str, Any]]:
    """What becomes of a paid checkout."""
    paid = {"id": "cs_1", "payment_status": "paid", "payment_intent": "pi_1", "amount_total": 1250, "currency": "usd",
            "customer": "cus_1", "metadata": {}} | session  # fmt: skip
    body = {"id": "evt_1", "type": "checkout.session.completed", "created": 1_763_888_400, "livemode": True}
    with Desk(folder, profile="stripe_payments") as desk:
        found = said(posted(desk, body | {"data": {"object": paid}}))
    assert found[0]["revenue"] == Decimal("12.5")
    return found


@pytest.mark.parametrize(
    "good", [PAGE, OTHER, "https://shop.example:8443", "http://[::1]:8000", "https://xn--bcher-kva.example"]
)
def test_an_origin_is_what_a_browser_writes(good: str):
    assert check_origin(good) == good


@pytest.mark.parametrize(
    "bad",
    ["", "*", "null", "shop.example", "https://", "https://shop.example/", "https://shop.example:443", "file:///x",
     "https://Shop.example", "https://a@shop.example", "https://shop.example?x", "https://*.shop.example/",
     "https://bücher.example", "https://[::1", "https://shop.example:99999", "ftp://shop.example"],
)  # fmt: skip
def test_what_no_browser_writes_is_no_origin(bad: str):
    with pytest.raises(ValueError, match="as a browser writes it"):
        check_origin(bad)


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        ({"profile": "site_tag"}, "senders.x.origins is empty"),
        ({"profile": "site_tag", "origins": [PAGE], "secrets": ["a-secret-of-some-length"]}, "remove the secrets"),
        ({"profile": "standard", "origins": [PAGE], "secrets": ["whsec_" + "QUFB" * 8]}, "Remove them"),
        ({"profile": "site_tag", "auth": "none", "origins": [PAGE]}, "Remove them"),
    ],
)  # fmt: skip
def test_settings_that_promise_what_nobody_checks_are_refused(sender: dict[str, Any], words: str):
    with pytest.raises(ConfigError, match=words):
        origin("x", Sender.model_validate(sender), IngestSettings())
    assert "origin" in WITHOUT_KEY and Auth(scheme="origin") and REFUSALS["origin_unknown"].status == 403


def test_adding_a_site_prints_the_line_to_paste_and_no_secret(tmp_path: Path):
    config = write_config(tmp_path, {})
    before = 'public_url = "https://ads.example.com"\n' + config.read_text(encoding="utf-8")
    config.write_text(before, encoding="utf-8")
    for origins, words in (((), "--origin https://shop.example"), ((f"{PAGE}/",), "as a browser writes it")):
        with pytest.raises(ConfigError, match=words):
            adding.add(config, adding.Wish("site", "site_tag", origins=origins))
    assert config.read_text(encoding="utf-8") == before
    origins = ("--origin", PAGE, "--origin", OTHER)
    done = run("senders", "add", "site", "--profile", "site_tag", *origins, "--config", str(config))
    assert done.returncode == 0, done.stderr
    script = '<script async src="https://ads.example.com/t.js" data-sender="site" data-consent="pending"></script>\n'
    assert done.stdout == script
    assert tomllib.loads(config.read_text(encoding="utf-8"))["senders"]["site"]["origins"] == [PAGE, OTHER]
    assert not (tmp_path / "secrets").exists()


PAGE_ON_IT = (ROOT / "docs" / "tag.md").read_text(encoding="utf-8")


def test_the_page_names_what_the_tag_reads_and_sends_and_nothing_else():
    source = tag().decode()
    [read] = re.findall(r"if\(x&&/(.*?)/\.test\(k\)\)", source)
    sentence = PAGE_ON_IT.split("these parameters and nothing else:", 1)[1].partition(" A landing is")[0]
    named = [name for name in re.findall(r"`(\w+)`", sentence) if name != "utm_"]
    assert len(named) > 14 and all(re.fullmatch(read, name.lower()) for name in [*named, "utm_source"])
    others = ("email", "q", "address", "token", "session_id", "utm", "xfbclid", "ad_id2", "name", "id", "title", "clid")
    assert not any(re.fullmatch(read, name) for name in others)
    [sent] = re.findall(r"JSON\.stringify\(\{(t:.*?)\}\)\)", source)
    keys = [each.partition(":")[0] for each in re.split(r",(?=\w+[:,]|\w+$)", sent.replace("q:ok?q:{}", "q"))]
    told = re.findall(r"(?m)^\| `(\w+)` \|", PAGE_ON_IT.split("| key | holds |", 1)[1])
    assert keys == ["t", "id", "consent", "visitor", "click", "ad", "via", "network", "page", "p", "q"]
    assert sorted(told) == sorted(keys)
    assert {
        f"data-{name}" for name in re.findall(r"set\.(\w+)|\"(\w+)\"in set", source) for name in name if name
    } == set(re.findall(r"(?m)^\| `(data-\w+)` \|", PAGE_ON_IT))


def test_a_test_landing_can_be_sent_from_the_command_line(door: Ingest):
    done = door.run("send-test", "site")
    assert done.returncode == 0 and "receipt: d" in done.stdout, done.stderr + done.stdout
