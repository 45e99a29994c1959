"""This module owns what holds profiles of other packages: found without running them, and second to all others."""

from decimal import Decimal
from pathlib import Path

import pytest
import warm
from extending import begun, examples, install, package, whichad
from journaling import until
from running import Ingest

from ingest.config import ConfigError
from ingest.profile import names, profile, shipped
from ingest.profile_packages import brought

ACME = examples()["whichad-acme/whichad_acme/acme.toml"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {name: text for name, text in examples().items() if name.startswith("whichad-acme/")}
    return install(tmp_path_factory.mktemp("packages"), files)


def test_the_example_is_installed_listed_added_and_posted_to(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    listed = whichad(installed, "ingest", "senders", "profiles", "--format", "csv", cwd=tmp_path)
    assert 'acme,tracker,GET,no,of whichad-acme,"Tracker: sales, as GET postbacks."' in listed.stdout
    monkeypatch.setattr(warm, "Warm", begun)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    with Ingest(tmp_path) as ingest:
        added = whichad(installed, "ingest", "senders", "add", "sales", "--profile", "acme", "--config",
                        str(ingest.config), "--secret", "literal-token-1")  # fmt: skip
        assert added.returncode == 0, added.stderr  # its own sample was read first
        path = "/webhooks/sales/literal-token-1?click=c-1&payout=12.50&title=Used+SUVs"
        until(lambda: ingest.request("GET", path).status == 200)
        ingest.load()
        assert ingest.query("select sender, type, id, revenue from interactions") == [
            ("sales", "conversion", "c-1", Decimal("12.5"))
        ]


def test_a_name_that_is_shipped_is_refused_by_name_and_the_shipped_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package(tmp_path, "whichad-evil", "whichad.profiles", {"x": "whichad_evil"},
            **{"whichad_evil__stripe_payments.toml": ACME, "whichad_evil__Capital.toml": ACME})  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    found = brought(shipped())
    assert not found.profiles
    assert found.refused == (
        "The profile 'Capital' of the package whichad-evil is left out: a name is of small letters, digits and _, and"
        " begins with a letter.",
        "The profile 'stripe_payments' of the package whichad-evil is left out: whichad ships one of that name. Its"
        " package has to give it another.",
    )
    assert profile("stripe_payments").title != "Acme tracker"


def test_one_s_own_file_goes_before_a_package_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package(tmp_path / "site", "whichad-acme", "whichad.profiles", {"x": "whichad_acme"},
            **{"whichad_acme__acme.toml": ACME})  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    mine = tmp_path / "profiles"
    mine.mkdir()
    assert profile("acme", mine).title == "Acme tracker"
    (mine / "acme.toml").write_text(ACME.replace("Acme tracker", "Mine"), encoding="utf-8")
    assert profile("acme", mine).title == "Mine" and names(mine).count("acme") == 1


def test_of_two_packages_with_one_name_the_first_in_the_alphabet_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("whichad-b", "whichad-a"):
        module = name.replace("-", "_")
        package(tmp_path, name, "whichad.profiles", {"x": module}, **{f"{module}__acme.toml": ACME})
    monkeypatch.syspath_prepend(str(tmp_path))
    found = brought(shipped())
    assert found.profiles["acme"].by.package == "whichad-a"
    assert found.refused == ("The profile 'acme' of the package whichad-b is left out: the package whichad-a brings one"
                             " of that name, too, and comes first.",)  # fmt: skip


def test_a_package_that_raises_is_never_run_and_a_missing_folder_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package(tmp_path, "whichad-loud", "whichad.profiles", {"x": "whichad_loud", "y": "whichad_loud.nowhere", "z": ".."},
            **{"whichad_loud____init__.py": "raise SystemExit('boom')", "whichad_loud__loud.toml": ACME})  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    found = brought(shipped())
    assert set(found.profiles) == {"loud"} and profile("loud").title == "Acme tracker"
    assert [each.partition(" is left out: ")[2] for each in found.refused] == [
        "'whichad_loud.nowhere' is no folder of an installed package.", "'..' is no folder of an installed package.",
    ]  # fmt: skip


def test_garbage_in_one_package_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package(tmp_path, "whichad-acme", "whichad.profiles", {"x": "whichad_acme"}, **{"whichad_acme__acme.toml": ACME})
    broken = package(tmp_path, "whichad-broken", "whichad.profiles", {})
    (broken / "whichad_broken-1.0.dist-info" / "entry_points.txt").write_bytes(b"[whichad.profiles]\nno sign\n\xff\xfe")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert set(brought(shipped()).profiles) == {"acme"}


def test_a_broken_file_is_listed_with_its_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package(tmp_path, "whichad-acme", "whichad.profiles", {"x": "whichad_acme"},
            **{"whichad_acme__acme.toml": ACME.replace('kind = "tracker"', 'kind = "trakker"')})  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match="kind"):
        profile("acme")


def test_what_whichad_has_itself_is_found_without_looking_at_packages(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    monkeypatch.setattr("ingest.profile_packages.installed", lambda group: asked.append(group) or ())
    profile("standard")
    assert asked == []
    with pytest.raises(ConfigError, match=r"There is no profile .standrad."):
        profile("standrad")
    assert set(asked) == {"whichad.profiles"}
