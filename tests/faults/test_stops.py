"""This module owns the proof of what people do: hang up early, start the loop twice, keep the record open all day."""

import random
from pathlib import Path

import pytest
from product import Product, serving
from trial_stops import held_by_an_analyst, hung_up

from ingest.terminal.commands import Exit


def test_senders_that_hang_up_lose_nothing_of_others_and_count_once_when_they_come_again(tmp_path: Path):
    tried = hung_up(tmp_path, random.Random(1), times=40)
    assert tried.ok, tried


@pytest.mark.long
def test_while_an_analyst_holds_the_record_the_journal_grows_and_the_loop_says_who_and_catches_up(tmp_path: Path):
    tried = held_by_an_analyst(tmp_path, times=1, seconds=0.2)
    assert tried.ok, tried


def test_a_second_loop_ends_at_once_and_says_whose_work_it_would_do(tmp_path: Path):
    with Product(tmp_path) as product:
        first = product.start("analytics", "refresh")
        product.wait_for(lambda: product.status().get("ok"), "a first cycle")
        second = product.start("analytics", "refresh")
        assert second.wait(8) == Exit.BUSY
        assert f"pid {first.pid}" in product.logged()
        assert first.poll() is None and product.status()["ok"]


def test_workers_whose_supervisor_died_while_they_began_end_too(tmp_path: Path):
    with Product(tmp_path) as product:
        ingest = product.start("ingest", "serve")
        product.wait_for(lambda: product.pids("worker"), "the first worker")
        product.kill(ingest.pid)
        product.wait_for(lambda: not product.processes(), "the workers to end")


def test_a_second_ingest_on_the_same_port_ends_at_once_and_says_so(tmp_path: Path):
    with serving(tmp_path) as product:
        second = product.start("ingest", "serve")
        assert second.wait(30) == Exit.WRONG_SETTINGS
        assert f"Port {product.port}" in product.logged()
        assert product.answers()
