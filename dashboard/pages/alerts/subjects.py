"""This module owns the words for what a rule speaks of: a creative in its scope, a sender, a network's money."""

import json
from collections.abc import Collection
from pathlib import Path

from analytics.alerts import events
from analytics.alerts.findings.looking import short

LOOKED_AT_MAX = 1000  # of the newest events, for an ad's text: the store of a subject has its id only
Key = tuple[str, str]  # a rule's id, and the subject as the store keeps it


def in_words(data_dir: Path, wanted: Collection[Key]) -> dict[Key, str]:
    """Subject by subject what it is, such as `“Quiet SUVs of 2026” · facebook · 2384`. Raises StoreError."""
    if not wanted:
        return {}
    texts: dict[Key, dict[str, str]] = {}
    for each in events.listed(data_dir, limit=LOOKED_AT_MAX):
        text, creative = each.data.get("creative_text"), each.data.get("creative_id") or each.data.get("key")
        if isinstance(text, str) and isinstance(creative, str):
            texts.setdefault((each.rule_id, each.subject), {})[creative] = text
    return {key: _words(key[1], texts.get(key, {})) for key in wanted}


def _words(subject: str, texts: dict[str, str]) -> str:
    try:
        parts = json.loads(subject)
    except ValueError:
        return subject
    if not isinstance(parts, list):
        return subject
    told = [str(part) for part in parts if part is not None]
    return " · ".join(short(texts[part], part) if part in texts else part for part in told)
