"""This module owns the answers to "how is it?", of `whichad status`."""

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from analytics.config import AnalyticsSettings
from analytics.history.standing import standing
from analytics.status.cycle import STATUS_FILE
from analytics.verify import VERIFY_FILE
from analytics.version import about
from ingest.backup.standing import standing as backup_standing
from ingest.canary.standing import standing as canary_standing
from ingest.config import ConfigError, find_config, load
from ingest.forgetting.plan import NAME as PLAN
from ingest.journal import segments
from ingest.listening.serve import RUN_FILE
from ingest.nodes.standing import standings
from ingest.relaying.standing import standings as relay_standings
from ingest.segments.segment import SegmentReader
from ingest.senders.origin import origins

PROBE_SECONDS = 2.0
MEND = "Mend it; until then what runs goes on with the last good settings."
STILL_SECONDS = 900  # a cycle takes seconds, and the first build of ten million rows five minutes
UNREADY = {
    "workers": "Why each ended is in the log; they are started again by themselves.",
    "journal_writable": "Give data/journal to the user that runs whichad: whichad doctor says whose it is.",
    "disk": "Make room on the disk (df -h): backups and old data.broken folders first, never data/journal.",
    "backlog": "Nobody loads what comes: see refresh below.",
}
RELAY_SECONDS_MAX = 300  # what waits longer waits for somebody to look


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `hint` says what to do where it is not ok."""

    what: str
    ok: bool
    detail: str
    hint: str = ""


def status_of(cls: type[AnalyticsSettings], config: Path | None, now: datetime) -> Iterator[Finding]:
    """How the running product is doing, even where its settings on disk cannot be read; `now` is naive UTC."""
    try:
        settings = load(cls, config)
    except ConfigError as error:
        if find_config(config) is None:  # there is no product here to say anything of
            raise
        yield Finding("settings", False, str(error), MEND)
        return
    yield from status(settings, now)


def status(settings: AnalyticsSettings, now: datetime) -> Iterator[Finding]:
    """How the running product is doing; `now` is naive UTC."""
    ingest, ready = _ingest(settings)
    yield ingest
    yield _settings(settings, ready.get("settings", {}))
    yield _journal(settings)
    if ready and (canary := canary_standing(settings, now.replace(tzinfo=UTC).timestamp())):
        yield Finding("canary", canary.ok, canary.detail, canary.hint)
    if any(sender.relay_to for sender in settings.senders.values()):
        yield _relay(settings, now)
    yield from (Finding(each.what, each.ok, each.detail, each.hint) for each in standings(settings, now))
    if not settings.nodes.is_door_only:  # which builds nothing
        yield _loop(settings, now, bool(ready))
        yield from _published(settings, now)
    yield from (Finding("history", False, *said) for said in standing(settings.data_dir))
    if (settings.data_dir / PLAN).exists():
        yield Finding("forget", False, "a forgetting was begun and not ended", "Run it again: whichad ingest forget")
    if (settings.data_dir / VERIFY_FILE).exists():
        yield _verified(settings.data_dir / VERIFY_FILE)
    if backup := backup_standing(settings.data_dir, now):
        yield Finding("backup", backup.ok, backup.detail, backup.hint)


def door(settings: AnalyticsSettings) -> Finding:
    """Whether ingest would take a webhook now; waits two seconds at most."""
    return _ingest(settings)[0]


def is_running(settings: AnalyticsSettings) -> bool:
    """Whether an ingest of this data answers; waits two seconds at most."""
    return bool(_ingest(settings)[1])


def _ingest(settings: AnalyticsSettings) -> tuple[Finding, dict[str, Any]]:
    """The door, and what its `/readyz` says: nothing where there is no answer."""
    if not (run_file := settings.data_dir / RUN_FILE).exists():
        return Finding("ingest", False, "not running", "Start it with: whichad up"), {}
    try:
        said = json.loads(run_file.read_text())
        where = said.get("admin_url") or f"http://127.0.0.1:{int(said['admin_port'])}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _unreadable("ingest", run_file, error, "A running ingest writes it anew within seconds."), {}
    try:
        ready = _readyz(where)
    except (OSError, ValueError) as error:
        detail = f"no answer on its admin port, {where} ({error})"
        return Finding("ingest", False, detail, "Start it with: whichad up"), {}
    alive, configured = ready["workers"], ready.get("workers_configured", ready["workers"])
    detail = f"{alive} of {configured} workers, {ready['segments']} journal segments"
    if not ready["ok"]:
        failed = [name for name, ok in ready["checks"].items() if not ok]
        hint = " ".join(["It would not take a webhook now.", *(UNREADY[name] for name in failed if name in UNREADY)])
        return Finding("ingest", False, f"not ready ({', '.join(failed)}), {detail}", hint), ready
    hint = "A worker ended: its reason is in the log. It is started again by itself."
    return Finding("ingest", alive >= configured, f"ready, {detail}", hint), ready


def _readyz(where: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{where}/readyz", timeout=PROBE_SECONDS) as answer:  # noqa: S310 (our own file)
            found = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        found = json.loads(error.read())  # a 503 says which check failed
    return dict(found)


def _settings(settings: AnalyticsSettings, said: dict[str, Any]) -> Finding:
    """The settings on disk: right, and in force as far as the running ingest `said`."""
    try:
        count = len(origins(settings))
    except (ConfigError, OSError) as error:
        return Finding("settings", False, str(error), MEND)
    if not said.get("ok", True):
        hint = "Stop whichad and start it again." if said["needs_restart"] else MEND
        return Finding("settings", False, said["sentence"], hint)
    return Finding("settings", True, f"{count} sender{'' if count == 1 else 's'}" + (", in force" if said else ""))


def _journal(settings: AnalyticsSettings) -> Finding:
    paths, rows, bad = segments(settings.journal_dir), 0, []
    for path in paths:
        try:
            with SegmentReader(path) as reader:
                rows += reader.last_row()
        except sqlite3.Error:
            bad.append(path.name)
    detail = f"{rows} deliveries in {len(paths)} segments"
    hint = "What it costs: whichad verify. A copy of the file from a backup brings it back."
    return Finding("journal", not bad, detail + (f"; cannot be read: {', '.join(bad[:3])}" if bad else ""), hint)


def _relay(settings: AnalyticsSettings, now: datetime) -> Finding:
    hint = "See why: whichad ingest relay status. Then: whichad ingest relay retry <sender>"
    try:
        found = relay_standings(settings.data_dir)
    except sqlite3.Error as error:
        return Finding("relay", False, f"its book cannot be read ({error})", "Look for room on the disk.")
    oldest = min((each.oldest_waiting for each in found if each.oldest_waiting is not None), default=None)
    age_seconds = 0 if oldest is None else int(now.replace(tzinfo=UTC).timestamp() - oldest / 1e6)
    sent, waiting, failed = (sum(getattr(each, name) for each in found) for name in ("sent", "waiting", "failed"))
    waits = f"{waiting} waiting" + (f" for up to {age_seconds} s" if waiting else "")
    ok = failed == 0 and age_seconds < RELAY_SECONDS_MAX
    return Finding("relay", ok, f"{sent} sent, {waits}, {failed} given up", "" if ok else hint)


def _loop(settings: AnalyticsSettings, now: datetime, is_up: bool) -> Finding:
    path = settings.data_dir / STATUS_FILE
    if not path.exists():
        return Finding("refresh", False, "has not run yet", "Start it with: whichad up")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        still = (now - datetime.fromisoformat(str(said["at"]).removesuffix("Z"))).total_seconds()
        if is_up and still > max(STILL_SECONDS, 3 * float(said["cycle_seconds"])):
            detail = f"no cycle for {still / 60:.0f} min; the last one said: {said['sentence']}"
            return Finding("refresh", False, detail, "Unless a long build is under way, start it again: whichad up")
        return Finding("refresh", bool(said["ok"]), f"{said['sentence']} (at {said['at']}, {said['cycle_seconds']} s)",
                       "" if said["ok"] else "The last good version stays published.")  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _unreadable("refresh", path, error, "The next cycle writes it anew.")


def _published(settings: AnalyticsSettings, now: datetime) -> Iterator[Finding]:
    path = settings.published_link
    if not path.exists():
        yield Finding("published", False, "nothing yet", "Post a webhook: whichad ingest send-test <sender>")
        return
    try:
        said = about.read(path.resolve())
    except duckdb.Error as error:
        yield _unreadable("published", path, error, "Publish anew: whichad analytics build")
        return
    if said is None:
        yield Finding("published", False, "the published file says nothing of itself", "Run: whichad analytics build")
        return
    age = int((now - said.built_at).total_seconds())
    yield Finding("published", True, f"{said.version}, {age} s old: {said.counts}")
    if said.fix is not None:
        yield Finding("fix next", True, said.fix)


def _verified(path: Path) -> Finding:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        detail = f"everything added up at {said['at']}" if said["ok"] else "; ".join(said["wrong"][:3])
        return Finding("verify", bool(said["ok"]), detail, "Look at the whole sheet: whichad verify")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _unreadable("verify", path, error, "Verify again: whichad verify")


def _unreadable(what: str, path: Path, error: Exception, hint: str) -> Finding:
    return Finding(what, False, f"{path.name} cannot be read ({str(error).splitlines()[0]})", hint)
