"""The tag in a real browser: an ad click, a page, an order's webhook, and the sale on the right creative."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from browsing import chromium
from journaling import until
from ondemand import OnDemand
from running import SECRET, Ingest
from shopping import AGENT, Shop

from analytics.build import Inputs
from analytics.config import AnalyticsSettings
from ingest.auth import sign
from ingest.auth.scheme import Auth
from ingest.door.request import Request

pytestmark = pytest.mark.skipif(chromium() is None, reason="Chromium is not installed: apt-get install chromium")
TEXT = "Quiet SUVs of 2026: see the <b>list</b>"
AD = f"/quiet-suvs?utm_source=facebook&utm_medium=paid&utm_content=v3&ad_id=1202&rac={quote(TEXT)}&fbclid=IwAR0_x-9"
OTHER_AD = f"/quiet-suvs?utm_source=facebook&ad_id=1203&rac={quote('Old vans, gone by Friday')}&fbclid=IwAR0_other"
CLICKED = "IwAR0_x-9"


class Street:
    """A shop with the tag, the ingest it posts to, and visitors: a fresh profile of the browser each."""

    def __init__(self, folder: Path, browser: Any, shop: Shop) -> None:
        """`shop` is open already: its origin goes into the settings."""
        self.shop, self._browser, self._open = shop, browser, []
        self.ingest = Ingest(
            folder,
            {
                "site": {"profile": "site_tag", "secrets": [], "origins": [shop.origin]},
                "shop": {"profile": "shopify_orders"},
                "till": {"profile": "stripe_payments"},
            },
        )

    @property
    def tag_host(self) -> str:
        """Where the tag is served."""
        return f"http://127.0.0.1:{self.ingest.port}"

    def visitor(self, agent: str = AGENT, script: str = "") -> Any:
        """A page of somebody who was never here; `script` runs before every page."""
        context = self._browser.new_context(user_agent=agent)
        if script:
            context.add_init_script(script)
        self._open.append(context)
        return context.new_page()

    def land(self, page: Any, path: str = AD, referer: str = "https://www.facebook.com/") -> Any:
        """Open a page as an ad's link does; returns what its landing was answered with."""
        with page.expect_response("**/webhooks/site") as answered:
            page.goto(self.shop.origin + path, referer=referer)
        return answered.value

    def rows(self, columns: str = "type, click_id") -> list[tuple[Any, ...]]:
        """What the record holds of the tag."""
        self.ingest.load()
        return self.ingest.query(
            f"select {columns} from interactions left join creative_variants using (variant_id)"
            " where sender = 'site' order by type, id"
        )

    def order(self, **more: Any) -> None:
        """Post an order of Shopify's as its webhook comes, with the attributes that the page wrote into its cart."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        body = json.dumps({
            "id": 820982911946154508, "created_at": now, "updated_at": now, "cancelled_at": None, "currency": "USD",
            "total_price": "403.00", "financial_status": "paid", "test": False, "customer": {"id": 7}, "refunds": [],
            "note_attributes": self.shop.note_attributes(), "landing_site": None,
        } | more).encode()  # fmt: skip
        signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"content-type": "application/json", "x-shopify-topic": "orders/create"}
        sent = headers | {"x-shopify-hmac-sha256": signature}
        assert self.ingest.request("POST", "/webhooks/shop", body, sent).json["accepted"] == 1

    def paid(self, **session: Any) -> None:
        """Post Stripe's event of a paid checkout."""
        now = datetime.now(UTC).timestamp()
        body = {"id": "evt_1", "type": "checkout.session.completed", "created": int(now), "livemode": True, "data": {
            "object": {"id": "cs_1", "payment_status": "paid", "payment_intent": "pi_1", "amount_total": 1250,
                       "currency": "usd", "customer": "cus_1", "metadata": {}} | session}}  # fmt: skip
        request = Request("POST", json.dumps(body).encode(), {"content-type": "application/json"})
        request = sign(Auth(scheme="stripe"), SECRET, request, "", now)
        assert self.ingest.request("POST", "/webhooks/till", request.body, request.headers).json["accepted"] == 1

    def sales(self) -> list[tuple[Any, ...]]:
        """What stands on each creative in the end: its text, clicks, landing views, sales, money."""
        self.ingest.load()
        as_of = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=1)
        inputs = Inputs(as_of, AnalyticsSettings(data_dir=self.ingest.settings.data_dir))
        models = OnDemand(self.ingest.settings.record_path, inputs)
        made = models.execute(
            "select creative_text, sum(clicks)::int, sum(landing_views)::int, sum(conversions)::int, sum(revenue)"
            " from creative_daily left join creatives using (creative_id) group by all order by all"
        )
        return made.fetchall()

    def close(self) -> None:
        """Let the visitors go."""
        for context in self._open:
            context.close()


@pytest.fixture
def street(tmp_path: Path, browser: Any) -> Iterator[Street]:
    with Shop() as shop:
        found = Street(tmp_path, browser, shop)
        with found.ingest:
            shop.hold(found.tag_host, consent="granted", shopify="")
            yield found
            found.close()


def kept(page: Any) -> dict[str, Any]:
    """All that a page's origin holds on the device."""
    return dict(
        page.evaluate(
            "() => ({local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie})"
        )
    ) | {"jar": page.context.cookies()}  # fmt: skip


NOTHING = {"local": {}, "session": {}, "cookie": "", "jar": []}


def test_an_ad_click_a_page_and_a_shopify_order_are_a_sale_on_the_right_creative(street: Street):
    street.land(street.visitor(), OTHER_AD)  # somebody else, by another ad
    until(lambda: len(street.shop.cart) == 1)
    page = street.visitor()
    answered = street.land(page)
    assert (answered.status, answered.headers["access-control-allow-origin"]) == (204, street.shop.origin)
    until(lambda: len(street.shop.cart) == 2)
    street.order()
    columns = "type, click_id, creative_raw, ad_id, network, consent, traffic, landing_page, visitor is not null"
    [_, click, _, view] = street.rows(columns)
    ad = (CLICKED, TEXT, "1202", "facebook", "granted", "human", "/quiet-suvs", True)
    assert (click, view) == (("click", *ad), ("landing_view", *ad))
    assert street.sales() == [
        ("Old vans, gone by Friday", 1, 1, 0, Decimal(0)),
        (TEXT, 1, 1, 1, Decimal(403)),
    ]


def test_a_payment_link_brings_the_id_to_stripe_and_the_payment_back_to_the_creative(street: Street):
    own = "https://buy.stripe.com/own?client_reference_id=order-17"
    street.shop.body += f"<a id=buy href='https://buy.stripe.com/test?x=1'>Buy</a><a id=own href='{own}'>Own</a>"
    page = street.visitor()
    page.route("https://buy.stripe.com/**", lambda route: route.fulfill(status=204))
    street.land(page)
    asked = []
    for link in ("#buy", "#own"):
        with page.expect_request("https://buy.stripe.com/**") as clicked:
            page.locator(link).evaluate("link => link.click()")
        asked.append(clicked.value.url)
    [reference] = parse_qs(urlsplit(asked[0]).query)["client_reference_id"]
    assert asked[0].startswith("https://buy.stripe.com/test?x=1&") and asked[1] == own
    assert reference == page.evaluate("whichad.id()") and reference.endswith(f"_{CLICKED}") and len(reference) <= 200
    street.paid(client_reference_id=reference)
    assert street.sales() == [(TEXT, 1, 1, 1, Decimal("12.5"))]


@pytest.mark.parametrize(
    ("said", "script"),
    [
        ("denied", ""), ("pending", ""),
        ("granted", "Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})"),
        ("granted", "Object.defineProperty(navigator, 'doNotTrack', {get: () => '1'})"),
    ],
)  # fmt: skip
def test_without_consent_nothing_is_kept_and_no_id_leaves_the_device(street: Street, said: str, script: str):
    street.shop.hold(street.tag_host, consent=said, shopify="")
    page = street.visitor(script=script)
    with page.expect_request("**/webhooks/site") as asked:
        page.goto(street.shop.origin + AD, referer="https://www.facebook.com/")
        page.wait_for_function("window.whichad")
        if said == "pending":  # who never answers is counted when the page goes
            assert street.rows() == []
            hide(page)
    body = json.loads(asked.value.post_data)
    assert body["consent"] is False and (body["visitor"], body["click"], body["q"]) == ("", "", {})
    assert CLICKED not in asked.value.post_data and "cookie" not in asked.value.all_headers()
    until(lambda: len(street.rows()) == 2)
    assert kept(page) == NOTHING and street.shop.cart == [] and page.evaluate("whichad.id()") == ""
    if script:
        page.evaluate("whichad.consent(true)")
        assert kept(page) == NOTHING
    assert street.rows("type, click_id, visitor, click_ids, consent") == [
        ("click", None, None, None, "denied"), ("landing_view", None, None, None, "denied"),
    ]  # fmt: skip
    # Shopify itself notes the page where the buyer landed: that order names its ad, if not its click.
    street.order(landing_site=AD)
    assert street.sales() == [(TEXT, 1, 1, 1, Decimal(403))]


def hide(page: Any) -> None:
    """As if another tab came to the front."""
    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')) }"
    )


def test_consent_that_is_given_on_the_page_counts_the_click_with_its_id_and_withdrawn_leaves_nothing(street: Street):
    street.shop.hold(street.tag_host, shopify="")
    page = street.visitor()
    page.goto(street.shop.origin + AD, referer="https://www.facebook.com/")
    page.wait_for_function("window.whichad")
    assert kept(page) == NOTHING
    with page.expect_response("**/webhooks/site"):
        page.evaluate("whichad.consent(true)")
    assert [row[:2] for row in street.rows()] == [("click", CLICKED), ("landing_view", CLICKED)]
    until(lambda: len(street.shop.cart) == 1)
    assert list(kept(page)["local"]) == ["whichad"] and kept(page)["cookie"] == "" and kept(page)["jar"] == []
    page.evaluate("whichad.consent(false)")
    until(lambda: len(street.shop.cart) == 2)
    assert kept(page) == NOTHING and street.shop.cart[-1] == {"whichad": ""}
    assert len(street.rows()) == 2


def test_a_reload_a_second_page_and_a_repeated_link_count_nothing_twice(street: Street):
    page = street.visitor()
    street.land(page)
    first = page.evaluate("whichad.id()")
    page.reload()
    page.locator("#more").click()
    page.wait_for_url("**/more")
    page.wait_for_function("window.whichad?.id()")
    assert page.evaluate("whichad.id()") == first
    street.land(page)  # the same click once more: its id says so
    assert [row[0] for row in street.rows()] == ["click", "landing_view"]
    assert len(street.shop.cart) == 1
    street.land(page, OTHER_AD)
    assert [row[0] for row in street.rows()] == ["click", "click", "landing_view", "landing_view"]
    assert page.evaluate("whichad.id()") == first.replace(CLICKED, "IwAR0_other")


def test_a_visit_without_an_ad_is_a_landing_view_and_keeps_the_click_that_was(street: Street):
    page = street.visitor()
    street.land(page)
    for path in ("/", "/?utm_source=newsletter&utm_medium=email&fbclid=IwAR0_post", "/?email=jon@example.com"):
        street.land(page, path, "https://elsewhere.example/")
    rows = sorted(street.rows("type, coalesce(click_id, '')"))
    assert rows == [("click", CLICKED), *[("landing_view", "")] * 3, ("landing_view", CLICKED)]
    assert page.evaluate("whichad.id()").endswith(CLICKED)
    bodies = [path.read_bytes() for path in street.ingest.settings.journal_dir.glob("*.sqlite*")]
    assert not any(b"jon@example.com" in body for body in bodies)


def test_seven_days_after_the_ad_its_click_and_its_visitor_are_forgotten(street: Street):
    page = street.visitor()
    street.land(page)
    first = page.evaluate("whichad.id()")
    for days, is_same in ((6.9, True), (7.1, False)):
        page.evaluate(
            f"localStorage.whichad = localStorage.whichad.replace(/ \\d+ /, ' ' + (Date.now() - {days} * 864e5) + ' ')"
        )
        street.land(page, "/", "https://elsewhere.example/")
        assert (page.evaluate("whichad.id()") == first) is is_same
    assert not page.evaluate("whichad.id()").endswith(CLICKED)


def test_a_page_with_a_strict_policy_and_no_referrer_works(street: Street):
    policy = f"default-src 'none'; script-src {street.tag_host}; connect-src 'self' {street.tag_host}"
    street.shop.headers = {
        "content-security-policy": policy,
        "referrer-policy": "no-referrer", "cross-origin-embedder-policy": "require-corp",
    }  # fmt: skip
    page = street.visitor()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    assert street.land(page).status == 204
    assert len(street.rows()) == 2
    until(lambda: page.evaluate("1") == 1 and len(street.shop.cart) == 1)
    assert [each for each in said if "favicon" not in each] == []


def test_a_bot_that_reads_the_page_is_no_visitor(street: Street):
    street.land(street.visitor("Mozilla/5.0 (compatible; facebookexternalhit/1.1)"))
    street.land(street.visitor("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0.0.0 Safari/537.36"), OTHER_AD)
    assert sorted(street.rows("distinct type, traffic")) == [
        ("click", "review"), ("click", "suspect"), ("landing_view", "review"), ("landing_view", "suspect"),
    ]  # fmt: skip


def test_a_page_of_another_origin_is_refused_and_leaves_nothing(street: Street):
    with Shop() as stranger:
        stranger.hold(street.tag_host, consent="granted")
        page = street.visitor()
        with page.expect_event("requestfailed", lambda request: "/webhooks/site" in request.url):
            page.goto(stranger.origin + AD, referer="https://www.facebook.com/")
    street.ingest.load()
    assert street.ingest.query("select count(*) from interactions") == [(0,)]
