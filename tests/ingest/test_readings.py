"""This module owns the promise that what a body means stays: stored hashes decide what is a repeat of what came before.

`python tests/ingest/test_readings.py` writes the file anew; do so only where a reading shall change, and say in
CHANGELOG.md what happens to what is stored.
"""

import json
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from readings import readings

KEPT = Path(__file__).parents[1] / "fixtures" / "readings.json"


def test_every_body_is_read_as_it_was_when_its_like_was_stored(tmp_path: Path):
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    found = dict(readings(tmp_path))
    assert sorted(name for name in found if found[name] != kept.get(name)) == []
    assert found.keys() == kept.keys()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        KEPT.write_text(json.dumps(dict(readings(Path(folder))), indent=0) + "\n", encoding="utf-8")
