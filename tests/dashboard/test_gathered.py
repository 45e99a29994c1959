"""This module owns the words of numbers that several nodes make: up to when they are whole, and who is silent."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard import freshness
from dashboard.config import Settings
from dashboard.gathered import gathered
from dashboard.live import pulse
from ingest.nodes import noted
from ingest.nodes.noted import Note, Notes
from ingest.nodes.settings import Nodes


@pytest.fixture
def town(settings: Settings, by_hand: Path) -> tuple[Settings, datetime]:
    """A machine that gathers, with something published; and the moment of what is published."""
    (settings.data_dir / "creatives.duckdb").symlink_to(by_hand)
    nodes = Nodes(shared=settings.data_dir / "shared", gather=True, retired=("gone",))
    return settings.model_copy(update={"nodes": nodes}), freshness.of(by_hand).as_of


def note(node: str, as_of: datetime, minutes: int) -> Note:
    """A node that was last heard, and is whole up to, so many minutes before."""
    at = (as_of - timedelta(minutes=minutes)).astimezone(UTC).replace(tzinfo=None).isoformat()
    return Note(node, sent_at=at, whole_to=at)


def test_while_all_are_heard_it_says_up_to_when_and_no_banner(town):
    settings, as_of = town
    noted.keep(settings.data_dir, Notes({"a": note("a", as_of, 2), "b": note("b", as_of, 20),
                                         "gone": note("gone", as_of, 90_000)}))  # fmt: skip
    beat = pulse(settings, as_of)
    assert beat.as_of.endswith("20 min ago (b is furthest behind)") and "whole up to" in beat.as_of
    assert beat.banner == ""


def test_a_silent_node_is_named_with_up_to_when_the_numbers_are_whole(town):
    settings, as_of = town
    noted.keep(settings.data_dir, Notes({"a": note("a", as_of, 2), "b": note("b", as_of, 300)}))
    beat = pulse(settings, as_of)
    assert beat.banner.startswith("The node b is silent. The numbers are whole up to ")
    noted.keep(settings.data_dir, Notes({"a": note("a", as_of, 400), "b": note("b", as_of, 300)}))
    assert pulse(settings, as_of).banner.startswith("The nodes a, b are silent.")


def test_what_is_published_is_not_whole_for_longer_than_it_looks(town):
    settings, as_of = town
    noted.keep(settings.data_dir, Notes({"a": note("a", as_of, -30)}))
    assert (
        ", just now" in gathered(settings, freshness.of((settings.data_dir / "creatives.duckdb").resolve()), as_of)[0]
    )


def test_without_other_nodes_or_words_of_theirs_nothing_is_claimed(town):
    settings, as_of = town
    assert "whole" not in pulse(settings, as_of).as_of
    noted.keep(settings.data_dir, Notes({"a": Note("a")}))
    assert "not known to be whole yet: of a nothing says so" in pulse(settings, as_of).as_of
    (settings.data_dir / noted.NAME).write_bytes(b"garbage")
    assert "whole" not in pulse(settings, as_of).as_of and pulse(settings, as_of).banner == ""
    alone = settings.model_copy(update={"nodes": Nodes()})
    assert "whole" not in pulse(alone, as_of).as_of
