"""This module owns how the nodes stand: what each sealed last, who is behind, and up to when the numbers are whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.archive.layout import ArchiveError
from ingest.config import IngestSettings
from ingest.nodes import noted
from ingest.nodes.noted import Note
from ingest.nodes.own import mappings, own


@dataclass(frozen=True, slots=True)
class Standing:
    """One node as it stands; `hint` says what to do where it is not ok."""

    what: str
    ok: bool
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """Up to when the numbers hold all that any node acknowledged (naive UTC; None: nobody says), and who is silent."""

    to: datetime | None
    furthest_behind: str
    silent: tuple[str, ...]


def whole(settings: IngestSettings, now: datetime) -> Whole | None:
    """How whole the numbers of a gathering machine are; None where it waits for no other node. `now` is naive UTC."""
    if not settings.nodes.gather:
        return None
    notes = [note for _, note in sorted(noted.read(settings.data_dir).nodes.items())]
    waited = [note for note in notes if note.node not in settings.nodes.retired]
    last = min(waited, key=lambda note: note.whole_to, default=None)
    if last is None:
        return None
    silent = tuple(note.node for note in waited if note.sent_at and _is_silent(note, settings, now))
    return Whole(_moment(last.whole_to) if last.whole_to else None, last.node, silent)


def standings(settings: IngestSettings, now: datetime) -> Iterator[Standing]:
    """This machine's own sending, and of a gathering machine every node and all together. `now` is naive UTC."""
    if settings.nodes.node is not None:
        yield _own(settings, now)
    if not settings.nodes.gather:
        return
    notes = noted.read(settings.data_dir)
    if notes.trouble:
        yield Standing("nodes", False, notes.trouble, "What was gathered before stays, and goes on being shown.")
    others = [note for _, note in sorted(notes.nodes.items())]
    if not others:
        yield Standing("nodes", not notes.trouble, "no other node has sealed anything into the shared folder yet")
        return
    for note in others:
        yield _of(note, settings, now)
    yield _together([note for note in others if note.node not in settings.nodes.retired], now)


def forget_where(settings: IngestSettings) -> str:
    """Where else a person has to be forgotten, as a sentence; empty where nowhere."""
    nodes = settings.nodes
    if nodes.gather and (others := sorted(noted.read(settings.data_dir).nodes)):
        return (
            f"Of the nodes ({', '.join(others)}) each has a journal and an archive of its own: run the same on each of"
            " them, and then here once more, for what they had sealed meanwhile."
        )
    if nodes.node:
        return (
            "The copy of the archive in the shared folder changes with the next sending (at once: whichad ingest nodes"
            " send). Run the same on every other node, and last where they are gathered."
        )
    return ""


def _own(settings: IngestSettings, now: datetime) -> Standing:
    what, hint = f"node {settings.nodes.node}", "What is acknowledged stays on this disk, and is sent once that works."
    try:
        said = own(settings.data_dir)
    except ArchiveError as error:
        return Standing(what, False, str(error), hint)
    if "sent_at" not in said:
        return Standing(what, not said.get("trouble"), said.get("trouble") or "has not sent anything yet", hint)
    is_late = now - _moment(said["sent_at"]) > timedelta(minutes=settings.nodes.silent_minutes)
    detail = f"sent {_ago(said['sent_at'], now)}, seal {said['seal']}, {_whole(said['whole_to'], now)}"
    if said["trouble"]:
        return Standing(what, False, f"{said['trouble']}; {detail}", hint)
    return Standing(what, not is_late, detail, "Is its loop running? Start it: whichad up")


def _of(note: Note, settings: IngestSettings, now: datetime) -> Standing:
    what = f"node {note.node}"
    if note.wrong:
        return Standing(what, False, note.wrong, "What was gathered of it before stays in the numbers.")
    if not note.sent_at:
        return Standing(what, False, "has said nothing that can be read", "Look at it there: whichad status")
    detail = f"seal {note.seal} of {note.sealed}, last heard {_ago(note.sent_at, now)}, {_whole(note.whole_to, now)}"
    if note.node in settings.nodes.retired:
        return Standing(what, True, f"retired; {detail}")
    if _is_silent(note, settings, now):
        hint = (
            f"What {note.node} acknowledged since is on its disk and not in the numbers. Start it again; or with its"
            " disk elsewhere: whichad ingest nodes send. One that is gone for good: [nodes] retired"
        )
        return Standing(what, False, f"is silent; {detail}", hint)
    ours = mappings(settings)
    differing = sorted(name for name, said in note.senders.items() if ours.get(name, said) != said)
    if differing:
        return Standing(what, False, f"reads {', '.join(differing)} by other settings than stand here; {detail}",
                        "Give every node the same [senders]: whichad.toml of one, copied.")  # fmt: skip
    return Standing(what, True, detail)


def _together(notes: list[Note], now: datetime) -> Standing:
    """Up to when the numbers hold all that any node acknowledged: the one that is furthest behind decides."""
    last = min(notes, key=lambda note: note.whole_to, default=None)
    if last is None:
        return Standing("numbers", True, "every other node is retired")
    if not last.whole_to:
        return Standing("numbers", True, f"of {last.node} nothing says up to when they are whole")
    return Standing("numbers", True, f"{_whole(last.whole_to, now)} over all nodes; {last.node} is furthest behind")


def _is_silent(note: Note, settings: IngestSettings, now: datetime) -> bool:
    return now - _moment(note.sent_at) > timedelta(minutes=settings.nodes.silent_minutes)


def _whole(at: str, now: datetime) -> str:
    return f"whole up to {at[:16].replace('T', ' ')} UTC ({_ago(at, now)})" if at else "not whole yet"


def _ago(at: str, now: datetime) -> str:
    minutes = int((now - _moment(at)).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min ago" if hours else f"{minutes} min ago"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
