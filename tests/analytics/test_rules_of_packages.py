"""This module owns what holds rules of other packages: what one may say, and that its credit adds up like all."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from dashboard_looks import look_at
from extending import PAGE, examples, install, package, whichad
from running import ROOT, environment

from analytics.ruling.expression import NAMES, RuleError, written
from analytics.ruling.rules import OWN
from dashboard.pages.attribution.asked import rule_choices, rule_in_use
from dashboard.pages.attribution.credit import rules

JOURNEYS = ROOT / "tests" / "analytics" / "rules_of_packages.py"
# (expression, its value for a touch with nth 2 of 3, two days before the goal, a paid click on google)
SAID = [
    ("1", 1), ("nth", 2), ("n - nth", 1), ("-nth + 4", 2), ("2 if last else 1", 1), ("3 if not first else 1", 3),
    ("0.5 ** lag_days", 0.25), ("nth / 0", None), ("1 if nth / 0 > 1 else 5", 5), ("0 ** -1", None),
    ("(-8) ** 0.5", None),
    ("sqrt(lag_days + 2)", 2), ("sqrt(-1)", None), ("log(0)", None), ("exp(800)", None), ("log(exp(1))", 1),
    ("max(1, nth, 0)", 2), ("min(nth, 1)", 1), ("abs(-3)", 3), ("1e308 * 10", float("inf")),
    ("5 if network == 'google' and kind != 'lead' else 1", 5), ("5 if network in ('bing', 'google') else 1", 5),
    ("5 if device not in ['mobile'] or view else 1", 1), ("7 if 1 < nth <= 2 else 0", 7), ("1 if paid else 0", 1),
    ("9 if country == 'it''s' else 2", 2), ("1 if True else 0", 1),
]  # fmt: skip
# (expression, what the refusal names)
REFUSED = [
    ("", "no expression"), ("select 1", "no expression"), ("nth; drop table x", "no expression"),
    ("(select 1)", "no expression"), ("sum(nth)", "sum"), ("random()", "random"), ("__import__('os').system(1)", "os"),
    ("cost", "there is no 'cost'"), ("nth.real", "nth.real"), ("[nth][0]", "[nth][0]"), ("lambda: 1", "lambda"),
    ("f'{nth}'", "f'{nth}'"), ("'a'", "is a text"), ("first", "write (1 if"), ("first + 1", "is a truth"),
    ("1 if nth else 0", "is a number"), ("network > 'a'", "cannot be compared"), ("nth % 2", "only + - * / and **"),
    ("1 if network in 'google' else 0", "cannot be compared"), ("nth == 'a'", "is a text"), ("abs(1, 2)", "abs(1, 2)"),
    ("max(1)", "max(1)"), ("1 if network == 'a\\\\b' else 0", "one line"),
    ("1 if network == 'a\\nb' else 0", "one line"),
    ("[1 for x in n]", "nothing that a rule may say"), ("1e999", "no number"), ("9" * 400, "no expression"),
    ("+".join(["nth"] * 150), "parts"), ("1" * 2100, "longer"), ("sqrt(" * 30 + "n" + ")" * 30, "too deep"),
    ("(" * 500 + "1" + ")" * 500, "no expression"), ("max(*[1, 2])", "nothing"), ("min(nth, default=1)", "min"),
    ("None", "no number"), ("\x00", "no expression"), ("(x := 1)", "nothing"),
]  # fmt: skip
_TOUCH = """
select 2 as nth, 3 as n, 172800000000 as lag_us, 1 as least_lag_us, 1 as n_of_creative, 2 as position,
  null::bigint as lead_position, 'click' as touch_type, true as paid, false as same_click,
  'purchase' as conversion_kind, 'google' as network, null::varchar as country, 'mobile' as device,
  null::varchar as placement
"""


@pytest.mark.parametrize(("text", "value"), SAID)
def test_an_expression_is_worth_what_python_says_and_what_is_no_number_is_none(text: str, value: float | None):
    asked = f"with touch as ({_TOUCH}) select ({written(text)})::double from touch p, touch t"
    assert duckdb.connect().execute(asked).fetchall() == [(pytest.approx(value) if value is not None else None,)]


@pytest.mark.parametrize(("text", "named"), REFUSED)
def test_what_a_rule_may_not_say_is_refused_and_named(text: str, named: str):
    with pytest.raises(RuleError) as refused:
        written(text)
    assert named in str(refused.value)


def test_what_is_written_reads_the_same_in_spark():
    for text, _ in SAID:
        tree = sqlglot.parse_one(f"select {written(text)}", dialect="duckdb")
        again = sqlglot.parse_one(tree.sql("spark"), dialect="spark")
        assert not list(again.find_all(sqlglot.exp.Anonymous, sqlglot.exp.Subquery))


def test_the_page_names_what_an_expression_may_name():
    page = PAGE.read_text(encoding="utf-8")
    told = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `") and "whichad." not in line}
    assert told == set(NAMES)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Journeys under the page's rule, one that weighs nothing and one that weighs oddly, in a process of its own."""
    folder = tmp_path_factory.mktemp("ruled")
    files = {name: text for name, text in examples().items() if name.startswith("whichad-recent/")}
    packages = install(folder, files)
    odd = {
        "nothing": "0",
        "odd": "nth / 0 if first else -1 if last else 1e308 * 10 if n == 5 else 3",
        "broken": "sum(n)",
    }
    module = "\n".join(
        f"{name} = {{'title': '{name}', 'means': 'x', 'weight': {text!r}}}" for name, text in odd.items()
    )
    entries = {name: f"whichad_odd:{name}" for name in odd}
    package(packages, "whichad-odd", "whichad.rules", {**entries, "linear": "whichad_odd:odd",
            "nowhere": "whichad_odd:x", "loud": "whichad_loud:x", "list": "whichad_odd:__name__",
            "Two": "whichad_odd:odd"},
            **{"whichad_odd.py": module, "whichad_loud.py": "raise SystemExit('boom')"})  # fmt: skip
    env = environment(PYTHONPATH=f"{packages}:{ROOT}:{ROOT / 'tests'}")
    done = subprocess.run([sys.executable, str(JOURNEYS), str(folder)], cwd=ROOT, env=env, capture_output=True,
                          text=True, check=False, timeout=200)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return {**json.loads(done.stdout), "packages": packages, "folder": folder}


def test_its_credit_is_its_weights_to_the_millionth_and_adds_up_in_the_ledger(built: dict[str, Any]):
    shares = built["weights"]
    assert shares["A B C => 30 recent"] == [323754, 333241, 343005], "one, two and three hours before"
    assert [2 ** -(hours / 24) / sum(2 ** -(h / 24) for h in (1, 2, 3)) for hours in (3, 2, 1)] == pytest.approx(
        [share / 1e6 for share in shares["A B C => 30 recent"]], abs=1e-6
    )
    assert shares["A 3d B 2d => 1 -2 recent"] == [111111, 888889]
    assert shares["A => 30 recent"] == [1000000]
    ledger = {tuple(row[:2]): (Decimal(row[2]), Decimal(row[3])) for row in built["ledger"]}
    for rule in ("recent", "nothing", "odd", "linear"):
        assert ledger[rule, "credited"] == ledger["linear", "credited"]
        assert ledger[rule, "credited"][1] + ledger[rule, "unattributed"][1] == ledger[rule, "total"][1]


def test_weights_of_nothing_are_equal_shares_and_what_is_no_weight_is_nothing(built: dict[str, Any]):
    assert built["weights"]["A B C => 30 nothing"] == [333334, 333333, 333333]
    assert built["weights"]["A B C => 30 odd"] == [0, 1000000, 0]
    assert built["weights"]["A B C D E => 7 odd"] == [200000] * 5, "without limit is no weight, and so nobody has one"


def test_a_refresh_gives_what_a_full_build_gives(built: dict[str, Any]):
    assert built["refreshed"] > 0 and built["differing"] == []


def test_it_is_published_described_and_explained(built: dict[str, Any]):
    assert built["rules"][-1][:2] == ["recent", "Recent first"] and built["rules"][-1][4] == "whichad-recent"
    assert "a rule of a package" in built["comment"]
    assert {"recent", "odd", "nothing"} <= set(built["creative_rules"])
    assert "recent" in built["explained"]


def test_spark_is_told_the_same(built: dict[str, Any]):
    assert "'recent'" in built["spark"]["credits"] and "recent_weight" in built["spark"]["creative_credit"]
    for text in built["spark"].values():
        (tree,) = sqlglot.parse(text, dialect="spark")
        assert tree is not None and {each.name for each in tree.find_all(sqlglot.exp.Anonymous)} <= {"rint"}


def test_the_dashboard_s_pages_show_the_version_s_rules_wherever_they_run(built: dict[str, Any]):
    look = look_at((built["folder"] / "books" / "data" / "creatives.duckdb").resolve(), "?period=all&rule=recent")
    assert ("recent", "Recent first") in rule_choices(look) and rule_in_use(look) == "Recent first"
    told = rules(look)
    assert next(column for column in told.columns if column.field == "odd").title == "odd"
    assert "(of whichad-recent)" in next(column for column in told.columns if column.field == "other").tip
    assert "recent" not in {each.rule for each in OWN}


def test_what_cannot_be_used_is_left_out_and_said_by_the_doctor(built: dict[str, Any], tmp_path: Path):
    assert [row[0] for row in built["rules"]][10:] == ["nothing", "odd", "recent"]
    made = whichad(built["packages"], "init", "--kind", "shop", "--timezone", "UTC", "--currency", "USD",
                   "--public-url", "", "--sender", "shop", "--profile", "standard", cwd=tmp_path)  # fmt: skip
    assert made.returncode == 0, made.stderr
    said = whichad(built["packages"], "doctor", "--format", "json", cwd=tmp_path)
    found = [row for row in json.loads(said.stdout) if row["what"] == "whichad.rules"]
    assert [row["detail"] for row in found if row["ok"]] == [
        "nothing (whichad-odd 1.0), odd (whichad-odd 1.0), recent (whichad-recent 1.0)"
    ]
    wrong = "\n".join(row["detail"] for row in found if not row["ok"])
    assert "'linear' of the package whichad-odd 1.0 is left out: whichad has a rule of that name" in wrong
    assert "'broken' of the package whichad-odd 1.0 is left out: its weight cannot be used: 'sum(n)'" in wrong
    assert "'loud' of the package whichad-odd 1.0 cannot be imported (SystemExit: boom)" in wrong
    assert "'nowhere'" in wrong and "'list'" in wrong and "'Two'" in wrong and said.returncode == 1
