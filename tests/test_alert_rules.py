"""This module owns the promises of `deploy/`: the alert rules fire when they should and not before, the board is whole.

Prometheus' own promtool evaluates the rules where it is on the PATH (Debian's package `prometheus` brings it); the
other tests need nothing. That Grafana draws the board is not tested: no Grafana runs here.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from running import ROOT

RULES = ROOT / "deploy" / "prometheus" / "whichad.rules.yml"
BOARD = ROOT / "deploy" / "grafana" / "whichad.json"
PAGE = (ROOT / "docs" / "observing.md").read_text(encoding="utf-8")
HOUR = "x240"  # at 15 s
# Alert → series that make it fire, when it is looked at, its labels; every test also holds that a quiet world is quiet.
FIRING: dict[str, tuple[dict[str, str], str, dict[str, str]]] = {
    "WhichadDown": ({'up{job="whichad"}': f"0{HOUR}"}, "3m", {"job": "whichad"}),
    "WhichadNotReady": ({"whichad_ready": f"0{HOUR}"}, "2m", {}),
    "WhichadAnswersWithErrors": (
        {'whichad_refusals_total{code="disk_low",sender="shop"}': f"0+3{HOUR}"}, "4m", {"code": "disk_low"}),
    "WhichadWorkersMissing": (
        {"whichad_workers_alive": f"1{HOUR}", "whichad_workers_configured": f"2{HOUR}"}, "6m", {}),
    "WhichadRestartsOften": (
        {'whichad_restarts_total{process="w1"}': f"0+1{HOUR}"}, "15m", {"process": "w1"}),
    "WhichadSettingsWrong": ({"whichad_settings_ok": f"0{HOUR}"}, "6m", {}),
    "WhichadDiskLow": (
        {"whichad_free_bytes": f"700{HOUR}", "whichad_free_bytes_min": f"512{HOUR}"}, "11m", {}),
    "WhichadSlowAnswers": (
        {'whichad_answer_seconds_bucket{sender="shop",le="1.0"}': f"0+10{HOUR}",
         'whichad_answer_seconds_bucket{sender="shop",le="2.0"}': f"0+11{HOUR}",
         'whichad_answer_seconds_bucket{sender="shop",le="+Inf"}': f"0+11{HOUR}"}, "15m", {}),
    "WhichadSlowDisk": (
        {'whichad_journal_commit_seconds_bucket{worker="w1",le="0.5"}': f"0+10{HOUR}",
         'whichad_journal_commit_seconds_bucket{worker="w1",le="1.0"}': f"0+11{HOUR}",
         'whichad_journal_commit_seconds_bucket{worker="w1",le="+Inf"}': f"0+11{HOUR}"}, "15m", {}),
    "WhichadSignaturesWrong": (
        {'whichad_refusals_total{code="signature_wrong",sender="shop"}': f"0+1{HOUR}"}, "20m", {"sender": "shop"}),
    "WhichadQuarantine": (
        {'whichad_items_total{sender="shop",result="quarantined"}': f"0+1{HOUR}",
         'whichad_items_total{sender="shop",result="accepted"}': f"0+3{HOUR}"}, "31m", {"sender": "shop"}),
    "WhichadSilent": (
        {'whichad_deliveries_total{sender="shop",disposition="accepted"}': "0+1x240 240x320"}, "2h18m", {}),
    "WhichadBacklogOld": ({"whichad_backlog_age_seconds": f"700{HOUR}"}, "6m", {}),
    "WhichadLoopStandsStill": ({"whichad_cycle_age_seconds": f"1000{HOUR}"}, "6m", {}),
    "WhichadCycleFails": ({"whichad_cycle_ok": f"0{HOUR}"}, "11m", {}),
    "WhichadCheckFailed": (
        {'whichad_checks_failed_total{check="money_balances"}': f"0+1{HOUR}"}, "5m", {"check": "money_balances"}),
    "WhichadVerifyFailed": ({"whichad_verify_ok": f"0{HOUR}"}, "1m", {}),
    "WhichadVerifyOld": ({"whichad_verify_age_seconds": f"700000{HOUR}"}, "61m", {}),
    "WhichadBackupOld": ({"whichad_backup_age_seconds": f"200000{HOUR}"}, "61m", {}),
    "WhichadCanaryFails": ({"whichad_canary_failures_total": f"0+1{HOUR}"}, "5m", {}),
    "WhichadCanaryGone": ({"whichad_canary_age_seconds": f"700{HOUR}"}, "6m", {}),
    "WhichadNotVisible": (
        {"whichad_canary_visible_age_seconds": f"1000{HOUR}", "whichad_canary_age_seconds": f"30{HOUR}"}, "3m", {}),
    "WhichadRelayBehind": ({'whichad_relay_age_seconds{sender="shop"}': f"700{HOUR}"}, "6m", {"sender": "shop"}),
    "WhichadRelayGivenUp": ({'whichad_relay_given_up{sender="shop"}': f"1{HOUR}"}, "1m", {"sender": "shop"}),
    "WhichadOutgoingFails": (
        {'whichad_outgoing_total{kind="relay",result="failed"}': f"0+3{HOUR}",
         'whichad_outgoing_total{kind="relay",result="delivered"}': f"0+1{HOUR}"}, "31m", {"kind": "relay"}),
    "WhichadDashboardSlow": (
        {'whichad_dashboard_seconds_bucket{page="overview",panel="",le="2.0"}': f"0+10{HOUR}",
         'whichad_dashboard_seconds_bucket{page="overview",panel="",le="5.0"}': f"0+20{HOUR}",
         'whichad_dashboard_seconds_bucket{page="overview",panel="",le="+Inf"}': f"0+20{HOUR}"}, "25m",
        {"page": "overview"}),
    "WhichadDashboardErrors": (
        {'whichad_dashboard_errors_total{page="funnel"}': f"0+1{HOUR}"}, "10m", {"page": "funnel"}),
}  # fmt: skip
# An hour in which all is as it should be, a stranger knocks, and a relay's target was away for a moment.
QUIET = {
    'up{job="whichad"}': "1", "whichad_ready": "1", "whichad_workers_alive": "2", "whichad_workers_configured": "2",
    "whichad_settings_ok": "1", "whichad_free_bytes": "5000", "whichad_free_bytes_min": "512",
    'whichad_restarts_total{process="w1"}': "1", 'whichad_refusals_total{code="sender_unknown",sender=""}': "0+5",
    'whichad_refusals_total{code="signature_wrong",sender="shop"}': "0+0.1",
    'whichad_deliveries_total{sender="shop",disposition="accepted"}': "0+10",
    'whichad_items_total{sender="shop",result="accepted"}': "0+100",
    'whichad_items_total{sender="shop",result="quarantined"}': "0+1",
    'whichad_answer_seconds_bucket{sender="shop",le="1.0"}': "0+1000",
    'whichad_answer_seconds_bucket{sender="shop",le="+Inf"}': "0+1000",
    "whichad_backlog_age_seconds": "3", "whichad_cycle_age_seconds": "2", "whichad_cycle_ok": "1",
    "whichad_verify_ok": "1", "whichad_verify_age_seconds": "80000", "whichad_canary_failures_total": "2",
    "whichad_backup_age_seconds": "90000",
    "whichad_canary_age_seconds": "30", "whichad_canary_visible_age_seconds": "65",
    'whichad_relay_age_seconds{sender="shop"}': "20", 'whichad_relay_given_up{sender="shop"}': "0",
    'whichad_outgoing_total{kind="relay",result="failed"}': "0+1",
    'whichad_outgoing_total{kind="relay",result="delivered"}': "0+9",
}  # fmt: skip


def rules() -> dict[str, dict[str, Any]]:
    """The rules by name."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def queries() -> list[str]:
    """Every expression there is: of the rules, and of the board."""
    panels = json.loads(BOARD.read_text(encoding="utf-8"))["panels"]
    return [
        *(str(rule["expr"]) for rule in rules().values()),
        *(target["expr"] for panel in panels for target in panel.get("targets", ())),
    ]


def documented() -> dict[str, tuple[str, set[str]]]:
    """The table of docs/observing.md, which a test holds to a real scrape: name → type, labels."""
    rows = re.findall(r"^\| `(whichad_\w+)` \| (\w+) \|([\w, ]*)\|", PAGE, re.MULTILINE)
    return {name: (kind, set(re.findall(r"\w+", labels))) for name, kind, labels in rows}


def test_every_rule_says_how_long_how_bad_what_and_what_to_do():
    for name, rule in rules().items():
        assert re.fullmatch(r"\d+[mh]", rule["for"]), name
        assert rule["labels"]["severity"] in ("critical", "warning"), name
        said = rule["annotations"]
        assert set(said) == {"summary", "description"} and all(len(text) > 15 for text in said.values()), name
        for label in re.findall(r"\$labels\.(\w+)", str(said)):
            assert re.search(rf"by \(([\w, ]*\b)?{label}\b", rule["expr"]) or label in known(rule["expr"]), name


def known(expression: str) -> set[str]:
    """The labels that the metrics of an expression have."""
    return {
        label for name in re.findall(r"whichad_\w+", expression) for label in documented().get(name, ("", set()))[1]
    }


def test_every_expression_names_only_metrics_and_labels_that_there_are():
    table = documented()
    for expression in queries():
        for name, matchers in re.findall(r"(whichad_\w+)(?:\{([^}]*)\})?", expression):
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            kind, labels = table[base if table.get(base, ("",))[0] == "histogram" else name]
            assert (kind == "histogram") == (base != name), name
            if kind == "counter":
                assert f"increase({name}" in expression or f"rate({name}" in expression, f"{name} without a rate"
            assert set(re.findall(r"(\w+)\s*(?:=~?|!=)", matchers)) <= {
                *labels, "instance", "job",
            }, expression  # fmt: skip
        for asked in re.findall(r"by \(([\w, ]+)\)", expression):
            assert set(re.findall(r"\w+", asked)) <= {*known(re.sub(r"_(bucket|count)\b", "", expression)), "le"}, (
                expression
            )


def test_the_board_is_one_that_grafana_can_read_and_a_person_can_understand():
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}  # fmt: skip
        assert not cells & taken and place["x"] + place["w"] <= 24
        taken |= cells
        if panel["type"] != "row":
            assert panel["title"] and panel["description"].endswith(".") and panel["fieldConfig"]["defaults"]["unit"]
            assert panel["datasource"]["uid"] == "${datasource}" and panel["targets"]
    assert [each["name"] for each in board["templating"]["list"]] == ["datasource", "instance"]


def test_the_scrape_example_asks_the_default_admin_port_and_reads_the_rules():
    example = yaml.safe_load((RULES.parent / "prometheus.yml").read_text(encoding="utf-8"))
    assert example["rule_files"] == [RULES.name]
    (job,) = example["scrape_configs"]
    assert job["job_name"] == "whichad" and job["static_configs"] == [{"targets": ["127.0.0.1:8081"]}]


def test_every_rule_has_a_world_in_which_it_fires():
    assert set(FIRING) == set(rules())


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on the PATH (Debian: prometheus)")
def test_prometheus_itself_finds_each_alert_firing_in_its_world_and_none_in_a_quiet_hour(tmp_path: Path):
    said = rules()

    def world(series: dict[str, str], at: str, expected: list[str], labels: dict[str, str]) -> dict[str, Any]:
        def filled(text: str) -> str:
            return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]], text)

        asked = [
            {"alertname": name, "eval_time": at, **({"exp_alerts": [{
                "exp_labels": {**said[name]["labels"], **labels},
                "exp_annotations": {key: filled(text) for key, text in said[name]["annotations"].items()},
            }]} if name in expected else {"exp_alerts": []})}
            for name in (expected or said)
        ]  # fmt: skip
        return {
            "interval": "15s",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "alert_rule_test": asked,
        }

    quiet = {name: f"{value}{HOUR}" for name, value in QUIET.items()}
    worlds = [world(quiet, "59m", [], {})]
    worlds += [world(series, at, [name], labels) for name, (series, at, labels) in FIRING.items()]
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": worlds}))
    for asked in (["test", "rules", str(path)], ["check", "config", str(RULES.parent / "prometheus.yml")]):
        done = subprocess.run(["promtool", *asked], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
