"""This module owns the table of faults: each row of the project's list has its answer here, or the test that proves it.

The numbers are those of `spec/faults.md`. `status` and `code` are what comes back, `rows` how many deliveries are kept
(a 200, and what a strict sender is told to mend), `proven` names the tests that prove the rest.
"""

import ast
import gzip
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from broken import BROKEN, chunked
from hostile import nested
from journaling import ids
from running import ROOT, SECRET, Answer, Ingest, answers, raw_post, signed

from ingest.signature import new_secret

SPEC = ROOT.parent / "shared" / "spec" / "faults.md"
MIB = 1 << 20
OLD, RETIRED = new_secret(b"o" * 24), new_secret(b"r" * 24)
SENDERS = {
    "shop": {}, "lenient": {"strict": False}, "rotating": {"secrets": [SECRET, OLD]},
    "limited": {"rate_per_second": 0.001, "rate_burst": 1},
}  # fmt: skip
CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z", "rac": "Quiet SUVs of 2026"}
BODY = json.dumps(CLICK).encode()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """One ingest for the whole table."""
    with Ingest(tmp_path_factory.mktemp("faults"), SENDERS) as running:
        yield running


@dataclass(frozen=True)
class Row:
    """One row of the list: what is sent, what comes back each time, how many deliveries are kept."""

    says: str  # words of the row
    send: Callable[[Ingest], Sequence[Answer]] | None = None
    status: int = 200
    code: str | None = None  # of the problem, or of the first item that is quarantined
    rows: int = 0
    proven: tuple[str, ...] = ()
    open: str = ""  # what nothing proves yet


def posts(*contents: Any, sender: str = "lenient", **headers: str) -> Callable[[Ingest], list[Answer]]:
    """Each of the contents, signed; underscores of header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda door: [door.post(content, sender, named) for content in contents]


def raws(*requests: bytes | Callable[[], bytes]) -> Callable[[Ingest], list[Answer]]:
    """Each of the requests as bytes; one that is closed without an answer has none."""
    return lambda door: [
        answer for raw in requests for answer in answers(door.send(raw() if callable(raw) else raw, ends=True))
    ]


def changed(**more: Any) -> dict[str, Any]:
    """The click with other values."""
    return CLICK | more


def stale(door: Ingest) -> list[Answer]:
    return [
        door.request("POST", "/webhooks/shop", BODY, signed(BODY, at=time.time() + seconds)) for seconds in (-301, 302)
    ]


def unsigned(door: Ingest) -> list[Answer]:
    plain = {"content-type": "application/json"}
    return [door.request("POST", "/webhooks/shop", BODY, plain), door.post(CLICK, "shop", {"webhook-signature": ""})]


def twice(door: Ingest) -> list[Answer]:
    headers = signed(BODY)
    return [door.request("POST", "/webhooks/shop", BODY, headers) for _ in range(2)]


def other_methods(door: Ingest) -> list[Answer]:
    found = [door.request(method, "/webhooks/shop", BODY, signed(BODY)) for method in ("GET", "PUT", "DELETE")]
    assert {answer.headers["allow"] for answer in found} == {"POST"}
    return found


def too_fast(door: Ingest) -> list[Answer]:
    assert door.post(CLICK, "limited").status == 200
    found = [door.post(CLICK, "limited")]
    assert int(found[0].headers["retry-after"]) > 0
    return found


def one_bad_of_1000(door: Ingest) -> list[Answer]:
    found = [door.post([*[CLICK] * 999, changed(occurred_at="soon")], sender) for sender in ("shop", "lenient")]
    assert {(each.json["accepted"], each.json["results"][0]["index"]) for each in found} == {(999, 999)}
    return found


def strict(code: str, status: int, *contents: Any) -> Callable[[Ingest], list[Answer]]:
    """The same from a strict sender, whose answer is checked here, and from a lenient one; that one is the row's."""

    def send(door: Ingest) -> list[Answer]:
        for content in contents:
            answer = door.post(content, "shop")
            assert (answer.status, answer.code) == (status, code)
        return posts(*contents)(door)

    return send


def raw_json(**raw: str) -> bytes:
    """The click with values that are raw JSON."""
    return (json.dumps(CLICK)[:-1] + "".join(f', "{name}": {text}' for name, text in raw.items()) + "}").encode()


def chunked_now() -> bytes:
    """A complete chunked request, signed when it is sent: this table is older than five minutes by then."""
    return raw_post(BODY, "Transfer-Encoding: chunked", "Connection: close")[: -len(BODY)] + chunked(BODY, 50)


CLOSED = 0  # no answer at all
ROWS = {
    1: Row("source path", posts(CLICK, sender="nobody"), 404, "sender_unknown"),
    2: Row("missing signature", unsigned, 401, "signature_missing"),
    3: Row("wrong signature", posts(CLICK, sender="shop", webhook_signature="v1,AAAA"), 401, "signature_wrong"),
    4: Row("non-ASCII", posts(CLICK, sender="shop", webhook_signature="v1,\xff\xe9"), 401, "signature_wrong"),
    5: Row("timestamp outside", stale, 401, "timestamp_stale"),
    6: Row("previous key", lambda d: [d.post(CLICK, "rotating", secret=OLD)], rows=1),
    7: Row("retired key", lambda d: [d.post(CLICK, "rotating", secret=RETIRED)], 401, "signature_wrong"),
    8: Row("replay of a valid", twice, rows=2,
           proven=("ingest/test_store.py::test_the_same_delivery_thrice_counts_once",)),
    9: Row("same key, different", posts(CLICK, changed(rac="Other"), sender="shop"), rows=2,
           proven=("ingest/test_store.py::test_other_content_of_what_has_versions_is_a_new_version",
                   "ingest/test_store.py::test_of_two_clicks_with_one_id_the_same_one_counts_whichever_came_first")),
    10: Row("out of order", posts(changed(occurred_at="2025-11-20T08:00:00Z")), rows=1, proven=(
        "analytics/test_arrival.py::test_the_order_and_the_parts_in_which_deliveries_arrive_change_no_mart",)),
    11: Row("event time in future", posts(*(changed(occurred_at=each) for each in (
        "2999-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"))), code="bad_time", rows=3),
    12: Row("empty body", strict("body_empty", 400, b""), code="body_empty", rows=2),
    13: Row("invalid JSON", strict("bad_json", 400, b"{"), code="bad_json", rows=2),
    14: Row("trailing bytes", posts(BODY + b"x", b"\xef\xbb\xbf" + BODY, b"//\n" + BODY), code="bad_json", rows=3),
    15: Row("UTF-16", posts(BODY.decode().encode("utf-16"), b'{"a": "\xff"}'), code="bad_encoding", rows=2),
    16: Row("NaN", strict("bad_number", 400, raw_json(cost="NaN"), raw_json(cost="Infinity"), raw_json(cost="1e400")),
            code="bad_number", rows=6),
    17: Row("64 bit", posts(raw_json(cost="9" * 5000), raw_json(x="-" + "9" * 41)), code="bad_number", rows=2),
    18: Row("absurd value", posts(*(changed(**each) for each in (
        {"revenue": 10**9}, {"currency": "XXX"}, {"cost": "-1"}, {"type": "conversion", "revenue": -1}))),
        code="bad_value", rows=4),
    19: Row("duplicate keys", strict("duplicate_key", 400, b'{"a": 1, "a": 1}'), code="duplicate_key", rows=2),
    20: Row("depth > 64", strict("too_deep", 400, nested(65).encode(), nested(100_000).encode(), b"[" * 100_000),
            code="too_deep", rows=6),
    21: Row("lone surrogate", posts(changed(id="\ud800"), changed(click_id="a\0")), code="bad_text", rows=2,
            proven=(
        "ingest/test_creative.py::test_a_text_in_which_something_was_replaced_is_flagged",
        "ingest/test_payload.py::test_half_a_surrogate_pair_in_properties_is_mended_as_in_every_free_text",
        "ingest/test_fields.py::test_half_a_surrogate_pair_and_nul_in_a_text_become_a_replacement")),
    22: Row("missing / null / empty", posts(*(changed(rac=each) for each in (None, "", "  "))), rows=3, proven=(
        "ingest/test_creative.py::test_no_text_is_missing",
        "ingest/test_payload_refused.py::test_a_bad_item_has_one_reason_and_one_culprit")),
    23: Row("HTML/JS", posts(*(changed(rac=each) for each in ("<script>alert(1)</script>", "[a](javascript:b)",
        "$\\href{javascript:x}{y}$"))), rows=3, proven=(
        "ingest/test_store.py::test_hostile_text_passes_through_the_record_as_it_is",
        "browser/test_overview_page.py::test_a_shared_address_narrows_everything_and_hostile_text_is_text",
        "dashboard/test_figures.py::test_a_label_is_short_and_holds_no_markup_link_or_mathematics")),
    24: Row("=cmd", posts(changed(rac="=cmd|' /C calc'!A0")), rows=1, proven=(
        "analytics/test_export.py::test_no_text_of_any_mart_begins_as_a_formula_and_numbers_stay_numbers",)),
    25: Row("SQL text", posts(changed(rac="'; drop table interactions; --")), rows=1, proven=(
        "dashboard/test_filtering.py::test_an_unknown_value_finds_nothing_and_hostile_ones_are_only_values",)),
    26: Row("999 good", one_bad_of_1000, code="bad_time", rows=2, proven=(
        "ingest/test_store.py::test_one_bad_item_among_a_thousand_is_quarantined_alone",)),
    27: Row("batch > 1000", posts([CLICK] * 1001), 413, "items_too_many"),
    28: Row("Content-Length > 1 MiB", raws(raw_post(b"", f"Content-Length: {MIB + 1}")), 413, "body_too_large"),
    29: Row("chunked without", raws(chunked_now), rows=1, proven=(
        "ingest/test_http_bytes.py::test_a_complete_chunked_body_is_taken_and_one_over_the_limit_is_not",)),
    30: Row("shorter than Content-Length", raws(raw_post(BODY, f"Content-Length: {len(BODY) + 1}")), CLOSED, proven=(
        "ingest/test_http_bytes.py::test_a_request_that_ends_early_is_closed_without_an_answer",)),
    31: Row("CL+TE", raws(*BROKEN[:12]), 400, "bad_request", proven=(
        "ingest/test_wire_connections.py::test_what_is_not_http_is_refused_closed_and_counted_and_nothing_of_it_is_kept",
    )),
    32: Row("bomb", posts(gzip.compress(b" " * (8 * MIB)), content_encoding="gzip"), 413, "body_too_large", proven=(
        "ingest/test_decoding.py::test_a_bomb_is_refused_without_being_unpacked",
        "ingest/test_hostile.py::test_a_strict_and_a_lenient_sender_get_the_documented_answer")),
    33: Row("content type no profile", posts(CLICK, content_type="text/plain"), 415, "type_unknown"),
    34: Row("method the sender", other_methods, 405, "method_unknown"),
    35: Row("300 headers", raws(raw_post(BODY, *["X: y"] * 300, f"Content-Length: {len(BODY)}"),
            raw_post(BODY, "X: " + "y" * 200_000, f"Content-Length: {len(BODY)}")), 431, "headers_too_large"),
    36: Row("300 slow", proven=(
        "faults/test_slow_senders.py::test_three_hundred_slow_senders_do_not_keep_an_honest_one_waiting",
        "faults/test_slow_senders.py::test_a_request_that_is_not_complete_in_time_is_refused_and_closed")),
    37: Row("rate over", too_fast, 429, "rate_limited", rows=1),
    38: Row("queue full", proven=(
        "ingest/test_journal_slow.py::test_when_as_many_wait_as_may_the_next_one_is_told_at_once",
        "ingest/test_journal_slow.py::test_a_disk_slower_than_the_limit_is_a_503_and_the_sender_s_retry_counts_once")),
    39: Row("free disk", proven=("ingest/test_serving.py::test_when_the_disk_is_nearly_full_nothing_is_promised",)),
    40: Row("ENOSPC/EIO", proven=(
        "ingest/test_journal_failures.py::"
        "test_a_failed_write_fails_every_waiter_of_its_group_and_its_segment_is_never_used_again",
        "faults/test_kills.py::test_a_disk_that_takes_no_more_is_a_503_and_never_a_200")),
    41: Row("between write and ack", proven=(
        "faults/test_kills.py::test_killing_workers_in_the_middle_loses_nothing_acknowledged_and_doubles_nothing",)),
    42: Row("after ack", proven=(
        "ingest/test_serving.py::test_a_worker_that_is_killed_is_replaced_and_nothing_acknowledged_is_lost",)),
    43: Row("torn tail", proven=(
        "ingest/test_segment.py::test_every_commit_is_synced_to_the_disk",
        "faults/test_power_loss.py::test_what_the_journal_acknowledged_is_there_once_after_a_cut_at_any_step")),
    44: Row("hole or flip", proven=(
        "ingest/test_damaged_segment.py::test_a_hole_or_a_flip_in_a_segment_is_said_and_the_rest_is_loaded",
        "ingest/test_damaged_segment.py::test_a_segment_whose_pages_are_overwritten_is_said_and_what_can_be_read_is_loaded")),
    45: Row("mid-batch", proven=(
        "faults/test_kills.py::test_a_killed_loop_starts_again_where_its_last_transaction_ended",
        "ingest/test_store.py::test_a_batch_that_fails_leaves_nothing_behind")),
    46: Row("missing/corrupt", proven=(
        "ingest/test_damage.py::test_a_damaged_record_is_moved_aside_and_made_again_with_equal_rows",
        "ingest/test_damage.py::test_a_record_that_is_gone_is_made_again")),
    47: Row("rows missing", proven=(
        "ingest/test_damage.py::test_a_damaged_record_is_moved_aside_and_made_again_with_equal_rows",)),
    48: Row("second loader", proven=("ingest/test_damage.py::test_a_second_loader_is_told_who_holds_the_lock",)),
    49: Row("clock jumps", proven=(
        "ingest/test_rate.py::test_a_clock_that_began_again_locks_nobody_out",
        "faults/test_clock.py::test_a_clock_that_jumps_back_and_forth_changes_neither_what_is_kept_nor_its_order")),
    50: Row("SIGTERM", proven=(
        "faults/test_kills.py::test_sigterm_lets_requests_in_flight_finish_and_seals_the_journal",)),
    51: Row("analyst", open="queries of analysts that eat memory or leave the file are ended in their own process"),
    52: Row("unknown dimension", proven=("dashboard/test_state.py::test_what_is_unknown_falls_back_to_the_default",
                                         "dashboard/test_state.py::test_no_url_is_an_error")),
    53: Row("being replaced", proven=(
        "analytics/test_publish.py::test_overlapping_readers_see_each_version_at_once_whole_and_never_an_error",)),
    54: Row("erasure", proven=(
        "ingest/test_forget.py::test_the_ledger_balances_and_receipts_say_redacted_not_lost",
        "ingest/test_forget.py::test_counts_money_and_journeys_stay_as_they_were")),
}  # fmt: skip
LIVE = [number for number, row in ROWS.items() if row.send]


def kept(door: Ingest) -> int:
    """How many deliveries the journal holds."""
    return sum(len(each) for each in ids(door.settings.journal_dir))


@pytest.mark.parametrize("number", LIVE)
def test_a_row_has_its_answer_and_keeps_what_it_says(door: Ingest, number: int):
    row, before = ROWS[number], kept(door)
    assert row.send is not None
    found = row.send(door)
    assert bool(found) is (row.status != CLOSED)
    for answer in found:
        results = answer.json["results"] if answer.status == 200 else []
        code = results[0]["reason"] if results else answer.code
        assert (answer.status, code) == (row.status, row.code)
        assert ("whichad-receipt" in answer.headers) is (row.status == 200)
    assert kept(door) - before == row.rows


@pytest.mark.parametrize("number", [number for number, row in ROWS.items() if row.proven])
def test_the_tests_that_prove_a_row_exist(number: int):
    for proof in ROWS[number].proven:
        path, _, name = proof.partition("::")
        tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, proof


@pytest.mark.parametrize("number", [number for number, row in ROWS.items() if row.open])
def test_what_nothing_proves_yet_is_said(number: int):
    pytest.skip(f"row {number} is open: {ROWS[number].open}")


def test_the_rows_are_those_of_the_list():
    if not SPEC.is_file():
        pytest.skip("the list of faults is not beside this checkout")
    lines = re.findall(r"^\| (\d+) \| (.*?) \| ", SPEC.read_text(encoding="utf-8"), re.MULTILINE)
    texts = {int(number): text for number, text in lines}
    assert texts.keys() == ROWS.keys()
    assert [n for n, row in ROWS.items() if row.says.lower() not in texts[n].lower()] == []
