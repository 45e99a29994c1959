"""This module owns calling a Dash callback as a browser would, from its own description of itself, by any client."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any


def payload(
    dependencies: Sequence[Mapping[str, Any]], output: str, changed: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """What a browser posts to the callback with `output` among its outputs when `changed` (`id.property`) has changed.

    `values` are those of inputs and states, by `id.property`; what is left out is null, or no such row.
    """
    wanted = re.compile(rf"(^|\.\.){re.escape(output)}($|@|\.\.)")
    fitting = [each for each in dependencies if wanted.search(each["output"])]
    found = next(each for each in fitting if any(_fits(given, changed) for given in each["inputs"]))
    return {
        "output": found["output"],
        "outputs": [_place(name) for name in found["output"].strip(".").split("...")],
        "inputs": [_given(each, changed, values) for each in found["inputs"]],
        "state": [_given(each, changed, values) for each in found["state"]],
        "changedPropIds": [changed],
    }


def _fits(given: Mapping[str, str], changed: str) -> bool:
    ident = changed.rpartition(".")[0]
    if not given["id"].startswith("{") or not ident.startswith("{"):
        return given["id"] == ident
    return bool(json.loads(given["id"])["type"] == json.loads(ident)["type"])


def _place(name: str) -> dict[str, str]:
    ident, _, prop = name.rpartition(".")
    return {"id": ident, "property": prop}


def _given(each: Mapping[str, str], changed: str, values: Mapping[str, Any]) -> Any:
    """One input; of a row's buttons (`ALL`) the one that `changed` names."""
    ident, prop = each["id"], each["property"]
    if not ident.startswith("{"):
        return {"id": ident, "property": prop, "value": values.get(f"{ident}.{prop}")}
    rows = {key: value for key, value in {changed: 1, **values}.items() if key.startswith("{")}
    return [
        {"id": json.loads(name.rpartition(".")[0]), "property": prop, "value": value}
        for name, value in rows.items()
        if json.loads(name.rpartition(".")[0])["type"] == json.loads(ident)["type"]
    ]
