"""This module owns the promises about the texts: tokens, features, families, lifts, and the marts of them."""

import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from journeys import NOW, Books, item
from running import ROOT, environment
from statsmodels.stats.contingency_tables import StratifiedTable

from analytics.inference.heterogeneity import Cells, fit
from analytics.inference.lift import lift
from analytics.text_lift.families import families
from analytics.text_lift.features import features
from analytics.text_lift.testing import Measured, corrected, tried
from analytics.text_lift.tokens import MARKED, TOKENS_MAX, folded, tokens

DAY = "2026-11-10"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't BUY — used SUVs, 2026!", ["don't", "buy", "used", "suvs", "2026"]),
        ("Größe 42: Straße", ["grösse", "42", "strasse"]),
        ("हिन्दी में विज्ञापन", ["हिन्दी", "में", "विज्ञापन"]),
        ("سيارات مستعملة", ["سيارات", "مستعملة"]),
        ("中古車を買う", ["中古", "古車", "車を", "を買", "買う"]),
        ("новые AI-камеры", ["новые", "ai", "камеры"]),
        ("ＦＲＥＥ ﬁt", ["free", "fit"]),
        ("🚗 !!! …", []),
        ("a_b", ["a", "b"]),
    ],
)
def test_words_are_what_a_reader_of_that_script_calls_so(text: str, words: list[str]) -> None:
    assert tokens(folded(text)) == words


@pytest.mark.parametrize(
    ("text", "kind", "feature"),
    [
        ("Used SUVs near you", "phrase", "used suvs"),
        ("Only 9,99 € today", "number", "price"), ("From $5", "number", "price"), ("Save 20 %", "number", "percent"),
        ("٢٠ طريقة", "number", "any"),
        ("Why?", "question", "question mark"), ("なぜ？", "question", "question mark"),
        ("لماذا؟", "question", "question mark"),
        ("Γιατί\u037e", "question", "question mark"), ("Wow!", "exclamation", "exclamation mark"),
        ("Read this. LEARN MORE", "call_to_action", "any"), ("Jetzt kaufen!", "call_to_action", "any"),
        ("中古車。詳しくはこちら", "call_to_action", "any"), ("x" * 41, "length", "41 to 90 characters"),
        ("x " * 101, "length", "over 200 characters"),
    ],
)  # fmt: skip
def test_a_text_has_what_one_sees_in_it(text: str, kind: str, feature: str) -> None:
    assert (kind, feature) in features(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("five of them", "number"), ("Why not", "question"), ("We learn moreover", "call_to_action"), ("2026", "word"),
        ("x" * 41, "word"), ("中古車を買う", "phrase"), ("one", "phrase"),
    ],
)  # fmt: skip
def test_a_text_has_nothing_that_it_has_not(text: str, kind: str) -> None:
    assert kind not in {each for each, _ in features(text)}


def test_a_text_without_end_is_read_to_a_limit_and_a_hostile_one_is_a_plain_string() -> None:
    assert len(tokens("ab " * 30_000)) == TOKENS_MAX
    assert ("word", "drop") in features("'; DROP TABLE creatives; --")
    assert all(len(feature) <= 40 for _, feature in features("<script>alert('x')</script> " + "é" * 60_000))


def test_every_mark_of_unicode_is_looked_for_where_marks_are() -> None:
    marks = {code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)).startswith("M")}
    assert marks <= {code for codes in MARKED for code in codes}


def test_near_duplicates_are_one_family_and_a_template_is_not_chained_together() -> None:
    texts = [
        "Used SUVs of 2026 near you", "USED SUVs, of 2027 near you!", "Used vans of 2026 near you",
        "Best hearing aids for seniors", "Hearing aids: what seniors should know", "???", "🚗",
    ]  # fmt: skip
    assert families(texts).tolist() == [0, 0, 0, 1, 2, 3, 3]
    chain = [f"{a} {b} {c} cheap flights" for a in ("old", "new") for b in ("red", "blue") for c in ("to", "from")]
    # The first is near those that differ from it by one word, not near what is near to those.
    assert families(chain).tolist() == [0, 0, 0, 1, 0, 2, 3, 1]
    assert families([]).tolist() == []


def cells(*rows: tuple[int, int, float, float]) -> Cells:
    stratum, family, events, exposure = (np.array(column) for column in zip(*rows, strict=True))
    return Cells(stratum, family, events.astype(float), exposure.astype(float))


EXACT = cells(  # two strata; families differ as chance would have it, so that tau² is 0
    (0, 0, 52, 1000), (0, 1, 48, 1000), (0, 2, 51, 1000), (0, 3, 49, 1000),
    (1, 4, 200, 2000), (1, 5, 205, 2000), (1, 6, 196, 2000), (1, 7, 199, 2000),
)  # fmt: skip


def test_where_families_differ_by_chance_the_ratio_is_that_of_an_independent_mantel_haenszel() -> None:
    fitted = fit(EXACT)
    has = np.array([0, 1, 4, 6])
    found = lift(fitted, fitted.at[has])
    assert fitted.tau2 == 0 and found is not None
    rest = np.setdiff1d(np.arange(8), has)
    tables = []
    for stratum in (0, 1):
        sides = [each[EXACT.stratum[each] == stratum] for each in (has, rest)]
        tables.append([[EXACT.events[side].sum(), (EXACT.exposure - EXACT.events)[side].sum()] for side in sides])
    assert found.ratio == pytest.approx(StratifiedTable([np.array(table) for table in tables]).riskratio_pooled)
    assert found.low < 1 < found.high and (found.families_with, found.families_without) == (4, 4)


def noisy(families_of: int = 60, seed: int = 1) -> tuple[Cells, np.ndarray]:
    """Families whose rates differ by a third; every other one has the feature."""
    rng = np.random.default_rng(seed)
    family = np.arange(families_of)
    events = rng.poisson(500 * np.exp(rng.normal(0, 0.33, families_of)))
    return Cells(family % 3, family, events.astype(float), np.full(families_of, 10_000.0)), family % 2 == 0


def test_a_family_cut_into_pieces_is_still_one_witness() -> None:
    whole, has = noisy()
    pieces = Cells(*(np.repeat(column, 5) for column in (whole.stratum, whole.family)),
                   *(np.repeat(column / 5, 5) for column in (whole.events, whole.exposure)))  # fmt: skip
    one, other = fit(whole), fit(pieces)
    a, b = lift(one, one.at[has]), lift(other, other.at[np.repeat(has, 5)])
    assert a is not None and b is not None
    assert (b.ratio, b.low, b.high, b.families_with) == pytest.approx((a.ratio, a.low, a.high, a.families_with))
    # As five families it would be five witnesses, and the interval too narrow.
    third = fit(Cells(pieces.stratum, np.arange(len(pieces)), pieces.events, pieces.exposure))
    c = lift(third, third.at[np.repeat(has, 5)])
    assert c is not None and c.high / c.low < a.high / a.low


def test_the_spread_of_families_is_found_and_no_more_exposure_makes_up_for_it() -> None:
    (few, has), (many, _) = noisy(400), noisy(400)
    many = Cells(many.stratum, many.family, many.events * 1_000, many.exposure * 1_000)
    assert fit(few).tau2 ** 0.5 == pytest.approx(0.33, abs=0.06)
    a, b = (lift(fitted, fitted.at[has]) for fitted in (fit(few), fit(many)))
    assert a is not None and b is not None
    assert b.high / b.low > 1 + 0.8 * (a.high / a.low - 1)


def test_what_cannot_be_compared_is_not() -> None:
    fitted = fit(EXACT)
    assert lift(fitted, fitted.at[np.arange(4)]) is None  # all of one stratum, nobody of the other
    alone = fit(cells((0, 0, 5, 10), (1, 1, 5, 10)))
    assert len(alone.cells) == 0 and alone.at.tolist() == [-1, -1]
    empty = fit(Cells(*(np.zeros(0, dtype=np.int64),) * 2, *(np.zeros(0),) * 2))
    assert len(empty.cells) == 0


def measured(families_of: int = 60) -> tuple[Measured, dict[Any, Any]]:
    which, has = noisy(families_of)
    numbers = np.flatnonzero(has)
    every = {("word", "free"): numbers, ("phrase", "free suvs"): numbers, ("word", "rare"): numbers[:7]}
    return Measured("ctr", which, which.family, which.stratum), every


def test_features_of_the_very_same_texts_are_one_and_rare_ones_are_not_tested() -> None:
    (found,) = tried(*measured()).found
    assert (found.feature, found.same, found.campaigns) == (("phrase", "free suvs"), (("word", "free"),), 3)


def test_too_few_families_are_silence_and_a_single_campaign_needs_more() -> None:
    assert len(tried(*measured(16)).found) == 1
    assert tried(*measured(15)).found == ()
    of, had_by = measured(36)
    single = Cells(of.cells.stratum * 0, *(getattr(of.cells, name) for name in ("family", "events", "exposure")))
    assert tried(Measured("ctr", single, of.creative, of.campaign * 0), had_by).found == ()
    few = Cells(of.cells.stratum, of.cells.family, of.cells.events / 500, of.cells.exposure)
    assert tried(Measured("ctr", few, of.creative, of.campaign), had_by).found == ()  # 18 events on a side


def test_the_more_is_looked_at_the_surer_it_must_be() -> None:
    alone = tried(*measured())
    (result,) = corrected([alone])
    assert result.found[0].q_value == pytest.approx(alone.found[0].lift.p_value)
    both = corrected([alone, tried(*measured())])
    assert all(each.found[0].q_value >= result.found[0].q_value for each in both)
    assert corrected([]) == []


TOPICS = ("hearing aids", "garden sheds", "dental implants", "river cruises", "electric bikes", "solar panels",
          "window blinds", "memory foam", "walking shoes", "luxury watches", "kitchen knives", "folding chairs",
          "baby strollers", "gaming laptops", "winter tyres", "camping tents", "yoga mats", "coffee grinders",
          "piano lessons", "travel insurance")  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Twenty topics in two campaigns, each with its own rate; the word `free` doubles it."""
    books = Books(tmp_path_factory.mktemp("words"))
    posted = []
    for number, topic in enumerate(TOPICS):
        for campaign, base in (("north", 20), ("south", 60)):
            free = (number // 2) % 2 == 0
            text = f"{'Free ' if free else ''}{topic} {'guide' if number % 2 else 'offer'}"
            clicks = base * (2 if free else 1) + number % 3
            more = {"network": "facebook", "campaign_id": campaign, "referrerAdCreative": text}
            for kind, count in (("impression", 1000), ("click", clicks)):
                posted.append(item(kind, f"{kind}-{number}-{campaign}", f"{DAY}T10:00:00Z", count=count, **more))
    for kind in ("impression", "click"):  # today is neither closed nor mature
        posted.append(item(kind, f"today-{kind}", f"{NOW.date()}T08:00:00Z", count=400, network="facebook",
                           campaign_id="north", referrerAdCreative=f"Free {TOPICS[2]} offer"))  # fmt: skip
    books.post(*posted)
    return books.ready()


def test_a_word_that_doubles_the_rate_holds_and_one_that_does_nothing_does_not(built: Books) -> None:
    rows = {feature: rest for feature, *rest in built.query(
        "select feature, lift, lift_low, lift_high, holds, families_with, families_without, campaigns, note"
        " from text_lift where metric = 'ctr' and feature_kind = 'word'")}  # fmt: skip
    ratio, low, high, holds, *counts = rows["free"]
    assert holds and low < ratio < high and ratio == pytest.approx(2, rel=0.1)
    assert counts[:3] == [10, 10, 2] and "more clicks per impression" in counts[3]
    assert not rows["guide"][3] and rows["guide"][1] < 1 < rows["guide"][2]


def test_the_fit_says_through_which_day_and_what_it_rests_on(built: Books) -> None:
    rows = built.query("select metric, through_day::varchar, creatives, families, campaigns from text_lift_fits")
    assert rows == [("ctr", "2026-11-16", 20, 20, 2)]
    (note,) = built.query("select note from text_lift_fits")
    tested = built.query("select count(*), count(*) filter (holds) from text_lift")
    of, holding = tested[0]
    expected = (
        f"Of {of} features tested {holding} hold{'s' * (holding < 2)}. At most 5 % of what holds is expected to be"
    )
    assert holding > 0 and note == (f"{expected} false.",)


def test_the_command_prints_what_holds_and_says_on_what(built: Books) -> None:
    built.publish()
    done = subprocess.run(
        [sys.executable, "-m", "analytics", "words", "--format", "csv"], cwd=ROOT, capture_output=True, text=True,
        env=environment(WHICHAD_DATA_DIR=str(built.settings.data_dir)), check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ctr,word,free," in done.stdout and ",guide," not in done.stdout
    assert "ctr, through 2026-11-16: " in done.stderr


def test_too_few_texts_are_silence_with_a_reason(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(
        item("click", "one", f"{DAY}T10:00:00Z", network="facebook", campaign_id="c", referrerAdCreative="Shoes")
    )
    books.ready()
    assert books.query("select * from text_lift") == []
    assert books.query("select metric, features_tested, note from text_lift_fits") == [
        (None, 0, "Silent: fewer than 16 texts ran in campaigns on closed, mature days.")
    ]
