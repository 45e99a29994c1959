"""This module owns the doctor's look at the folders: whose they are, what disk they lie on, whether it has room."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from analytics.config import AnalyticsSettings
from analytics.status.health import Finding, is_running
from ingest.journal import segments
from ingest.listening.serve import RUN_FILE

MOUNTS = Path("/proc/mounts")
# Where SQLite's WAL and file locks do not hold (https://sqlite.org/wal.html, "all processes on the same host").
NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "fuse.sshfs", "fuse.s3fs",
    "fuse.glusterfs", "fuse.rclone", "fuse.gcsfuse", "fuse.ceph", "fuse.mount-s3", "vboxsf",
})  # fmt: skip
SECOND_LOOK_SECONDS = 1.5  # a running ingest looks at its run file once a second
DAY_SECONDS = 86_400.0


def writable(settings: AnalyticsSettings) -> Iterator[Finding]:
    """The data folder is ours, and can be written to."""
    data = settings.data_dir
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        hint = f"Give it to the user that runs whichad: chown -R <user> {data}"
        yield Finding("data folder", False, f"{data} cannot be written to ({error.strerror})", hint)
        return
    strange = [path for path in (data, *sorted(data.iterdir())) if path.lstat().st_uid != os.geteuid()]
    if strange:
        hint = f"Run whichad as one user always: sudo -u <user> whichad ... Mend it: chown -R <user> {data}"
        detail = f"{strange[0]} belongs to user {strange[0].lstat().st_uid}, and we are {os.geteuid()}"
        yield Finding("data folder", False, detail, hint)
    else:
        yield Finding("data folder", True, str(data))


def kind_of_disk(settings: AnalyticsSettings, mounts: Path = MOUNTS) -> Iterator[Finding]:
    """Not a network file system: a 200 would promise what nobody can keep."""
    try:
        kind = mounted_as(settings.data_dir, mounts.read_text(encoding="utf-8", errors="replace"))
    except OSError:  # not Linux
        return
    hint = "Set data_dir to a folder on a disk of this machine. For several machines there is [nodes]: docs/nodes.md"
    detail = f"{settings.data_dir} lies on {kind}, a network file system, where SQLite's and DuckDB's locks do not hold"
    yield Finding("file system", kind not in NETWORK, detail if kind in NETWORK else kind or "unknown", hint)


def room(settings: AnalyticsSettings) -> Iterator[Finding]:
    """Far enough from where ingest stops to take webhooks."""
    free = shutil.disk_usage(settings.data_dir).free
    least = settings.ingest.free_bytes_min
    hint = f"Free some: below {least / 2**30:.1f} GiB ([ingest] free_bytes_min) every webhook is answered with 503."
    yield Finding("disk", free > 2 * least, f"{free / 2**30:.1f} GiB free", hint)


def days(settings: AnalyticsSettings) -> Iterator[Finding]:
    """The journal of raw_days has room, at the pace of the days that it holds."""
    found = [path.stat() for path in segments(settings.journal_dir)]
    if not found:
        return
    size = sum(each.st_size for each in found)
    age_days = max((time.time() - min(each.st_mtime for each in found)) / DAY_SECONDS, 1.0)
    a_day, keeps = size / age_days, settings.retention.raw_days
    needed = a_day * max(keeps - age_days, 0.0)
    free = shutil.disk_usage(settings.data_dir).free - settings.ingest.free_bytes_min
    detail = f"{a_day / 2**20:.1f} MiB of journal a day, kept for {keeps:g} days"
    hint = f"{needed / 2**30:.1f} GiB more will be needed. Lower [retention] raw_days, or give it a larger disk."
    yield Finding("raw_days", needed < free, detail, hint)


def shared(settings: AnalyticsSettings) -> Iterator[Finding]:
    """The folder that all nodes share is there, and this node can write into it."""
    if settings.nodes.shared is None:
        return
    folder = settings.shared_dir
    what, hint = "shared folder", "Mount it, and give this machine's user the right to write there: docs/nodes.md"
    if not folder.is_dir():
        yield Finding(what, False, f"{folder} is not there", hint)
        return
    try:
        if settings.nodes.node is None:  # which only gathers, and writes nothing there
            next(folder.iterdir(), None)
        else:
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError as error:
        yield Finding(what, False, f"{folder} cannot be used ({error.strerror})", hint)
        return
    yield Finding(what, True, str(folder))


def alone(settings: AnalyticsSettings) -> Iterator[Finding]:
    """No second ingest works on the same data: each writes the run file anew once it is another's."""
    if not is_running(settings):
        return
    deadline, seen = time.monotonic() + SECOND_LOOK_SECONDS, set[int]()
    while len(seen) < 2 and time.monotonic() < deadline:
        with suppress(OSError, ValueError, KeyError, TypeError):  # it is just being written
            seen.add(int(json.loads((settings.data_dir / RUN_FILE).read_text(encoding="utf-8"))["pid"]))
        time.sleep(0.02)
    detail = f"processes {' and '.join(str(pid) for pid in sorted(seen))} both serve {settings.data_dir}"
    hint = "Stop one of them, or give it a data_dir of its own: two loops cannot share a record."
    yield Finding("instances", len(seen) < 2, detail if len(seen) > 1 else "one", hint)


def mounted_as(path: Path, mounts: str) -> str:
    """The file system that a path lies on, by a text such as /proc/mounts; empty where it is not there."""
    found = ("", "")
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        place = fields[1].replace("\\040", " ")
        if path.resolve().is_relative_to(place) and len(place) >= len(found[0]):
            found = place, fields[2]
    return found[1]
