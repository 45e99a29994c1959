"""This module owns the promises of the report: one file that asks for nothing, tells all, and escapes everything."""

import csv
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from journeys import Books, item
from reporting import HOSTILE, believable, judged
from running import ROOT, environment

from analytics.report.amounts import change, each, money, percent
from analytics.report.bars import Scale, Span, bar, scale
from analytics.report.markup import Html, joined, tag
from analytics.report.page import page

ASKING = {
    "script",
    "img",
    "link",
    "iframe",
    "object",
    "embed",
    "video",
    "audio",
    "source",
    "form",
    "base",
    "image",
    "use",
}


class Seen(HTMLParser):
    """The elements of a page with their attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen(page(believable()))


def test_the_page_tells_every_section_in_its_order(seen: Seen) -> None:
    told = ["Which ad performs", "Scale: 1 creative", "Keep: 15 creatives", "Fix: 1 creative", "Cut: 1 creative",
            "Wait: 2 creatives", "Days that are still maturing", "hats: keep running", "Fatigue", "What in the text",
            "Track record", "Thresholds", "How this was worked out"]  # fmt: skip
    places = [seen.words.index(each) for each in told]
    assert places == sorted(places)
    assert "23,064 USD" in seen.words and "No creative can be named for 337.83 USD of the spend" in seen.words
    assert "23 (18 to 44)" in seen.words and "Version 2, in force since 2026-11-23" in seen.words


def test_nothing_of_the_page_asks_another_machine_and_no_hostile_text_is_more_than_text(seen: Seen) -> None:
    names = {name for name, _ in seen.tags}
    assert names & ASKING == set()
    assert [name for name, attributes in seen.tags for key in attributes if key.startswith("on")] == []
    assert {attributes["href"] for name, attributes in seen.tags if "href" in attributes} == {
        "#scale", "#keep", "#fix", "#cut", "#wait"
    }  # fmt: skip
    assert seen.words.count(HOSTILE) == 6  # a text, its network, campaign and reason, an arm, a faded one
    assert "http" not in "".join(str(attributes) for _, attributes in seen.tags if "http-equiv" not in attributes)


def test_every_table_has_a_caption_and_headings_and_every_picture_its_words(seen: Seen) -> None:
    names = [name for name, _ in seen.tags]
    assert names.count("table") == names.count("caption") > 8
    assert all(attributes.get("scope") in ("col", "row") for name, attributes in seen.tags if name == "th")
    pictures = [attributes for name, attributes in seen.tags if name == "svg"]
    assert len(pictures) > 20 and all(each["role"] == "img" and each["aria-label"] for each in pictures)


def test_what_is_not_there_is_left_out_or_said() -> None:
    bare = Seen(page(replace(believable(), judged=[], others={}, window=0)))
    assert "No creative ran in a campaign in these days." in bare.words and "All days" in bare.words
    assert not any(section in bare.words for section in ("maturing", "Experiments", "Fatigue", "Track record"))
    none = Seen(page(replace(believable(), others={"creative_fatigue": [], "text_lift": []})))
    assert "No creative has surely fallen" in none.words and "No word or form of the texts" in none.words


def test_a_long_list_says_how_many_more_there_are() -> None:
    rows = [judged(f"ad {n}", "cut") for n in range(75)]
    words = Seen(page(replace(believable(), judged=rows))).words
    assert "Cut: 75 creatives" in words and "Show 50 more" in words and "15 more are in the CSV" in words
    assert "ad 59" in words and "ad 60" not in words


def test_texts_and_attributes_are_escaped_and_markup_is_not_twice() -> None:
    assert tag("p", "<b>", tag("i", "&"), title='"') == '<p title="&quot;">&lt;b&gt;<i>&amp;</i></p>'
    assert joined(["<", Html("<br>"), None]) == "&lt;<br>"


def test_a_bar_lies_where_its_numbers_are() -> None:
    over = Scale(-1.0, 1.0)
    drawn = bar(Span(0.5, 0.25, 0.75), over, 0.0, "words")
    assert 'class="bar above"' in drawn and 'cx="131.0"' in drawn and "tip" not in drawn
    assert 'class="bar beneath"' in bar(Span(-0.5, -0.75, -0.25), over, 0.0, "words")
    assert bar(Span(0.5, None, 2.0), over, 0.0, "words").count('class="tip open"') == 2
    assert bar(Span(None, None, None), over, 0.0, "words") == bar(Span(1.0, None, None), over, 0.0, "words") == ""


def test_a_scale_shows_the_mark_and_cuts_off_only_the_farthest() -> None:
    spans = [Span(0.1, 0.0, 0.2)] * 30 + [Span(50.0, 40.0, 60.0)]
    assert scale(spans, -0.5) == Scale(-0.5, 0.2)
    assert scale(spans[-2:], 0.0) == Scale(0.0, 60.0)
    assert scale([], 0.0) == Scale(0.0, 1.0)


def test_numbers_are_written_for_people() -> None:
    assert [money(value) for value in (1234.5, 12, -0.001, -1234, None)] == ["1,234", "12.00", "0.00", "−1,234", "–"]
    assert (each(-0.0421), percent(0.123), change(0.88)) == ("−0.042", "12 %", "−12 %")


TEXT = '=HYPERLINK("https://evil.example")</style><script>alert(1)</script>'


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Two creatives of one campaign, one of them hostile, with what they cost."""
    books = Books(tmp_path_factory.mktemp("report"))
    for number, (text, cost) in enumerate(((TEXT, "40.25"), ("Shoes", "9.50"))):
        more = {"network": "facebook", "campaign_id": "c", "referrerAdCreative": text, "cost": cost, "count": 5}
        books.post(item("click", f"click-{number}", "2026-11-10T10:00:00Z", **more))
    books.build().publish()
    return books


def run(books: Books, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "analytics", "report", *arguments], cwd=ROOT, capture_output=True, text=True,
        check=False, env=environment(WHICHAD_DATA_DIR=str(books.settings.data_dir)), timeout=60,
    )  # fmt: skip


def test_the_command_writes_the_page_and_its_csv_and_a_hostile_text_runs_in_neither(
    published: Books, tmp_path: Path
) -> None:
    done = run(published, "--to", str(tmp_path / "report.html"))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.csv", "report.html"]
    whole = Seen((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert TEXT in whole.words and "script" not in {name for name, _ in whole.tags}
    assert "49.75 USD" in whole.words and "Wait: 2 creatives" in whole.words
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["creative_text"] for row in rows} == {f"'{TEXT}", "Shoes"}
    assert [row["scope"] for row in rows] == ["all", "all", "campaign", "campaign"]
    assert {row["cost"] for row in rows if row["creative_text"] == "Shoes"} == {"9.500000"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(("--window", "5"), "There is no window of 5 days"), (("--to", "report.pdf"), "name a file that ends in .html")],
)
def test_what_cannot_be_written_is_said_and_nothing_is_left_behind(
    published: Books, tmp_path: Path, wrong: tuple[str, str], said: str
) -> None:
    to = () if "--to" in wrong else ("--to", str(tmp_path / "report.html"))
    refused = run(published, *wrong, *to)
    assert refused.returncode == 2 and said in refused.stderr
    assert list(tmp_path.iterdir()) == []
