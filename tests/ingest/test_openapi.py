"""This module owns the promises of the machine-readable contract: valid, complete, of the senders as configured."""

import json
import re
import time
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from payloads import CONTRACT, TIME, context
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from running import ROOT, SECRET, Ingest, proofs
from werkzeug.exceptions import HTTPException

from ingest.app import Front, create_app
from ingest.config import IngestSettings, Sender
from ingest.items.item import INTERACTION_TYPES, STATEMENT_TYPES
from ingest.listening.admin import admin_app
from ingest.openapi import document
from ingest.openapi.schemas import UNDECODABLE, name_of
from ingest.payload import KNOWN, parse_item
from ingest.profile import names, profile
from ingest.rejection import REASONS, REFUSALS, ItemRefusedError, problem
from ingest.senders.origin import origins

METHODS = {"get", "head", "options", "post"}
ALL = {name.replace("_", "-"): Sender(profile=name, **proofs(name)) for name in names()}
ALL["anybody"] = Sender(profile="voluum", auth="none")
ALL["lenient"] = Sender(secrets=(SECRET,), strict=False)
MINIMAL: dict[str, dict[str, Any]] = {
    **{kind: {"id": "1", "occurred_at": TIME} for kind in INTERACTION_TYPES},
    "revenue": {"id": "1", "occurred_at": TIME, "revenue": "1.5", "click_id": "c"},
    "refund": {"id": "1", "occurred_at": TIME, "revenue": "1.5"},
    "report": {"day": "2026-11-22", "level": "ad", "ad_id": "1"},
    "settlement": {"day": "2026-11-22", "revenue": 1},
    "ad": {"ad_id": 1202},
}


def made(senders: dict[str, Sender], public_url: str | None = None) -> dict[str, Any]:
    """The document of these senders, as JSON brings it."""
    settings = IngestSettings(base_dir=ROOT / "tests", senders=senders)
    return cast(dict[str, Any], json.loads(json.dumps(document(origins(settings), public_url))))


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The document with a sender of every profile."""
    return made(ALL)


def operations(found: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation by path and method."""
    return {(path, m): item[m] for path, item in found["paths"].items() for m in METHODS & item.keys()}


def fits(found: dict[str, Any], schema: str, value: Any) -> bool:
    """Whether a value is what a component schema says."""
    registry: Registry[Any] = Registry().with_resource("urn:all", Resource(contents=found, specification=DRAFT202012))
    validator = OAS31Validator({"$ref": f"urn:all#/components/schemas/{schema}"}, registry=registry)
    return bool(validator.is_valid(value))


def test_it_is_valid_openapi_of_every_profile_and_of_none(whole: dict[str, Any]):
    validate(whole)
    validate(made({}))
    assert made(ALL, "https://ads.example.com/")["servers"] == [{"url": "https://ads.example.com"}]


def test_the_same_settings_make_the_same_document_and_no_secret_is_in_it(whole: dict[str, Any]):
    assert made(ALL) == whole
    assert SECRET not in json.dumps(whole)


def test_every_refusal_stands_under_its_status_with_its_words(whole: dict[str, Any]):
    found = {}
    for response in whole["components"]["responses"].values():
        found |= response["content"]["application/problem+json"]["examples"]
    assert {code: each["value"] for code, each in found.items()} == {
        code: problem(refusal) for code, refusal in REFUSALS.items()
    }
    assert all(fits(whole, "Problem", each["value"]) for each in found.values())
    retryable = {f"Refused{refusal.status}" for refusal in REFUSALS.values() if refusal.retryable}
    answers = whole["components"]["responses"]
    assert {name for name, each in answers.items() if "Retry-After" in each.get("headers", {})} == retryable
    assert {name for name, each in answers.items() if "Allow" in each.get("headers", {})} == {"Refused405"}


def test_every_delivery_may_be_answered_with_every_status(whole: dict[str, Any]):
    statuses = {str(refusal.status) for refusal in REFUSALS.values()}
    for (path, _), operation in operations(whole).items():
        if path.startswith("/webhooks/"):
            assert statuses - set(operation["responses"]) <= {"422"}, path
            assert {"200", "204"} & set(operation["responses"])
    said = {name: "422" in whole["paths"][f"/webhooks/{name}"]["post"]["responses"] for name in ("standard", "lenient")}
    assert said == {"standard": True, "lenient": False}


def rules(app: Flask) -> list[tuple[str, set[str]]]:
    """The routes of an app: a pattern of paths, and the methods."""
    return [
        (re.sub(r"<path:\w+>", ".+", re.sub(r"<\w+>", "[^/]+", rule.rule)), rule.methods or set())
        for rule in app.url_map.iter_rules()
    ]


def test_every_route_is_in_it_and_everything_in_it_is_a_route(whole: dict[str, Any]):
    apps = [create_app(cast(Front, None)), admin_app(IngestSettings(), lambda: 1, dict)]
    for app in apps:
        for pattern, methods in rules(app):
            paths = [path for path in whole["paths"] if re.fullmatch(pattern, path)]
            assert paths, f"{pattern} is not documented"
            documented = {method for path in paths for method in METHODS & whole["paths"][path].keys()}
            assert {"get", "post"} & {method.lower() for method in methods} <= documented
    for path, method in operations(whole):
        assert any(is_routed(app, path, method) for app in apps), (method, path)


def is_routed(app: Flask, path: str, method: str) -> bool:
    """Whether the app has an answer of its own for this."""
    try:
        app.url_map.bind("x").match(path, method.upper())
    except HTTPException:
        return False
    return True


@pytest.mark.parametrize("name", names())
def test_a_sender_has_its_profile_s_methods_addresses_answer_and_sample(whole: dict[str, Any], name: str):
    found, base = profile(name), f"/webhooks/{name.replace('_', '-')}"
    item = whole["paths"][base]
    assert METHODS & item.keys() == {*(method.lower() for method in found.methods), "head", "options"}
    assert {f"{base}/{suffix}" for suffix in found.suffixes} <= whole["paths"].keys()
    assert (f"{base}/{{token}}" in whole["paths"]) is found.auth.path
    operation = item[found.sample.method.lower()]
    kinds = {"json": ["application/json"], "gif": ["image/gif"], "text": ["text/plain"], "empty": []}
    taken = operation["responses"]["204" if found.answer == "empty" else "200"]
    assert list(taken.get("content", ())) == kinds[found.answer] and "Whichad-Receipt" in taken["headers"]
    assert bool(operation["security"]) is (found.auth.scheme != "none")
    schemes = whole["components"]["securitySchemes"]
    assert all(each in schemes for requirement in operation["security"] for each in requirement)
    if found.sample.method == "GET":
        shown = {each["name"]: each.get("example") for each in operation["parameters"] if each["in"] == "query"}
        sample = dict(pair.split("=", 1) for pair in found.sample.query.split("&"))
        assert sample.keys() <= shown.keys() and "@" not in json.dumps(shown)
    else:
        kind = found.sample.headers["content-type"]
        example = operation["requestBody"]["content"][kind]["example"]
        assert example and not re.search(r"@[A-Z]+@", json.dumps(example))


def test_the_contract_s_example_and_our_sample_fit_and_are_parsed(whole: dict[str, Any]):
    example = whole["paths"]["/webhooks/standard"]["post"]["requestBody"]["content"]["application/json"]["example"]
    for value in (CONTRACT, example):
        assert fits(whole, "Item", value) and fits(whole, "Delivery", [value])
        assert parse_item(value, 0, context()).warnings == ()
    assert set(whole["components"]["schemas"]["Click"]["properties"]) >= KNOWN & CONTRACT.keys()
    blank = re.search(r"```json\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert blank and all(fits(whole, "Item", json.loads(line)) for line in blank[1].splitlines())


@pytest.mark.parametrize("kind", [*INTERACTION_TYPES, *STATEMENT_TYPES])
def test_what_the_schema_requires_is_what_the_parser_requires(whole: dict[str, Any], kind: str):
    value = {"type": kind} | MINIMAL[kind]
    assert fits(whole, "Item", value) and parse_item(value, 0, context())
    assert fits(whole, "Item", value | {"referrerAdCreative": None, "anything": [1]})
    for name in value:
        less = {key: each for key, each in value.items() if key != name}
        assert not fits(whole, name_of(kind), less)
        with pytest.raises(ItemRefusedError):
            parse_item(less, 0, context())


@pytest.mark.parametrize(
    "wrong",
    [{"revenue": "much"}, {"ad_id": 1.5}, {"count": -1}, {"traffic": "bot"}, {"rac": 1}, {"referrerAdCreative": 1},
     {"click_ids": []}, {"properties": 1}, {"occurred_at": True}, {"currency": "EURO"}, {"type": "view"}],
)  # fmt: skip
def test_what_the_schema_forbids_the_parser_refuses(whole: dict[str, Any], wrong: dict[str, Any]):
    value = {"type": "click"} | MINIMAL["click"] | wrong
    assert "rac" in wrong or not fits(whole, "Item", value)
    with pytest.raises(ItemRefusedError):
        parse_item(value, 0, context())


def test_the_words_of_results_are_those_of_the_table(whole: dict[str, Any]):
    result = whole["components"]["schemas"]["Result"]["properties"]
    assert set(result["reason"]["enum"]) == {*REASONS, *UNDECODABLE, "ignored"}
    assert {"bad_json", "body_empty", "bad_form"} <= set(UNDECODABLE)


def test_it_is_served_and_printed_and_follows_the_senders(tmp_path: Path):
    with Ingest(tmp_path, {"shop": {}}) as ingest:
        served = ingest.request("GET", "/openapi.json", admin=True)
        assert (served.status, served.headers["content-type"]) == (200, "application/json")
        printed = json.loads(ingest.run("openapi").stdout)
        assert served.json == printed and "/webhooks/shop" in printed["paths"]
        validate(printed)
        added = f'\n[senders.pixel]\nprofile = "system1"\nsecrets = ["{SECRET}"]\n'
        with ingest.config.open("a", encoding="utf-8") as file:
            file.write(added)
        deadline = time.monotonic() + 10
        while "/webhooks/pixel" not in ingest.request("GET", "/openapi.json", admin=True).json["paths"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with ingest.config.open("a", encoding="utf-8") as file:
            file.write("[senders.broken]\nprofile = 'none such'\n")
        kept = ingest.request("GET", "/openapi.json", admin=True)
        assert kept.status == 200 and "/webhooks/pixel" in kept.json["paths"]
