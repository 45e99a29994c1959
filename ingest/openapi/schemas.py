"""This module owns the shapes of the machine-readable contract: the canonical payload and our answers as JSON Schema.

Every field is taken from the parser's own tables, so that the document cannot promise what the parser does not read.
"""

from typing import Any

from ingest.items import fields
from ingest.items.item import INTERACTION_TYPES, REPORT_LEVELS, REVENUE_STAGES, STATEMENT_TYPES, TRAFFIC
from ingest.payload import COUNT_FIELDS, CREATIVE_ALIASES, ID_FIELDS, MONEY_FIELDS, TEXT_FIELDS
from ingest.rejection import REASONS, REFUSALS

Schema = dict[str, Any]

UNDECODABLE = tuple(code for code, refusal in REFUSALS.items() if refusal.status == 400)
# What a type cannot do without, beside `type`; the ways out of a choice stand in _CHOICES.
_NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(INTERACTION_TYPES, ("id", "occurred_at")),
    "revenue": ("id", "occurred_at", "revenue"), "refund": ("id", "occurred_at", "revenue"),
    "report": ("day", "level"), "settlement": ("day", "revenue"), "ad": ("ad_id",),
}  # fmt: skip
_CHOICES: dict[str, list[Schema]] = {
    "revenue": [{"required": ["transaction_id"]}, {"required": ["click_id"]}],
    "report": [{"properties": {"level": {"const": each}}, "required": [f"{each}_id"]} for each in REPORT_LEVELS],
}
_ABOUT = {
    "referrerAdCreative": "The literal, complete text of the ad; also taken as " + ", ".join(CREATIVE_ALIASES) + ".",
    "currency": "ISO 4217; else the sender's.",
    "day": "A label in its account's zone, never shifted.",
    "consent": "`denied` drops what could follow a person.",
    "properties": f"Anything, at most {fields.PROPERTIES_BYTES_MAX >> 10} KiB; unknown keys go here, too.",
    "count": "How many equal events this item stands for; 1 where it is not there.",
}


def schemas() -> dict[str, Schema]:
    """The component schemas by name: one per item type, the item, the delivery, and our answers."""
    kinds = (*INTERACTION_TYPES, *STATEMENT_TYPES)
    mapping = {kind: f"#/components/schemas/{name_of(kind)}" for kind in kinds}
    items: Schema = {
        "description": "One interaction or statement; `type` says which. What no field reads goes to `properties`.",
        "oneOf": [{"$ref": each} for each in mapping.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }
    batch: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}
    either: Schema = {"oneOf": [{"$ref": "#/components/schemas/Item"}, batch]}
    return {**{name_of(kind): _kind(kind) for kind in kinds}, "Item": items, "Delivery": either, **_answers()}


def name_of(kind: str) -> str:
    """The schema's name of an item type: `ad_click` is `AdClick`."""
    return "".join(part.capitalize() for part in kind.split("_"))


def _kind(kind: str) -> Schema:
    needs = _NEEDS[kind]
    properties = {name: each if name in needs else _optional(each) for name, each in _fields().items()}
    properties["type"] = {"type": "string", "const": kind}
    choice = {"anyOf": _CHOICES[kind]} if kind in _CHOICES else {}
    return {
        "type": "object",
        "required": ["type", *needs],
        "properties": properties,
        "additionalProperties": True,
        **choice,
    }


def _fields() -> dict[str, Schema]:
    identity: Schema = {"type": ["string", "integer"], "maxLength": fields.ID_BYTES_MAX}
    text: Schema = {"type": "string", "maxLength": fields.TEXT_BYTES_MAX}
    money: Schema = {"type": ["string", "number"], "pattern": r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?\s*$"}
    count: Schema = {"type": ["integer", "string"], "minimum": 0, "maximum": fields.COUNT_MAX, "pattern": r"^\d+$"}
    moment: Schema = {"type": ["string", "number"], "description": "RFC 3339, or unix seconds or milliseconds."}
    day: Schema = {"type": "string", "format": "date"}
    found: dict[str, Schema] = {
        "type": {"type": "string"},
        **dict.fromkeys(ID_FIELDS, identity), **dict.fromkeys(TEXT_FIELDS, text),
        **dict.fromkeys(MONEY_FIELDS, money), **dict.fromkeys(COUNT_FIELDS, count),
        **dict.fromkeys(("occurred_at", "updated_at", "valid_from"), moment),
        "day": day, "level": _one_of(REPORT_LEVELS), "revenue_stage": _one_of(REVENUE_STAGES),
        "traffic": _one_of(TRAFFIC), "consent": _one_of(("granted", "denied")),
        "currency": {"type": "string", "pattern": "^\\s*[A-Za-z]{3}\\s*$"},
        "click_ids": {"type": "object", "additionalProperties": _optional(identity)},
        "properties": {"type": "object", "additionalProperties": True},
    }  # fmt: skip
    return {name: {**each, "description": _ABOUT[name]} if name in _ABOUT else each for name, each in found.items()}


def _one_of(choices: tuple[str, ...]) -> Schema:
    return {"type": "string", "enum": list(choices)}


def _optional(schema: Schema) -> Schema:
    """What may also be null or empty, which is as if it were not there."""
    return {"anyOf": [schema, {"type": "null"}, {"const": ""}]}


def _answers() -> dict[str, Schema]:
    problem = {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "One sentence for people."},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(REFUSALS), "description": "For programs; it does not change."},
        "retryable": {"type": "boolean", "description": "Whether the very same request may succeed later."},
        "detail": {"type": "string"},
    }
    result = {
        "index": {"type": ["integer", "null"], "description": "The item's place; null where the body is meant."},
        "id": {"type": ["string", "null"]},
        "result": {"type": "string", "enum": ["quarantined", "ignored"]},
        "reason": {"type": "string", "enum": sorted({*REASONS, *UNDECODABLE, "ignored"})},
        "detail": {"type": "string"},
    }
    results = {"type": "array", "items": {"$ref": "#/components/schemas/Result"}}
    answer = {
        "receipt": {"type": "string", "pattern": "^d[0-9a-f]{25}\\.[0-9a-f]{64}$"},
        "accepted": {"type": "integer", "minimum": 0}, "quarantined": {"type": "integer", "minimum": 0},
        "results": results, "warnings": {"type": "array", "items": {"type": "string"}},
    }  # fmt: skip
    return {
        "Problem": _closed(problem, "detail"),
        "Result": _closed(result),
        "Answer": _closed(answer),
        "Validated": _closed(_validated(answer), "problem"),
        "Health": _closed({"ok": {"type": "boolean"}}),
        "Readiness": _closed(_readiness()),
    }


def _validated(answer: Schema) -> Schema:
    rows = {"type": "array", "items": {"type": "object"}}
    return {
        "sender": {"type": "string"}, "profile": {"type": "string"}, "stored": {"const": False},
        "would_answer": {"type": "integer", "enum": [200, 400, 422]},
        "accepted": rows, "quarantined": rows, "ignored": {"type": "integer", "minimum": 0},
        "results": answer["results"], "warnings": answer["warnings"],
        "problem": {"$ref": "#/components/schemas/Problem"},
    }  # fmt: skip


def _readiness() -> Schema:
    numbers = ("workers", "workers_configured", "segments", "free_bytes", "backlog_segments", "backlog_bytes")
    checks = ("workers", "journal_writable", "disk", "backlog")
    return {
        "ok": {"type": "boolean"},
        "checks": _closed({name: {"type": "boolean"} for name in checks}),
        "settings": _closed({
            "ok": {"type": "boolean"},
            "sentence": {"type": "string"},
            "needs_restart": {"type": "array", "items": {"type": "string"}},
        }),
        **{name: {"type": "integer", "minimum": 0} for name in numbers},
    }  # fmt: skip


def _closed(properties: Schema, *optional: str) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}
