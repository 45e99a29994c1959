"""This module owns the promises of the running ingest: what was answered is kept, counted, and survives a restart."""

import itertools
import json
import os
import re
import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from running import SECRET, Ingest, run, write_config

from ingest.config import ConfigError, IngestSettings, load
from ingest.journal import segments
from ingest.listening.serve import RUN_FILE, Supervisor
from ingest.segments.segment import SegmentReader
from ingest.signature import new_secret

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}


GOOD = CLICK | {"visitor_id": "v-secret"}
BAD = GOOD | {"occurred_at": "soon"}


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Ingest:
    """An ingest that took good and bad deliveries, was stopped, and whose journal is loaded."""
    with Ingest(tmp_path_factory.mktemp("evening"), {"shop": {}, "lenient": {"strict": False}}) as ingest:
        ingest.receipt = ingest.post(GOOD).json["receipt"]
        ingest.run_file_while_up = json.loads((ingest.settings.data_dir / RUN_FILE).read_text())
        ingest.post(b"{", "lenient")
        ingest.post(b"{")  # a strict sender: refused, and kept for diagnosis
        ingest.post(BAD)
        for _ in range(2):
            ingest.post(GOOD, headers={"webhook-signature": "v1,forged-bytes"})
        ingest.post(GOOD, "nobody")
        ingest.request("GET", "/webhooks/shop")
        ingest.request("GET", "/nothing")
        ingest.exit_code = ingest.stop()
        assert ingest.load().deliveries == 4
    return ingest


def test_what_was_acknowledged_is_in_the_record(evening: Ingest):
    assert evening.query("select id, delivery_id from interactions") == [("1", evening.receipt.partition(".")[0])]


def test_what_could_not_be_used_is_in_the_quarantine_and_what_was_refused_is_for_diagnosis(evening: Ingest):
    assert evening.query("select sender, code, disposition from quarantine order by all") == [
        ("lenient", "bad_json", "accepted"), ("shop", "bad_json", "diagnosis"), ("shop", "bad_time", "diagnosis"),
    ]  # fmt: skip
    with SegmentReader(segments(evening.settings.journal_dir)[0]) as reader:
        kept = [row.delivery.body for row in reader.after(0, 10) if row.delivery.disposition == "diagnosis"]
    assert kept == [b"{", json.dumps(BAD).encode()]


def test_what_was_refused_is_counted(evening: Ingest):
    assert evening.query("select sender, code, sum(deliveries)::int from refusals group by all order by all") == [
        ("", "path_unknown", 1), ("", "sender_unknown", 1), ("shop", "all_invalid", 1), ("shop", "bad_json", 1),
        ("shop", "method_unknown", 1), ("shop", "signature_wrong", 2),
    ]  # fmt: skip
    size = len(json.dumps(GOOD))
    assert evening.query("select sum(bytes)::int from refusals where code = 'signature_wrong'") == [(2 * size,)]


def test_no_secret_signature_or_visitor_reaches_the_record_or_the_log(evening: Ingest):
    stored = b"".join(path.read_bytes() for path in (evening.settings.record_path, evening.log))
    journal = b"".join(path.read_bytes() for path in segments(evening.settings.journal_dir))
    assert b"v-secret" not in stored and b"v-secret" in journal  # in the raw bodies alone
    for text in (SECRET.encode(), b"forged-bytes", b"webhook-signature"):
        assert text not in stored + journal


def test_stopping_seals_the_journal_takes_back_the_run_file_and_ends_well(evening: Ingest):
    assert evening.run_file_while_up["pid"] == evening.process.pid
    assert evening.exit_code == 0 and not (evening.settings.data_dir / RUN_FILE).exists()
    (path,) = segments(evening.settings.journal_dir)
    with SegmentReader(path) as reader:
        assert reader.seal().rows == 4
    with pytest.raises(OSError, match="refused"):
        evening.request("GET", "/healthz")


def test_what_is_on_disk_is_for_its_owner_s_eyes(evening: Ingest):
    data = evening.settings.data_dir
    files = [data / "visitor.key", *(data / "journal").iterdir()]
    assert [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files] == [0] * len(files)


def test_a_restart_goes_on_in_a_new_segment_with_the_same_visitors(fresh_ingest: Ingest):
    for number in range(2):
        fresh_ingest.post(CLICK | {"id": str(number), "visitor_id": "v"})
        fresh_ingest.stop()
        if number == 0:
            fresh_ingest.start()
    assert fresh_ingest.load().deliveries == 2
    assert fresh_ingest.query("select count(*)::int, count(distinct visitor)::int from interactions") == [(2, 1)]
    assert len(segments(fresh_ingest.settings.journal_dir)) == 2


def test_a_worker_that_is_killed_is_replaced_and_nothing_acknowledged_is_lost(fresh_ingest: Ingest):
    (worker,) = fresh_ingest.run_file["workers"]
    receipts = [fresh_ingest.post(CLICK | {"id": str(n)}).json["receipt"] for n in range(5)]
    os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while json.loads((fresh_ingest.settings.data_dir / RUN_FILE).read_text())["workers"] == [worker]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    receipts.append(fresh_ingest.post(CLICK | {"id": "5"}).json["receipt"])
    fresh_ingest.stop()
    fresh_ingest.load()
    assert fresh_ingest.query("select delivery_id from interactions order by id") == [
        (receipt.partition(".")[0],) for receipt in receipts
    ]


def test_two_workers_share_the_port_and_each_writes_its_own_segments(tmp_path: Path):
    def workers() -> set[str]:
        return {path.name.split("-")[1] for path in segments(ingest.settings.journal_dir)}

    numbers, deadline = itertools.count(), time.monotonic() + 20
    with Ingest(tmp_path, workers=2) as ingest, ThreadPoolExecutor(16) as threads:
        while workers() != {"w1", "w2"}:  # one of them may start later
            assert time.monotonic() < deadline
            sent = [CLICK | {"id": str(next(numbers))} for _ in range(50)]
            assert {answer.status for answer in threads.map(ingest.post, sent)} == {200}
    ingest.load()
    sent_in_all = next(numbers)
    assert ingest.query("select count(distinct id)::int, count(*)::int from interactions") == [(sent_in_all,) * 2]


def test_during_a_rotation_both_secrets_are_good(tmp_path: Path):
    old, new = new_secret(b"old" * 8), new_secret(b"new" * 8)
    with Ingest(tmp_path, {"shop": {"secrets": [new, old]}, "done": {"secrets": [new]}}) as ingest:
        statuses = [ingest.post(CLICK, sender, secret=s).status for sender in ("shop", "done") for s in (old, new)]
    assert statuses == [200, 200, 401, 200]


def test_when_the_disk_is_nearly_full_nothing_is_promised(tmp_path: Path):
    with Ingest(tmp_path, free_bytes_min=1 << 62) as ingest:
        answer = ingest.post(CLICK)
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "disk_low", "5")
        ready = ingest.request("GET", "/readyz", admin=True)
        assert (ready.status, ready.json["checks"]["disk"]) == (503, False)
        assert ingest.request("GET", "/healthz").status == 200


@pytest.mark.parametrize(
    ("senders", "limits", "said"),
    [
        ({"shop": {"secrets": []}}, {}, "senders.shop.secrets is empty"),
        ({"shop": {"secrets": [""]}}, {}, "senders.shop.secrets: a secret is empty"),
        ({"shop": {"secrets": ["whsec_***"]}}, {}, "senders.shop.secrets: a secret that begins with whsec_"),
        ({"shop": {"secrets": ["env:NOT_SET"]}}, {}, "The secret 'env:NOT_SET' is not set"),
        ({"shop": {"secrets": ["file:no"]}}, {}, "The secret file"),
        ({"shop": {"profile": "nothing"}}, {}, "There is no profile 'nothing'. There are: "),
        ({"shop": {}}, {"host": "192.0.2.1"}, "set ingest.port in whichad.toml"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_names_itself(tmp_path: Path, senders: dict, limits: dict, said: str):
    config = write_config(tmp_path, senders, **limits)
    with pytest.raises(ConfigError, match=re.escape(said)):
        Supervisor(load(IngestSettings, config), config)


def test_a_port_that_is_taken_says_which_setting_to_change(ingest: Ingest, tmp_path: Path):
    done = run("serve", "--config", str(write_config(tmp_path, {"shop": {}}, port=ingest.port)))
    assert done.returncode == 2 and "Address already in use" in done.stderr and "ingest.port" in done.stderr
    assert done.stdout == "" and "Traceback" not in done.stderr
