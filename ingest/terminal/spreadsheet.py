"""This module owns the cells of a CSV file: what a spreadsheet would run is shown instead.

Ad texts are hostile: Excel and LibreOffice run `=HYPERLINK(…)` out of a file that somebody double-clicks.
"""

import re
from typing import Any

# What a spreadsheet may take for a formula at the start of a cell, also in its full width (OWASP, CSV injection).
_RUNS = re.compile("[=+\\-@\t\r\n＝＋－＠]")


def safe_cell(value: Any) -> Any:
    """A text that a spreadsheet might run gets an apostrophe in front; numbers, also negative ones, stay."""
    return f"'{value}" if isinstance(value, str) and _RUNS.match(value) else value
