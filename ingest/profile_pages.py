"""This module owns the page of a profile: how to set it up and what it maps, made from its TOML."""

from pathlib import Path

from ingest.mapping.rules import Rule
from ingest.mapping.sources import Source
from ingest.profile import Profile, names, profile

SCHEMES = {
    "standard_webhooks": "Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`; v1 and v1a)",
    "stripe": "`Stripe-Signature`, 300 seconds",
    "bearer": "`Authorization: Bearer …`",
    "basic": "HTTP Basic",
    "none": "none: anybody who knows the address may post",
}


def write(folder: Path) -> int:
    """Write `<profile>.md` for every shipped profile, and an index; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: profile(name) for name in names()}
    for name, each in found.items():
        (folder / f"{name}.md").write_text(page(name, each), encoding="utf-8")
    (folder / "README.md").write_text(index(found), encoding="utf-8")
    return len(found)


def index(found: dict[str, Profile]) -> str:
    """The list of all profiles."""
    lines = ["# Profiles", "", "Made from the TOML files in `ingest/profiles` by `whichad ingest senders pages`.", "",
             "| profile | kind | what it is | confirmed |", "|---|---|---|---|"]  # fmt: skip
    for name, each in found.items():
        confirmed = "yes" if not each.unconfirmed else "in part" if each.confirmed else "no"
        lines.append(f"| [{name}]({name}.md) | {each.kind} | {_cell(each.about)} | {confirmed} |")
    return "\n".join(lines) + "\n"


def page(name: str, each: Profile) -> str:
    """One profile as Markdown."""
    lines = [f"# {each.title} (`{name}`)", "", each.about, "", "## Set it up", "",
             f"`whichad ingest senders add <name> --profile {name}`", "", each.setup.strip(), ""]  # fmt: skip
    if each.url:
        lines += ["The query to paste, with the platform's own macros:", "", "```", each.url, "```", ""]
    lines += ["## How it is read", "", "| | |", "|---|---|", *_facts(each), ""]
    if each.options:
        lines += ["## What you choose", "", "| option | choices | means |", "|---|---|---|"]
        for key, option in each.options.items():
            if option.follows:  # another option decides it
                continue
            choices = ", ".join(f"**`{c}`**" if c == option.default else f"`{c}`" for c in option.choices)
            lines.append(f"| `{key}` | {choices} | {_cell(option.about)} |")
        lines.append("")
    if each.items:
        lines += ["## Events", "", "| when | becomes |", "|---|---|", *(_rule(rule) for rule in each.items), ""]
    if each.fields:
        lines += ["## Fields", "", "| field | from |", "|---|---|"]
        lines += [f"| `{key}` | {_way(way)} |" for key, way in sorted(each.fields.items())]
        lines.append("")
    lines += ["## What is proven", "", f"Confirmed by: {each.confirmed or 'nothing yet'}."]
    lines += [f"- Unconfirmed: {text}" for text in each.unconfirmed]
    lines += ["", *(f"Documentation: {doc}" for doc in each.docs)]
    return "\n".join(lines).rstrip() + "\n"


def _facts(each: Profile) -> list[str]:
    rows = {
        "authentication": SCHEMES.get(each.auth.scheme, _scheme(each)),
        "methods": ", ".join(each.methods),
        "paths": ", ".join(f"`/{suffix}`" for suffix in each.suffixes),
        "answer": {"json": "200 with JSON", "gif": "200 with a pixel", "empty": "204",
                   "text": f"200 with `{each.answer_text}`"}[each.answer],
        "bad input": "400 or 422" if each.strict else "200; kept in the quarantine",
        "steps it reports": ", ".join(each.steps) or "none",
        "naive times": each.timezone,
        "currency where none is said": each.currency,
        "money means": each.revenue.means if each.revenue else "",
        "the final figure": each.revenue.final_from if each.revenue else "",
        "repeats": each.repeats,
        "never shown": ", ".join(f"`{path}`" for path in each.redact),
    }  # fmt: skip
    return [f"| {key} | {_cell(value)} |" for key, value in rows.items() if value]


def _scheme(each: Profile) -> str:
    auth = each.auth
    if auth.scheme == "hmac":
        names = " or ".join(f"`{name}`" for name in auth.header_names)
        return f"{auth.encoding} HMAC-{auth.algorithm.upper()} of the body in {names}"
    places = [f"`?{name}=`" for name in auth.query] + [f"`{name}`" for name in auth.header_names]
    return "a token in " + " or ".join(places + (["the path"] if auth.path else []))


def _rule(rule: Rule) -> str:
    when = "; ".join(f"`{path}` {' or '.join(_wanted(each) for each in wanted)}" for path, wanted in rule.when.items())
    what = f"ignored: {rule.why}" if rule.type == "ignore" else f"`{rule.type}`"
    each = f", one for each of `{rule.each}`" if rule.each else ""
    return f"| {_cell(when) or 'anything else'} | {_cell(what)}{each} |"


def _wanted(text: str) -> str:
    return {"*": "is there", "": "is not there"}.get(text, f"= `{text}`")


def _way(way: Source) -> str:
    if way.first:
        return " or ".join(_way(each) for each in way.first)
    parts = way.model_dump(exclude_defaults=True, by_alias=True)
    plain = parts.pop("from", None)
    said = [" or ".join(f"`{path}`" for path in plain)] if plain else []
    said += [f"{key} {_value(value)}" for key, value in parts.items()]
    return _cell(", ".join(said))


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"`{key}` → `{each}`" for key, each in value.items())
    return " and ".join(f"`{each}`" for each in value) if isinstance(value, list | tuple) else f"`{value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
