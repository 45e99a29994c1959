"""This module owns the contract as dbt reads it: every view with its columns and what they mean, as `sources.yml`."""

import json

import duckdb

from analytics.dictionary import about, columns, describe
from analytics.version.marts import CONTRACT, PUBLISHED

_HEAD = f"""# Generated: whichad analytics dictionary --dbt
version: 2
sources:
  - name: whichad
    description: "What whichad publishes: views that stay as they are, with new columns now and then."
    database: whichad
    schema: {CONTRACT}
    tables:
"""


def page(connection: duckdb.DuckDBPyConnection) -> str:
    """The sources as YAML, from a published file; strings as JSON writes them, which YAML reads."""
    lines = []
    for mart in PUBLISHED:
        what, grain, promise = about(mart)
        said = f"{what[0].upper()}{what[1:]}. One row per ({', '.join(grain)}). Promise: {promise}."
        lines += [f"      - name: {mart}", f"        description: {_text(said)}", "        columns:"]
        for name, kind in columns(connection, mart):
            lines += [
                f"          - name: {name}",
                f"            data_type: {_text(kind.lower())}",
                f"            description: {_text(describe(mart, name))}",
            ]
    return _HEAD + "\n".join(lines) + "\n"


def _text(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
