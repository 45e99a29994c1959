"""This module owns the command that makes the docs site: `make docs`, or python docs/site/build.py FOLDER.

Nothing is fetched: theme and search come with the packages. A link or an anchor that leads nowhere is an error.
"""

import sys
from pathlib import Path

from sphinx.cmd.build import build_main

ROOT = Path(__file__).resolve().parents[2]


def main(folder: str = "build/docs") -> int:
    """Write docs/numbers.md and the site; the exit code of Sphinx."""
    sys.path.insert(0, str(ROOT))
    sys.path.insert(0, str(Path(__file__).parent))
    import numbers_page

    numbers_page.PAGE.write_text(numbers_page.page(), encoding="utf-8")
    target = str((ROOT / folder).resolve())
    arguments = [
        "-b",
        "html",
        "-n",
        "-W",
        "--keep-going",
        "-q",
        "-c",
        str(Path(__file__).parent),
        "-d",
        target + ".cache",
    ]
    code = build_main([*arguments, str(ROOT), target])
    print(f"{target}/index.html", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
