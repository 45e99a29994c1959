"""This module owns the promise that the dashboard's answers are counted under names of our own, whatever is asked."""

import pytest
from dash import Dash

from dashboard.app import create_app
from dashboard.config import Settings
from dashboard.pages import PAGES
from dashboard.timing import CALLBACK, label_of, measure
from ingest.counting import metrics


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    made = create_app(Settings(data_dir=tmp_path_factory.mktemp("timing")))
    measure(made, {page.path for page in PAGES})
    return made


def count(page: str, panel: str = "") -> float:
    """The answers counted under a name in this process."""
    labels = {"page": page, "panel": panel}
    return metrics.REGISTRY.get_sample_value("whichad_dashboard_seconds_count", labels) or 0


def test_a_callback_is_named_by_page_and_panel():
    assert label_of("..overview-trend-trouble.children...overview-trend.figure..") == ("overview", "trend")
    assert label_of("help.opened") == ("help", "")
    assert label_of('{"late":["MATCH"]}.children') == ("shell", "")


def test_every_callback_there_is_has_a_name_and_they_are_few(app: Dash):
    app.server.test_client().get("/_dash-dependencies")
    names = {label_of(output) for output in app.callback_map}
    assert len(app.callback_map) > 50 and len(names) <= len(app.callback_map)
    assert all(len(page) < 30 and len(panel) < 30 for page, panel in names)


def test_what_is_made_up_has_one_name_and_an_answer_that_breaks_is_counted(app: Dash):
    client, before = app.server.test_client(), (count("other"), count("document"), count("live"))
    broke = metrics.REGISTRY.get_sample_value("whichad_dashboard_errors_total", {"page": "other"}) or 0
    app.server.config["PROPAGATE_EXCEPTIONS"] = False
    for n in range(3):
        told = {"output": f"made-up-{n}.children", "outputs": {"id": "x", "property": "y"}, "inputs": []}
        assert client.post(CALLBACK, json=told).status_code == 500
    client.get("/")
    client.get("/live")
    client.get("/nowhere")
    client.get("/assets/favicon.svg")
    assert (count("other"), count("document"), count("live")) == (before[0] + 3, before[1] + 1, before[2] + 1)
    assert metrics.REGISTRY.get_sample_value("whichad_dashboard_errors_total", {"page": "other"}) == broke + 3
    families = [family for family in metrics.REGISTRY.collect() if family.name == "whichad_dashboard_seconds"]
    assert "made-up" not in str(families) and "nowhere" not in str(families)
