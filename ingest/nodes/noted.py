"""This module owns what the gathering machine knows of each node: `data/gathered.json`, one note per node.

It only saves reading again: without it everything is read from the beginning, and what is here already is passed over.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from ingest.nodes.folder import put

NAME = "gathered.json"


@dataclass(slots=True)
class Note:
    """How far a node is gathered. Moments are naive UTC, as ISO text, empty for none."""

    node: str
    origin: str = ""
    seal: int = 0  # gathered up to this writing of its archive
    sealed: int = 0  # the writing that it said last
    sent_at: str = ""
    whole_to: str = ""  # all that it acknowledged before is gathered
    key: str = ""
    senders: dict[str, str] = field(default_factory=dict)
    unended: list[str] = field(default_factory=list)  # segments that may grow
    wrong: str = ""


@dataclass(slots=True)
class Notes:
    """The notes of all nodes, and what is wrong with the shared folder itself."""

    nodes: dict[str, Note] = field(default_factory=dict)
    trouble: str = ""

    def of(self, node: str) -> Note:
        """The note of a node, made where there is none."""
        return self.nodes.setdefault(node, Note(node))


def read(data_dir: Path) -> Notes:
    """What is noted; nothing where the file is missing or cannot be read."""
    try:
        said = orjson.loads((data_dir / NAME).read_bytes())
        return Notes({name: Note(**note) for name, note in said["nodes"].items()}, said["trouble"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Notes()


def keep(data_dir: Path, notes: Notes) -> None:
    """Put the notes on disk. Raises OSError."""
    put(data_dir / NAME, orjson.dumps(asdict(notes)))
