"""This module owns what an editor decides here: a merge or an un-merge, checked, journaled, audited, then pending.

The dashboard only appends decisions; the refresh loop applies them, and the published mart says when it did.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dashboard.config import Settings
from dashboard.people import audit
from dashboard.people.store import StoreError
from dashboard.people.visitor import Visitor
from dashboard.reading import rows
from ingest import decisions
from ingest.journal import JournalError

log = logging.getLogger("whichad.dashboard")
REASON_MAX = 500
_RECENT = 50  # entries of the trail that may still be pending
_KNOWN = "select creative_id, creative_text from creatives where creative_id in (select unnest($ids::varchar[]))"
_COUNTS = """select creative_id, alias_text from creative_aliases
where alias_id = $alias and in_force and kind <> 'unmerge'"""
_APPLIED = "select distinct decision_id from creative_aliases where decision_id in (select unnest($ids::varchar[]))"


@dataclass(frozen=True)
class Pending:
    """A decision of the trail that no published version shows yet."""

    words: str
    who: str
    at: datetime  # aware
    kind: str
    subject: str
    into: str | None


class Refused(Exception):
    """What was asked is not done; the message says why."""


def is_mergeable(creative_id: str) -> bool:
    """Whether an identity is a text: ads without one cannot be merged."""
    return creative_id.startswith("rac")


def merge(settings: Settings, real: Path, who: Visitor, subject: str, into: object, reason: object) -> str:
    """Decide that `subject` counts as `into`; the sentence to show. Raises Refused."""
    why = _allowed(who, reason)
    if not isinstance(into, str) or not into:
        raise Refused("Choose the creative that it shall count as.")
    if into == subject:
        raise Refused("A creative cannot be merged into itself.")
    known = {str(ident) for ident, _ in rows(real, _KNOWN, {"ids": [subject, into]})}
    if {subject, into} - known or not (is_mergeable(subject) and is_mergeable(into)):
        raise Refused("One of the two is no text that is published now. Choose again.")
    if any(
        one.kind == "merge" and one.subject == into and one.into == subject for one in pending(settings, real, into)
    ):
        raise Refused("That would close a ring: the other one is about to count as this one. Undo that first.")
    _decided(settings, who, "merge", subject, into, why)
    return "Decided. The refresh loop applies it within seconds. Until then it is pending."


def unmerge(settings: Settings, real: Path, who: Visitor, subject: str, alias: object, reason: object) -> str:
    """Decide that `alias`, which counts as `subject`, stands apart again; the sentence to show. Raises Refused."""
    why = _allowed(who, reason)
    found = rows(real, _COUNTS, {"alias": alias}) if isinstance(alias, str) else []
    if not isinstance(alias, str) or not found or found[0][0] != subject:
        raise Refused("Choose a creative that counts as this one.")
    _decided(settings, who, "unmerge", alias, None, why)
    return "Decided. The refresh loop sets it apart within seconds. Until then it is pending."


def pending(settings: Settings, real: Path, creative_id: str) -> list[Pending]:
    """Decisions about a creative that the published file does not show yet, the newest first."""
    try:
        trail = [
            entry for action in ("merge", "unmerge") for entry in audit.entries(settings.data_dir, _RECENT, action)
        ]
    except StoreError as error:
        log.warning("the trail cannot be read: %s", error)
        return []
    told = [(entry, entry.after) for entry in trail if isinstance(entry.after, dict)]
    own = [
        (entry, after) for entry, after in told if creative_id in (entry.subject, after.get("into"), after.get("of"))
    ]
    ids = [str(after.get("decision_id")) for _, after in own]
    applied = {str(row[0]) for row in rows(real, _APPLIED, {"ids": ids})} if ids else set()
    return [
        Pending(_said(entry.action, entry.subject, after, creative_id), entry.who, entry.at, entry.action,
                entry.subject, after.get("into"))
        for entry, after in own
        if str(after.get("decision_id")) not in applied
    ]  # fmt: skip


def _allowed(who: Visitor, reason: object) -> str:
    """The reason, where the visitor may decide and gave one."""
    if not who.may_edit:
        raise Refused("Only editors can merge creatives and undo it.")
    why = reason.replace("\x00", "").strip() if isinstance(reason, str) else ""
    if not why:
        raise Refused("Say why: the reason is kept with the decision.")
    return why.encode("utf-8", "replace").decode()[:REASON_MAX]


def _decided(settings: Settings, who: Visitor, kind: str, subject: str, into: str | None, why: str) -> None:
    """Journal the decision, which is what counts, then the trail; the journal itself keeps who and why, too."""
    try:
        ident = decisions.append(settings.journal_dir, kind, subject, into, who.name, why)
    except JournalError as error:
        log.error("a decision could not be journaled: %s", error)
        raise Refused(
            "It could not be written to the journal, so nothing was decided. See the dashboard's log."
        ) from error
    after = {"into": into, "reason": why, "decision_id": ident}
    try:
        audit.record(settings.data_dir, int(time.time()), who.name, kind, subject, None, after)
    except StoreError as error:
        log.error("decided (%s), but the trail could not be written: %s", ident, error)


def _said(kind: str, subject: str, after: dict[str, object], creative_id: str) -> str:
    if kind == "unmerge":
        return f"{_short(subject)} is set apart again"
    other = after.get("into")
    if subject == creative_id:
        return f"this creative is merged into {_short(other)}"
    return f"{_short(subject)} is merged into this creative"


def _short(ident: object) -> str:
    return ident[:13] if isinstance(ident, str) else "another one"
