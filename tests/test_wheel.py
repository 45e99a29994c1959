"""This module owns the proof that the wheel is whole: SQL, TOML and assets are inside, and it runs elsewhere."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from running import ROOT, environment
from trove_classifiers import classifiers


def built(kind: str, source: Path, folder: Path) -> Path:
    """The `wheel` or `sdist` of a checkout, made in a folder without asking anybody for anything."""
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built("sdist", ROOT, folder)) as archive:
        archive.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment of its own with the wheel in it; only the dependencies are borrowed, never the checkout."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "venv", with_pip=True, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    site = next((folder / "venv" / "lib").glob("python*")) / "site-packages"
    # A path file's own path files are not read, so our editable install stays out of sight.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    (folder / "home").mkdir()
    yield folder


def whichad(elsewhere: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(elsewhere / "venv" / "bin" / "whichad"), *arguments]
    free = {f"WHICHAD_{name}": "0" for name in ("INGEST__PORT", "INGEST__ADMIN_PORT", "DASHBOARD__PORT")}
    return subprocess.run(
        command, cwd=elsewhere / "home", env=apart(**free), capture_output=True, text=True, check=False, timeout=120
    )


def apart(**more: str) -> dict[str, str]:
    """An environment in which Python finds what is installed there, and no checkout that somebody tests in."""
    return {name: value for name, value in environment(**more).items() if name != "PYTHONPATH"}


def test_the_wheel_holds_every_file_that_the_code_reads(wheel: Path):
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("ingest", "analytics", "dashboard"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert str(path.relative_to(ROOT)) in inside
    assert "whichad.py" in inside
    assert not [name for name in inside if name.startswith(("tests/", "data/"))]


def test_the_source_distribution_is_the_checkout_and_makes_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path):
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    inside = {str(path.relative_to(sdist)) for path in sdist.rglob("*") if path.is_file()}
    assert {name for name in listed if (ROOT / name).is_file()} <= inside
    assert {name for name in inside if name.startswith("data/")} == {"data/README.md"}, "nobody's data goes with it"
    assert contents(built("wheel", sdist, tmp_path)) == contents(wheel)


def contents(wheel: Path) -> dict[str, int]:
    """Each file of a wheel, with the checksum of its content."""
    return {info.filename: info.CRC for info in zipfile.ZipFile(wheel).infolist()}


def test_an_index_would_take_the_metadata(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")))
    found = Metadata.from_email(raw, validate=True)
    assert (found.license_expression, found.description_content_type) == ("Apache-2.0", "text/markdown")
    assert set(found.classifiers or ()) <= set(classifiers), "each is one that indexes know"
    assert {"oidc", "spark"} <= set(found.provides_extra or ())


def test_it_is_the_wheel_that_runs_and_not_the_checkout(elsewhere: Path):
    code = "import ingest, analytics, dashboard, whichad; print(ingest.__file__, whichad.__file__)"
    python = str(elsewhere / "venv" / "bin" / "python")
    where = subprocess.run(
        [python, "-c", code], cwd=elsewhere, env=apart(), capture_output=True, text=True, check=True
    ).stdout
    assert str(ROOT) not in where


def test_the_installed_product_sets_up_builds_and_publishes(elsewhere: Path):
    said = whichad(elsewhere, "init", "--kind", "shop", "--timezone", "UTC", "--currency", "USD", "--public-url", "",
                   "--sender", "shop", "--profile", "standard")  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert (elsewhere / "home" / "secrets" / "shop").stat().st_mode & 0o777 == 0o600
    for command in (("doctor",), ("ingest", "senders"), ("analytics", "build"), ("analytics", "check")):
        done = whichad(elsewhere, *command)
        assert done.returncode == 0, (command, done.stderr)
    asked = whichad(elsewhere, "analytics", "sql", "select count(*) as n from metrics", "--format", "csv")
    assert asked.stdout.splitlines()[0] == "n"
    assert (elsewhere / "home" / "data" / "creatives.duckdb").is_symlink()


def test_the_installed_dashboard_serves_its_own_assets(elsewhere: Path):
    code = (
        "from pathlib import Path; from ingest.config import load; from dashboard.config import Settings;"
        "from dashboard.app import create_app; app = create_app(load(Settings, Path('whichad.toml')));"
        "client = app.server.test_client(); page = client.get('/').text;"
        "import re; assets = re.findall(r'/assets/[^\"?]+', page); assert assets;"
        "assert all(client.get(a).status_code == 200 for a in assets)"
    )
    python = str(elsewhere / "venv" / "bin" / "python")
    done = subprocess.run(
        [python, "-c", code], cwd=elsewhere / "home", env=apart(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_outside_a_project_without_settings_it_refuses_and_says_what_to_do(elsewhere: Path, tmp_path: Path):
    command = [str(elsewhere / "venv" / "bin" / "whichad"), "status"]
    done = subprocess.run(command, cwd=tmp_path, env=apart(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"Make one with: {command[0]} init" in done.stderr, "as it was called, for it is on no PATH"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_what_the_guide_installs_in_a_checkout_runs_the_demo(sdist: Path, tmp_path: Path):
    guide = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    lines = re.findall(r"(?m)^(?:python3 -m (?:pip wheel|venv) |/opt/whichad/bin/pip ).*$", guide)
    assert len(lines) == 3
    checkout = shutil.copytree(sdist, tmp_path / "checkout")
    script = "\n".join(lines).replace("/opt/whichad", str(tmp_path / "venv")).replace("python3 ", f"{sys.executable} ")
    subprocess.run(["sh", "-eux", "-c", script], cwd=checkout, env=apart(), check=True, timeout=500)
    command = ["timeout", "--signal=INT", "60", str(tmp_path / "venv" / "bin" / "whichad"), "demo", "--scale", "0.05"]
    subprocess.run(command, cwd=tmp_path, env=apart(), check=False, timeout=120)
    assert (tmp_path / "data" / "demo" / "creatives.duckdb").exists()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_uvx_runs_the_wheel_in_an_empty_folder(wheel: Path, tmp_path: Path):
    run = [str(Path(sys.executable).with_name("uv")), "tool", "run", "--from", str(wheel), "whichad"]
    done = subprocess.run(
        [*run, "init"],
        cwd=tmp_path,
        env=apart(),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0 and (tmp_path / "whichad.toml").is_file(), done.stderr
    command = ["timeout", "--signal=INT", "60", *run, "demo", "--scale", "0.05"]
    done = subprocess.run(command, cwd=tmp_path, env=apart(), capture_output=True, text=True, check=False, timeout=300)
    assert (tmp_path / "data" / "demo" / "creatives.duckdb").exists()
    again = done.stderr.partition("Start it again: ")[2].splitlines()[0]
    assert again == f"uvx --from {wheel} whichad --config data/demo/whichad.toml up"
    typed = again.removesuffix("up") + "analytics sql 'select count(*) > 0 as some from creatives' --format csv"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # where uvx is, and whichad of the tests, too
    done = subprocess.run(
        ["sh", "-c", typed], cwd=tmp_path, env=apart(PATH=path), capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["some", "True"], done.stderr
