"""This module owns the promises of the simulated world: seeded, exact, messy as the field, posted as platforms do."""

import json
import re
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import fmean
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import orjson
import pytest
from standardwebhooks import Webhook

from ingest.config import IngestSettings
from ingest.creative import identify
from ingest.payload import Context, parse_item
from ingest.world import Parcel, Player, PostError, World, fresh_secrets, toml_settings, world_for
from ingest.world.batches import BODY_BYTES_MAX, ITEMS_MAX, Packer
from ingest.world.mess import KINDS, MACROS, PLACEHOLDERS
from ingest.world.senders import SENDERS

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
SHARED_TYPES = {"click", "landing_view", "revenue", "report", "ad", "impression"}
TYPES = {
    "arbitrage": SHARED_TYPES | {"search_click", "results_view", "ad_click", "settlement"},
    "shop": SHARED_TYPES | {"conversion", "refund"},
}
kinds = pytest.mark.parametrize("kind", ["arbitrage", "shop"])


def small(kind: str, seed: int = 7) -> World:
    return world_for(kind, NOW, seed=seed, days=9, scale=0.1)


@pytest.fixture(scope="module")
def histories() -> dict[str, list[Parcel]]:
    return {kind: list(small(kind).items_between(small(kind).begin, NOW)) for kind in SENDERS}


def creative_of(parcel: Parcel) -> str | None:
    keys = ("referrerAdCreative", "rac", "referrer_ad_creative")
    return next((parcel.item[key] for key in keys if key in parcel.item), None)


@kinds
def test_the_same_seed_gives_the_same_items_and_another_seed_others(
    kind: str, histories: dict[str, list[Parcel]]
) -> None:
    world = small(kind)
    assert list(world.items_between(world.begin, NOW)) == histories[kind]
    other = small(kind, seed=8)
    assert list(other.items_between(other.begin, NOW))[:50] != histories[kind][:50]


@kinds
def test_history_and_live_are_the_parts_of_one_stream(kind: str, histories: dict[str, list[Parcel]]) -> None:
    world, cut = small(kind), NOW - timedelta(days=2, hours=5)
    history = list(world.items_between(world.begin, cut))
    live = list(small(kind).items_between(cut, NOW))
    assert history + live == histories[kind]
    assert min(len(history), len(live)) > 500


@kinds
def test_items_come_in_the_order_of_their_sending_and_never_before_they_happened(
    kind: str, histories: dict[str, list[Parcel]]
) -> None:
    sent = [parcel.send_at for parcel in histories[kind]]
    assert sent == sorted(sent)
    assert all(parcel.occurred_at <= parcel.send_at for parcel in histories[kind])


@kinds
def test_every_type_of_the_contract_appears(kind: str, histories: dict[str, list[Parcel]]) -> None:
    assert {parcel.item["type"] for parcel in histories[kind]} == TYPES[kind]


@kinds
def test_the_contract_takes_every_item(kind: str, histories: dict[str, list[Parcel]]) -> None:
    settings = IngestSettings(**tomllib.loads(toml_settings(kind, fresh_secrets(kind))))
    for parcel in histories[kind]:
        sender = settings.senders[parcel.sender]
        now = datetime.fromtimestamp(parcel.send_at / 1000, tz=UTC).replace(tzinfo=None)
        context = Context(parcel.sender, ZoneInfo(sender.timezone), sender.currency, sender.network, now, b"key")
        parsed = parse_item(orjson.loads(orjson.dumps(parcel.item)), 0, context)
        reviewed = getattr(parsed.item, "traffic", "") == "review"  # what reviews ads leaves macros in the ids
        assert parsed.warnings == () or (reviewed and "macro" in parsed.warnings[0])
        human = getattr(parsed.item, "traffic", "human") == "human"
        assert human == parcel.human, parcel.item


@kinds
def test_every_kind_of_mess_appears_and_only_lost_texts_lose_their_identity(
    kind: str, histories: dict[str, list[Parcel]]
) -> None:
    truth, seen = small(kind).truth, Counter[str]()
    for parcel in histories[kind]:
        if parcel.item["type"] != "click" or not parcel.human:
            continue
        text, sent = truth[parcel.creative].text, creative_of(parcel)
        mess = mess_of(text, sent)
        seen[mess] += 1
        if mess in {"clean", "percent", "plus", "entities", "caps", "spaces"}:
            assert identify(sent).creative_id == identify(text).creative_id, (mess, sent)
        elif mess in {"macro", "placeholder", "missing"}:
            assert identify(sent).creative_id is None, (mess, sent)
    assert set(seen) == {*KINDS, "clean"}
    assert seen["clean"] / seen.total() > 0.6


def mess_of(text: str, sent: str | None) -> str:
    """What happened to a text, found out without the code that did it."""
    known = {text: "clean", None: "missing", quote(text, safe=""): "percent", text.upper(): "caps"}
    known |= dict.fromkeys(MACROS.values(), "macro") | dict.fromkeys(PLACEHOLDERS, "placeholder")
    if sent is None or sent in known:
        return known[sent]
    if text.startswith(sent) and len(sent) >= 40:
        return "cut"
    if sent.endswith("…") and text.startswith(sent[:-1]) and len(sent) > 40:
        return "cut_ellipsis"
    if sent.replace("+", " ") == text:
        return "plus"
    return "entities" if re.search(r"&#?\w+;", sent) else "spaces" if " ".join(sent.split()) == text else "other"


@kinds
def test_some_items_are_late_some_come_twice_and_deliveries_are_shuffled(
    kind: str, histories: dict[str, list[Parcel]]
) -> None:
    parcels, hour = histories[kind], 3_600_000
    assert 20 < sum(parcel.send_at - parcel.occurred_at > hour for parcel in parcels) < 0.02 * len(parcels)
    repeats = [parcel for parcel in parcels if parcel.repeat]
    firsts = {(parcel.sender, parcel.item["id"]): parcel for parcel in parcels if not parcel.repeat}
    assert 0.005 < len(repeats) / len(parcels) < 0.03
    assert all(firsts[again.sender, again.item["id"]].item == again.item for again in repeats)
    packer = Packer(SENDERS[kind])
    delivery = next(delivery for parcel in parcels for delivery in packer.add(parcel) if len(delivery.parcels) > 100)
    assert list(delivery.parcels) != sorted(delivery.parcels, key=lambda parcel: parcel.send_at)


@kinds
def test_one_account_states_its_cost_on_clicks_and_sends_no_reports(
    kind: str, histories: dict[str, list[Parcel]]
) -> None:
    account = next(account for account in small(kind).cast.accounts if account.cost_by == "click")
    mine = [parcel for parcel in histories[kind] if parcel.item.get("account_id") == account.account_id]
    assert "report" not in {parcel.item["type"] for parcel in mine}
    assert all("cost" in parcel.item for parcel in mine if parcel.item["type"] == "click" and parcel.human)
    costly = [p for p in histories[kind] if p.item["type"] == "click" and "cost" in p.item]
    assert {parcel.item["account_id"] for parcel in costly} == {account.account_id}


@kinds
def test_every_text_differs_from_all_others_within_the_characters_that_a_cut_leaves(kind: str) -> None:
    texts = [creative.text for creative in small(kind).truth]
    assert len({text[:40].casefold() for text in texts}) == len(texts)
    assert all(identify(text).text == text and identify(text).status == "ok" for text in texts)


@kinds
def test_totals_equal_a_naive_recount_of_the_items(kind: str, histories: dict[str, list[Parcel]]) -> None:
    world = small(kind)
    ledger = world.ledger(world.begin, NOW)
    totals = ledger.totals(date(2026, 11, 1), date(2026, 11, 30))
    items = distinct(histories[kind])
    counts = Counter[str]()
    for item in items:
        if item["type"] not in {"report", "settlement", "ad", "conversion"}:
            counts[item["type"]] += item.get("count", 1)
    goals = [item for item in items if item["type"] == "conversion" and not item["id"].startswith("px-")]
    assert totals.counts == counts
    assert totals.conversions == Counter(item["conversion_kind"] for item in goals)
    assert totals.spend.total == recounted_spend(items) > 0
    assert totals.refunds == sum((Decimal(i["revenue"]) for i in items if i["type"] == "refund"), Decimal())
    assert totals.revenue_by_transaction == recounted_revenue(items) > 0
    assert ledger.items == len(histories[kind]) == len(items) + ledger.repeats + ledger.not_human
    assert all(sale.day is not None for sale in ledger.sales.values())  # no money without its ad click or order


def distinct(parcels: list[Parcel]) -> list[dict[str, Any]]:
    """The items of people, each once, by (sender, type, stage, id)."""
    found = {}
    for parcel in parcels:
        item = parcel.item
        if item.get("traffic", "human") == "human" and not re.search(r"__|[{}]", str(item.get("ad_id"))):
            found[parcel.sender, item["type"], item.get("revenue_stage"), item["id"]] = item
    return list(found.values())


def recounted_spend(items: list[dict[str, Any]]) -> Decimal:
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in sorted((i for i in items if i["type"] == "report"), key=lambda i: str(i["occurred_at"])):
        newest[item["account_id"], item["day"], item["level"], item.get("ad_id"), item["campaign_id"]] = item
    ads = sum((Decimal(item["cost"]) for item in newest.values() if item["level"] == "ad"), Decimal())
    more = Decimal()
    for (account, day, level, _, campaign), item in newest.items():
        if level == "campaign":
            keys = [key for key in newest if key[:3] == (account, day, "ad") and key[4] == campaign]
            beneath = sum((Decimal(newest[key]["cost"]) for key in keys), Decimal())
            assert Decimal(item["cost"]) >= beneath
            more += Decimal(item["cost"]) - beneath
    return ads + more + sum((Decimal(i["cost"]) for i in items if i["type"] == "click" and "cost" in i), Decimal())


def recounted_revenue(items: list[dict[str, Any]]) -> Decimal:
    rank = {"pre_estimated": 1, "estimated": 2, "final": 3, "adjusted": 4}
    latest: dict[str, tuple[int, bool, Decimal]] = {}
    for item in items:
        if "revenue" in item and item["type"] in {"ad_click", "conversion", "revenue"}:
            stage = rank[item.get("revenue_stage", "final")]
            word = (stage, item["type"] == "revenue", Decimal(item["revenue"]))
            known = latest.get(item["transaction_id"])
            latest[item["transaction_id"]] = word if known is None or word[:2] > known[:2] else known
    return sum((amount for *_, amount in latest.values()), Decimal())


def test_settlements_replace_the_transactions_of_their_campaign_and_day(histories: dict[str, list[Parcel]]) -> None:
    world = small("arbitrage")
    ledger = world.ledger(world.begin, NOW)
    campaign = next(campaign for campaign in world.cast.campaigns if campaign.settled)
    (day, (_, settled)) = next((key[2], value) for key, value in ledger.settlements.items())
    label = date.fromisoformat(day)
    mine = [s.revenue for s in ledger.sales.values() if s.cell[1] == campaign.campaign_id]
    totals = ledger.totals(label, label)
    gap = totals.revenue - totals.revenue_by_transaction
    assert sum(mine) > 0
    assert 0 < abs(gap) < settled  # estimates give way to the final sum of that cell, nothing else changes


def test_reports_grow_over_the_day_and_lose_invalid_clicks_the_morning_after(
    histories: dict[str, list[Parcel]],
) -> None:
    rows: dict[tuple[Any, ...], list[Parcel]] = {}
    for parcel in histories["arbitrage"]:
        if parcel.item["type"] == "report" and not parcel.repeat and parcel.item["level"] == "ad":
            rows.setdefault((parcel.item["ad_id"], parcel.item["day"]), []).append(parcel)
    falls = 0
    for (_, day), versions in rows.items():
        costs = [Decimal(version.item["cost"]) for version in versions]
        zone = ZoneInfo(next(s for s in SENDERS["arbitrage"] if s.name == versions[0].sender).timezone)
        label = [datetime.fromtimestamp(v.occurred_at / 1000, tz=zone).date().isoformat() for v in versions]
        running = [cost for cost, at in zip(costs, label, strict=True) if at == day]
        assert running == sorted(running)
        falls += len(running) < len(costs) and bool(running) and costs[-1] < running[-1]
    assert falls > 0
    assert "referrerAdCreative" not in {key for versions in rows.values() for key in versions[0].item}


def test_texts_rotate_are_shared_and_appear_two_a_day_on_one_ad() -> None:
    ads = small("arbitrage").cast.ads
    assert {ad.shows for ad in ads} == {"one", "rotates", "splits"}
    assert max(Counter(text for ad in ads for text in ad.texts).values()) >= 3
    assert any(len(ad.texts) == 3 for ad in ads)


def test_orders_carry_no_ad_text_and_follow_journeys_over_several_creatives(histories: dict[str, list[Parcel]]) -> None:
    clicked: dict[str, set[int]] = {}
    orders = []
    for parcel in histories["shop"]:
        if parcel.item["type"] == "click" and parcel.human:
            clicked.setdefault(parcel.item["visitor_id"], set()).add(parcel.creative)
        if parcel.item["type"] == "conversion":
            orders.append(parcel)
    assert all(creative_of(order) is None for order in orders)
    assert any("visitor_id" not in order.item and "click_id" not in order.item for order in orders)
    touched = [len(clicked.get(order.item.get("visitor_id", ""), ())) for order in orders]
    assert {0, 1, 2} <= set(touched)


def test_the_pixel_corroborates_orders_under_the_same_transaction_with_an_id_of_its_own(
    histories: dict[str, list[Parcel]],
) -> None:
    orders = {p.item["transaction_id"]: p for p in histories["shop"] if p.item["id"].startswith("o-")}
    pixels = [p for p in histories["shop"] if p.sender == "pixel"]
    assert len(pixels) > 20
    assert all(p.item["transaction_id"] in orders and p.item["id"] not in orders for p in pixels)


@kinds
def test_the_truth_holds_clear_winners_clear_losers_and_one_that_fades(kind: str) -> None:
    truth = small(kind).truth
    roles = Counter(creative.role for creative in truth)
    assert roles["fading"] == 1
    assert roles["middle"] > roles["winner"] + roles["loser"]
    worst_winner = min(creative.roas for creative in truth if creative.role == "winner")
    assert worst_winner > 1.5 * max(creative.roas for creative in truth if creative.role == "loser")
    fading = next(creative for creative in truth if creative.role == "fading")
    assert fading.on_day(28).roas < 0.5 * fading.roas


@kinds
def test_what_is_sent_agrees_with_the_truth(kind: str) -> None:
    world = world_for(kind, NOW, days=8, scale=1.0)
    got = world.ledger(world.begin, NOW).by_creative()
    days = fmean([0, 8])
    expected = sum(t.clicks * world.truth[c].on_day(days).goals_per_click for c, t in got.items() if c >= 0)
    goals = sum(tally.goals for creative, tally in got.items() if creative >= 0)
    assert goals == pytest.approx(expected, rel=5 / expected**0.5)  # five standard deviations of a count


@kinds
def test_more_traffic_from_a_moment_on_leaves_what_was_before_as_it_is(kind: str) -> None:
    world, hour = small(kind), timedelta(hours=1)
    boosted = world.boosted(NOW, items_per_second=3.0)
    before, after = list(world.items_between(NOW, NOW + hour)), list(boosted.items_between(NOW, NOW + hour))
    assert list(boosted.items_between(NOW - hour, NOW)) == list(world.items_between(NOW - hour, NOW))
    events = {parcel.item["id"] for parcel in before if parcel.item["type"] != "report"}
    assert events <= {parcel.item["id"] for parcel in after}
    assert len(after) / 3600 == pytest.approx(3.0, rel=0.25)


@kinds
def test_reports_of_the_running_day_can_be_had_at_any_moment(kind: str) -> None:
    world = small(kind)
    assert {parcel.item["type"] for parcel in world.reports_at(NOW)} == {"report"}
    later = sum(Decimal(p.item["cost"]) for p in world.reports_at(NOW + timedelta(minutes=50)))
    assert later > sum(Decimal(p.item["cost"]) for p in world.reports_at(NOW))


@kinds
def test_deliveries_fit_the_limits_of_the_contract(kind: str, histories: dict[str, list[Parcel]]) -> None:
    packer = Packer(SENDERS[kind])
    deliveries = [delivery for parcel in histories[kind] for delivery in packer.add(parcel)] + packer.flush()
    assert max(len(delivery.parcels) for delivery in deliveries) <= ITEMS_MAX <= 1000
    assert max(len(delivery.body) for delivery in deliveries) <= BODY_BYTES_MAX <= 1 << 20
    assert sum(len(delivery.parcels) for delivery in deliveries) == len(histories[kind])
    assert {delivery.content_type for delivery in deliveries} == {"application/json", "application/x-ndjson"}
    assert len({delivery.message_id for delivery in deliveries}) == len(deliveries)


def test_a_long_body_is_split() -> None:
    world = small("arbitrage")
    parcel = next(world.items_between(world.begin))
    heavy = [parcel._replace(item=parcel.item | {"id": str(n), "properties": {"x": "y" * 3000}}) for n in range(500)]
    packer = Packer(world.senders)
    deliveries = [delivery for each in heavy for delivery in packer.add(each)] + packer.flush()
    assert len(deliveries) > 1
    assert max(len(delivery.body) for delivery in deliveries) <= BODY_BYTES_MAX


@kinds
def test_the_settings_of_a_world_are_valid(kind: str) -> None:
    secrets = fresh_secrets(kind)
    tree = tomllib.loads(toml_settings(kind, secrets))
    settings = IngestSettings(**tree)
    assert settings.kind == kind
    assert {name: sender.secrets for name, sender in settings.senders.items()} == {
        name: (secret,) for name, secret in secrets.items()
    }
    assert ("conversions" in tree) == (kind == "shop")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="arbitrage"):
        world_for("lottery", NOW)


class Receiver:
    """A small ingest on a real port: verifies signatures, keeps bodies, and fails on demand."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self.secrets = secrets
        self.kept: list[tuple[str, str, list[dict[str, Any]]]] = []
        self.failures: list[tuple[int, dict[str, str]]] = []  # answers to give first; status 0 hangs up
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # one packet per answer: two would wait 40 ms for each other

            def do_POST(self) -> None:
                receiver.answer(self)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        if self.failures:
            status, headers = self.failures.pop()
            if status == 0:
                request.close_connection = True
                return
            self.reply(request, status, {"code": "busy"}, headers)
            return
        sender = request.path.removeprefix("/webhooks/")
        hook, at = Webhook(self.secrets[sender]), int(request.headers["webhook-timestamp"])
        expected = hook.sign(request.headers["webhook-id"], datetime.fromtimestamp(at, tz=UTC), body.decode())
        if expected != request.headers["webhook-signature"] or abs(time.time() - at) > 300:
            self.reply(request, 401, {"code": "signature_wrong"}, {})
            return
        lines = body.split(b"\n") if "ndjson" in request.headers["Content-Type"] else [body]
        items = [item for line in lines for item in as_list(json.loads(line))]
        self.kept.append((sender, request.headers["webhook-id"], items))
        answer = {"receipt": "r", "accepted": len(items), "quarantined": 0, "results": [], "warnings": []}
        self.reply(request, 200, answer, {})

    @staticmethod
    def reply(request: BaseHTTPRequestHandler, status: int, body: Any, headers: dict[str, str]) -> None:
        written = json.dumps(body).encode()
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(written))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(written)


def as_list(value: Any) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else [value]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver(fresh_secrets("arbitrage"))
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def tiny() -> World:
    return world_for("arbitrage", NOW, days=3, scale=0.05)


def test_signed_posts_verify_and_carry_the_whole_history(receiver: Receiver) -> None:
    world, steps = tiny(), []
    player = Player(world, receiver.url, receiver.secrets, progress=steps.append)
    played = player.play_history(NOW)
    sent = Counter((p.sender, p.item["id"]) for p in world.items_between(world.begin, NOW))
    once = {message: (sender, items) for sender, message, items in receiver.kept}
    assert Counter((sender, item["id"]) for sender, items in once.values() for item in items) == sent
    assert played.items == played.accepted == sum(sent.values()) == player.ledger.items
    assert played.repeated == len(receiver.kept) - len(once) > 0
    days = (world.start, NOW.date())
    assert player.ledger.totals(*days) == world.ledger(world.begin, NOW).totals(*days)
    assert [step.fraction for step in steps] == sorted(step.fraction for step in steps)
    assert steps[-1].fraction == 1.0


def test_a_webhook_is_posted_again_under_its_id_after_503_429_and_a_lost_connection(receiver: Receiver) -> None:
    receiver.failures = [(503, {"Retry-After": "0"}), (429, {}), (0, {}), (0, {})]
    world = tiny()
    played = Player(world, receiver.url, receiver.secrets).play_history(world.begin + timedelta(hours=9))
    assert played.retries == 4
    assert played.items == played.accepted > 0


@pytest.mark.parametrize(
    ("failure", "message"),
    [((400, {}), "answered 400"), ((401, {}), "answered 401"), ((503, {"Retry-After": "9"}), "no answer")],
)
def test_a_final_refusal_or_a_long_silence_ends_the_play(
    failure: tuple[int, dict[str, str]], message: str, receiver: Receiver
) -> None:
    receiver.failures = [failure] * 1000
    player = Player(tiny(), receiver.url, receiver.secrets, give_up_seconds=0.2)
    with pytest.raises(PostError, match=message):
        player.play_history(NOW)


def test_a_wrong_secret_is_refused(receiver: Receiver) -> None:
    with pytest.raises(PostError, match="401"):
        Player(tiny(), receiver.url, fresh_secrets("arbitrage")).play_history(NOW)


def test_live_posts_what_the_clock_passes_and_reports_besides(receiver: Receiver) -> None:
    world, wall = tiny(), time.monotonic()

    def clock() -> float:  # an hour in a second, so that live plays in a test; signatures get the real time
        return NOW.timestamp() + (time.monotonic() - wall) * 3600

    player = Player(world, receiver.url, receiver.secrets, clock=clock)
    until = NOW + timedelta(minutes=40)
    receiver.answer = accept_unverified(receiver)  # type: ignore[method-assign]  # its clock is the wall's
    played = player.play_live(NOW, rate=1.0, tick_seconds=0.02, report_every_seconds=600, until=until)
    scheduled = Counter(p.item["id"] for p in world.boosted(NOW, 1.0).items_between(NOW, until))
    got = Counter(item["id"] for _, items in {m: (s, i) for s, m, i in receiver.kept}.values() for item in items)
    assert scheduled <= got
    assert all(name.startswith("rep-") for name in got - scheduled)
    assert len(got - scheduled) > 0
    assert played.items == got.total()


def accept_unverified(receiver: Receiver) -> Any:
    def answer(request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        lines = body.split(b"\n") if "ndjson" in request.headers["Content-Type"] else [body]
        items = [item for line in lines for item in as_list(json.loads(line))]
        receiver.kept.append((request.path, request.headers["webhook-id"], items))
        receiver.reply(request, 200, {"accepted": len(items), "quarantined": 0}, {})

    return answer


def test_stopping_ends_live_soon_and_the_ledger_holds_what_was_acknowledged(receiver: Receiver) -> None:
    stop = threading.Event()
    player = Player(tiny(), receiver.url, receiver.secrets, stop=stop)
    began = datetime.now(UTC)
    thread = threading.Thread(target=player.play_live, args=(began,), kwargs={"rate": 50.0, "tick_seconds": 0.05})
    thread.start()
    time.sleep(0.8)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    once = {message: items for _, message, items in receiver.kept}
    assert player.ledger.items == sum(map(len, once.values()))
    assert player.played.items == player.ledger.items
