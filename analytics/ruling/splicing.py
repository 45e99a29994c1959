"""This module owns how the attribution rules come into an SQL file: by the lines that it marks for them.

A line `-- per rule: …` stands there once for each of them, ours first, with its name for `{rule}`; a line
`-- per rule of a package: …` once for each that a package brings, with the SQL of its weight for `{weight}`, and
without any it stays the comment that it is. What a package names is a name (letters, digits, _), and its weight was
written by `expression`: no text of a package gets into a statement.
"""

import re

from analytics.ruling import rules

_LINE = re.compile(r"^( *)-- per rule( of a package)?: (.*)$", re.MULTILINE)


def spliced(text: str) -> str:
    """The SQL with every rule in its place."""
    return _LINE.sub(_lines, text)


def _lines(marked: re.Match[str]) -> str:
    indent, of_a_package, line = marked.groups()
    found = rules.brought().rules if of_a_package else rules.every()
    return "\n".join(indent + _filled(line, each) for each in found) or marked[0]


def _filled(line: str, each: rules.Rule) -> str:
    return line.replace("{rule}", each.rule).replace("{weight}", each.weight)
