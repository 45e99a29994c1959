"""This module owns what a backup takes, in which order, and what it leaves out because it is made again from the rest.

The order matters while everything runs. The relay's book comes before the journal: what was relayed since is sent
again, and nothing is skipped. The archive comes after the journal: a segment is only deleted once the archive holds it.
"""

import fnmatch
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.archive.layout import FOLDER as ARCHIVE
from ingest.archive.layout import Archive
from ingest.config import CONFIG_NAME, IngestSettings, read_toml
from ingest.segments.backlog import MARK
from ingest.senders.origin import own_profiles

DATA, CONFIG, ELSEWHERE = "data", "config", "elsewhere"  # the three folders inside a backup
# Left out by name; each pattern is held against the name in the data folder. docs/operating.md lists the same.
DERIVED = (
    "interactions.duckdb*",  # the record: made again from journal and archive
    "interactions.new*",
    "work.duckdb*",  # the models
    "work.new*",
    "spark",  # what a build on Spark made
    "creatives.duckdb*",  # the marts, and the folder of their versions
    "creatives.swing",
    "published",
    "status.json*",  # how the last cycle, the last verify and the running ingest are
    "status.new",
    "verify.json*",
    "loading.json*",
    "backup.json",  # when the last backup was taken here
    "ingest.json*",
    "ingest.new",
    "gathered.json",  # how far the nodes are gathered: an older journal must not be taken for as far
    "run",  # counters of running processes
    "*.lock",
    "*.sqlite-wal",  # folded into the copy
    "*.sqlite-shm",
    "*.sqlite-journal",
    "*.new",  # half-written files
    "forgetting.json",  # the ids of a person who is being forgotten
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file to take: its name in the backup and where it lies. `copy`: plain, sqlite or duckdb."""

    name: str
    path: Path
    copy: str = "plain"


def parts(settings: IngestSettings) -> Iterator[Part]:
    """Everything to take. Lazy: each folder is listed only once all before it was taken."""
    data = settings.data_dir
    config = dict(_config(settings))
    taken = {path.resolve() for path in config.values()}
    rest = [path for path in _files(data) if path.resolve() not in taken]
    yield from (_part(data, path) for path in rest if path.suffix == ".sqlite")
    for path in sorted(settings.journal_dir.glob("*")):
        if path.is_file() and path.name != MARK and not _is_derived(path.name):
            yield _part(data, path)
    yield from _archive(data)
    yield from (_part(data, path) for path in rest if path.suffix != ".sqlite")
    yield from (Part(name, path) for name, path in config.items())


def generation(data_dir: Path) -> Path | None:
    """The folder of the archive's current generation, which never changes; None where there is no archive."""
    current = Archive(data_dir).current
    return current.resolve() if current.is_symlink() else None


def _archive(data: Path) -> Iterator[Part]:
    folder = generation(data)
    if folder is not None:
        inside = f"{DATA}/{ARCHIVE}/generations/{folder.name}"
        for path in sorted(found for found in folder.rglob("*") if found.is_file()):
            yield Part(f"{inside}/{path.relative_to(folder).as_posix()}", path)


def _files(data: Path) -> list[Path]:
    """The files of the data folder that are neither derived nor in journal or archive. Links are not followed."""
    found: list[Path] = []
    for top in sorted(data.iterdir()):
        if top.name in ("journal", ARCHIVE) or _is_derived(top.name):
            continue
        inside = [top] if not top.is_dir() else sorted(top.rglob("*"))
        found += [path for path in inside if path.is_file() and not path.is_symlink() and not _is_derived(path.name)]
    return found


def _is_derived(name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in DERIVED)


def _part(data: Path, path: Path) -> Part:
    copy = path.suffix.removeprefix(".") if path.suffix in (".sqlite", ".duckdb") else "plain"
    return Part(f"{DATA}/{path.relative_to(data).as_posix()}", path, copy)


def _config(settings: IngestSettings) -> Iterator[tuple[str, Path]]:
    """whichad.toml, the user's own profiles, secrets' files and exchange rates; (name in the backup, path)."""
    if settings.config_path is None:
        return
    yield f"{CONFIG}/{CONFIG_NAME}", settings.config_path
    named = sorted(found for found in own_profiles(settings).rglob("*") if found.is_file())
    for path in [*named, *secret_files(settings), *_rates(settings.config_path)]:
        if path.is_relative_to(settings.base_dir):
            yield f"{CONFIG}/{path.relative_to(settings.base_dir).as_posix()}", path
        else:
            yield f"{ELSEWHERE}/{path.as_posix().lstrip('/')}", path


def _rates(config: Path) -> Iterator[Path]:
    """The exchange rates that analytics reads: without them a restored whichad would convert nothing."""
    section = read_toml(config).get("currencies")
    name = section.get("rates") if isinstance(section, dict) else None
    path = Path(os.path.normpath(config.parent.resolve() / name)) if isinstance(name, str) else None
    if path is not None and path.is_file():
        yield path


def _dashboard_secret(config: Path | None) -> list[str]:
    """The secret that the dashboard has with its identity provider, where a file holds it."""
    dashboard = read_toml(config).get("dashboard") if config else None
    oidc = dashboard.get("oidc") if isinstance(dashboard, dict) else None
    secret = oidc.get("client_secret") if isinstance(oidc, dict) else None
    return [secret] if isinstance(secret, str) and secret.startswith("file:") else []


def secret_files(settings: IngestSettings) -> list[Path]:
    """The files named by `file:` in the settings that exist, with absolute paths."""
    secrets = [
        secret
        for sender in settings.senders.values()
        for secret in (*sender.secrets, sender.verify_token or "")
        if secret.startswith("file:")
    ] + _dashboard_secret(settings.config_path)
    paths = sorted({Path(os.path.normpath(settings.base_dir / secret[5:])) for secret in secrets})
    return [path for path in paths if path.is_file()]
