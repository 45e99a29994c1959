"""This module owns the promises of the numbers about ingest itself, and of readiness, on the admin port."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from running import Ingest

from ingest.config import IngestSettings
from ingest.counting import files, metrics
from ingest.listening.admin import admin_app

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}
BAD = CLICK | {"occurred_at": "soon"}


def read(ingest: Ingest) -> dict[tuple, float]:
    """All samples of /metrics, by name and label values, the sender first."""
    answer = ingest.request("GET", "/metrics", admin=True)
    assert (answer.status, answer.headers["content-type"]) == (200, files.CONTENT_TYPE)
    families = text_string_to_metric_families(answer.body.decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        (s.name, *(s.labels[k] for k in sorted(s.labels, key=lambda k: (k != "sender", k)))): s.value for s in samples
    }


def test_every_worker_s_counts_are_added_up_and_survive_the_worker(tmp_path: Path):
    with Ingest(tmp_path, {"shop": {}, "lenient": {"strict": False}}, workers=2) as ingest:
        for n in range(8):
            ingest.post([CLICK | {"id": str(n)}, CLICK | {"id": f"{n}b"}, BAD, 3], "lenient")
        ingest.post(CLICK, headers={"webhook-signature": "v1,forged"})
        for n in range(20):
            ingest.post(CLICK, f"made-up-{n}")
        ingest.send(b"GARBAGE\r\n\r\n")
        before = read(ingest)
        for worker in ingest.run_file["workers"]:
            os.kill(worker, signal.SIGKILL)
        path, deadline = ingest.settings.data_dir / "ingest.json", time.monotonic() + 20
        while set(json.loads(path.read_text())["workers"]) & set(ingest.run_file["workers"]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        ingest.post([CLICK | {"id": "after"}], "lenient")
        after = read(ingest)
    expected = {
        ("whichad_deliveries_total", "lenient", "accepted"): 8,
        ("whichad_items_total", "lenient", "accepted"): 16,
        ("whichad_items_total", "lenient", "quarantined"): 16,
        ("whichad_quarantined_total", "lenient", "bad_time"): 8,
        ("whichad_quarantined_total", "lenient", "not_an_object"): 8,
        ("whichad_refusals_total", "shop", "signature_wrong"): 1,
        ("whichad_refusals_total", "", "sender_unknown"): 20,
        ("whichad_refusals_total", "", "bad_request"): 1,
        ("whichad_answer_seconds_count", "lenient"): 8,
        ("whichad_workers_alive",): 2,
        ("whichad_ready",): 1,
    }
    assert {key: before.get(key) for key in expected} == expected
    assert not [key for key in before if "made-up" in str(key)]
    groups = sum(value for key, value in before.items() if key[0] == "whichad_journal_group_size_sum")
    assert groups == 8 and before["whichad_free_bytes",] > 0 and before["whichad_backlog_bytes",] > 0
    assert after["whichad_deliveries_total", "lenient", "accepted"] == 9
    assert len(list((ingest.settings.data_dir / files.FOLDER).iterdir())) == 4  # two files per worker, still


def test_a_new_start_counts_from_zero(fresh_ingest: Ingest):
    fresh_ingest.post(CLICK)
    fresh_ingest.stop()
    fresh_ingest.start()
    assert not [key for key in read(fresh_ingest) if key[0].startswith("whichad_deliveries")]


def test_nothing_of_a_request_but_its_sender_reaches_the_numbers(ingest: Ingest):
    ingest.post(CLICK, "shop")
    allowed = {"sender", "disposition", "result", "reason", "code", "le", "worker"}
    families = text_string_to_metric_families(ingest.request("GET", "/metrics", admin=True).body.decode())
    assert {label for family in families for sample in family.samples for label in sample.labels} <= allowed


def test_without_a_start_everything_is_counted_in_this_process_under_no_name():
    def now() -> float:
        return metrics.REGISTRY.get_sample_value("whichad_refusals_total", {"sender": "", "code": "draining"}) or 0

    before = now()
    metrics.refusal("nobody", "draining")
    metrics.delivery("nobody", 1, ["bad_time"], 0.1)
    metrics.commit(1, 0.1)
    assert now() == before + 1
    assert metrics.REGISTRY.get_sample_value("whichad_refusals_total", {"sender": "nobody", "code": "draining"}) is None


def test_a_worker_s_files_have_their_blocks_before_it_counts(tmp_path: Path):
    files.clean(tmp_path / "m")
    files.reserve(tmp_path / "m", "w1")
    made = sorted((tmp_path / "m").iterdir())
    assert [file.name for file in made] == ["counter_w1.db", "histogram_w1.db"]
    assert [file.stat().st_blocks * 512 >= files.FILE_BYTES for file in made] == [True, True]
    assert b"whichad" not in files.exposition(tmp_path / "m", files.Gauges(list))  # nothing counted, and readable


@pytest.mark.parametrize("with_document", [True, False])
def test_the_contract_is_served_where_there_is_one(tmp_path: Path, with_document: bool):
    settings = IngestSettings(data_dir=tmp_path)
    client = admin_app(settings, lambda: 1, (lambda: {"openapi": "3.1.0"}) if with_document else None).test_client()
    answer = client.get("/openapi.json")
    assert (answer.status_code, answer.json) == ((200, {"openapi": "3.1.0"}) if with_document else (404, None))
    assert client.get("/readyz").status_code == 200
