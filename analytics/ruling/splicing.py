"""This module owns how the rules of packages come into an SQL file: by the lines that it marks for them.

A line `-- per rule: …` stands there once for each of them, with its name for `{rule}` and the SQL of its weight for
`{weight}`; without any it stays the comment that it is. What a package names is a name (letters, digits, _), and its
weight was written by `expression`: no text of a package gets into a statement.
"""

import re

from analytics.ruling import rules

_LINE = re.compile(r"^( *)-- per rule: (.*)$", re.MULTILINE)


def spliced(text: str) -> str:
    """The SQL with every rule of a package in its place."""
    if "-- per rule: " not in text or not (found := rules.brought().rules):
        return text
    return _LINE.sub(lambda line: "\n".join(line[1] + _filled(line[2], each) for each in found), text)


def _filled(line: str, each: rules.Rule) -> str:
    return line.replace("{rule}", each.rule).replace("{weight}", each.weight)
