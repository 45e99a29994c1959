"""This module owns the way back: a verified backup becomes a data folder, and the record is made from it anew."""

import json
import os
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import tomlkit

from ingest.archive.layout import FOLDER as ARCHIVE
from ingest.archive.layout import MANIFEST as ARCHIVE_MANIFEST
from ingest.audit import Line
from ingest.audit.balance import balance
from ingest.backup.container import BackupError, Reader
from ingest.backup.contents import CONFIG, DATA, ELSEWHERE
from ingest.config import CONFIG_NAME, IngestSettings, load
from ingest.durable import fsync
from ingest.holding import HeldError, hold
from ingest.listening.serve import RUN_FILE
from ingest.store import Record, drain, read_record
from ingest.store.opening import SCHEMA_VERSION

ASIDE = ".restoring"
_COUNTS = "select coalesce(sum(deliveries), 0)::bigint, coalesce(sum(items), 0)::bigint from loads"


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored home. `config` is its whichad.toml, None where the backup has none; `notes` are sentences."""

    data_dir: Path
    config: Path | None
    deliveries: int = 0
    items: int = 0
    damaged: Sequence[str] = ()
    lines: Sequence[Line] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the journal was read whole, and the books balance."""
        return not self.damaged and all(line.ok for line in self.lines)


def place(reader: Reader, to: Path) -> Path:
    """The data folder that a restore into `to` would fill. Raises BackupError where that must not be, ConfigError.

    A whichad.toml that lies in `to` already stays, and says where the data goes; else the backup's does.
    """
    if reader.manifest["schema"] > SCHEMA_VERSION:
        raise BackupError(
            f"whichad {reader.manifest['whichad']} took this backup, and its schema ({reader.manifest['schema']}) is "
            f"newer than ours ({SCHEMA_VERSION}). Restore it with that version."
        )
    config = to / CONFIG_NAME
    data_dir = load(IngestSettings, config).data_dir if config.exists() else to.absolute() / _data_dir(reader)
    _check_idle(data_dir)
    if any(path.name not in ("lost+found", ASIDE) for path in _entries(data_dir)):
        raise BackupError(
            f"{data_dir} holds data, and a restore overwrites nothing. Move it away (mv {data_dir} {data_dir}.old), or "
            "name another folder with --to."
        )
    return data_dir


def unpack(reader: Reader, to: Path, data_dir: Path) -> Restored:
    """Extract aside, then rename: the data folder is there whole or not at all. Raises OSError, BackupError."""
    aside = (data_dir if data_dir.is_mount() else data_dir.parent) / ASIDE
    if aside.exists():  # of a restore that was killed
        shutil.rmtree(aside)
    aside.mkdir(parents=True, mode=0o700)
    try:
        for name in reader.files:
            reader.extract(name, aside / name)
        (aside / DATA).mkdir(exist_ok=True, mode=0o700)
        _link_archive(aside / DATA / ARCHIVE, reader.manifest["generation"])
        _sync(aside)
        notes = list(_put_config(reader, aside, to, data_dir))
        _swing(aside / DATA, data_dir)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    config = to / CONFIG_NAME
    return Restored(data_dir, config if config.exists() else None, notes=notes)


def rebuild(found: Restored) -> Restored:
    """Make the record from journal and archive, and recount it. Raises RecordError."""
    settings, notes = IngestSettings(data_dir=found.data_dir), list(found.notes)
    if found.config is not None:
        settings = load(IngestSettings, found.config)
        if settings.data_dir.resolve() != found.data_dir.resolve():
            notes.append(f"The environment names {settings.data_dir} as the data folder: unset WHICHAD_DATA_DIR.")
        settings = settings.model_copy(update={"data_dir": found.data_dir})
    with Record(settings.record_path) as record:
        done = drain(record, settings.journal_dir)
    with read_record(settings.record_path) as connection:
        deliveries, items = connection.execute(_COUNTS).fetchone() or (0, 0)
    lines = list(balance(settings))
    return Restored(found.data_dir, found.config, deliveries, items, done.damaged, lines, notes)


def _data_dir(reader: Reader) -> Path:
    """Where the backup's own whichad.toml keeps its data, if that is a folder beside it; else `data`."""
    name = f"{CONFIG}/{CONFIG_NAME}"
    said = PurePosixPath(tomllib.loads(reader.text(name)).get("data_dir", DATA)) if name in reader.files else None
    is_beside = said is not None and not said.is_absolute() and said.parts and ".." not in said.parts
    return Path(said) if said is not None and is_beside else Path(DATA)


def _check_idle(data_dir: Path) -> None:
    """Raise BackupError where ingest or a loader is at work on the folder."""
    try:
        pid = int(json.loads((data_dir / RUN_FILE).read_text(encoding="utf-8"))["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, PermissionError):  # it lives, and belongs to somebody else
            raise BackupError(f"ingest runs on {data_dir}. Stop it first.") from None
    else:
        raise BackupError(f"ingest runs on {data_dir} (pid {pid}). Stop it first.")
    for lock in data_dir.glob("*.lock"):
        try:
            hold(lock).close()
        except HeldError as error:
            raise BackupError(f"{lock} is held by {error.holder}. Stop that first.") from None


def _entries(folder: Path) -> Iterator[Path]:
    if folder.exists():
        yield from folder.iterdir()


def _link_archive(archive: Path, generation: str | None) -> None:
    """Make what a generation is linked from and by: the live files, and `current`."""
    if generation is None:
        return
    folder = archive / "generations" / Path(generation).name
    for path in sorted(folder.rglob("*")):
        live = archive / "files" / path.relative_to(folder)
        if path.is_dir():
            live.mkdir(parents=True, exist_ok=True, mode=0o700)
        elif path.name != ARCHIVE_MANIFEST:
            live.hardlink_to(path)
    (archive / "current").symlink_to(Path("generations") / folder.name)


def _sync(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            fsync(path)


def _put_config(reader: Reader, aside: Path, to: Path, data_dir: Path) -> Iterator[str]:
    """Put settings, profiles and secrets where there are none; what is there stays, and is named where it differs."""
    written = aside / CONFIG / CONFIG_NAME
    if written.exists() and not (to / CONFIG_NAME).exists():
        yield from _point(written, data_dir, to)
    for folder, into in ((CONFIG, to), (ELSEWHERE, to / ELSEWHERE)):
        for name in [name for name in reader.files if name.startswith(f"{folder}/")]:
            source, target = aside / name, into / name.removeprefix(f"{folder}/")
            if target.exists():
                if target.read_bytes() != source.read_bytes():
                    yield f"{target} stays as it is; the backup's differs."
                continue
            _put(source, target)
            if folder == ELSEWHERE and not Path("/", name.removeprefix(f"{ELSEWHERE}/")).exists():
                yield f"A file belongs to /{name.removeprefix(f'{ELSEWHERE}/')}: it lies in {target}, copy it there."


def _put(source: Path, target: Path) -> None:
    """Copy a file, mode 0600, whole or not at all; `target` may lie on another disk."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = target.with_name(f".{target.name}{ASIDE}")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    shutil.copyfile(source, aside)
    fsync(aside)
    aside.rename(target)
    fsync(target.parent)


def _point(config: Path, data_dir: Path, to: Path) -> Iterator[str]:
    """A whichad.toml whose data lay outside its folder would name the old data: it is pointed at the restored."""
    said = tomlkit.parse(config.read_text(encoding="utf-8-sig"))
    before = str(said.get("data_dir", DATA))
    if to.absolute() / before != data_dir:
        said["data_dir"] = data_dir.relative_to(to.absolute()).as_posix()
        config.write_text(tomlkit.dumps(said), encoding="utf-8")
        fsync(config)
        yield f'{CONFIG_NAME} said data_dir = "{before}"; in the restored one it is "{said["data_dir"]}".'


def _swing(source: Path, data_dir: Path) -> None:
    """Give the data folder its name in one step; into a mounted one, entry by entry."""
    if data_dir.is_mount():
        for path in sorted(source.iterdir()):
            path.rename(data_dir / path.name)
        fsync(data_dir)
        return
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    source.rename(data_dir)
    fsync(data_dir.parent)
