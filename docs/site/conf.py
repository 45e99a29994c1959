"""This module owns how the docs site is made: Sphinx, with the checkout's own Markdown as its pages. `make docs`"""

from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1]
# Pages that have their place in the navigation already, and come with their feature.
TO_COME: frozenset[str] = frozenset()
PROFILES = "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"  # whose page is generated, and read elsewhere, too

project = "whichad"
project_copyright = "the whichad authors, Apache-2.0"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "docs/index"
include_patterns = ["docs/**.md", "README.md", "CHANGELOG.md", "data/README.md"]
exclude_patterns = [".venv", ".git", "**/node_modules", "data/demo", "build"]
myst_heading_anchors = 4  # as GitHub makes them, so that a link works in both
suppress_warnings = ["misc.highlighting_failure"]  # SQL with dbt's braces
html_theme = "furo"
html_title = "whichad"
html_show_sphinx = False
html_copy_source = False
html_extra_path = ["root"]  # index.html: the way to the first page
html_theme_options = {"navigation_with_keys": True}


def setup(app: Any) -> None:
    """Let Sphinx ask us for each page that it reads."""
    app.connect("source-read", _read)


def _read(_app: Any, name: str, content: list[str]) -> None:
    """Change what Sphinx reads of two pages: entries of pages to come, and the list of all profiles."""
    if name == root_doc:
        missing = {page for page in TO_COME if not (DOCS / f"{page}.md").exists()}
        content[0] = "\n".join(line for line in content[0].split("\n") if line not in missing)
    elif name == "docs/profiles/README":
        content[0] += PROFILES
