"""This module owns the page of a profile: how to set it up and what it maps, made from its TOML."""

from pathlib import Path

from ingest.auth.scheme import WITHOUT_KEY
from ingest.mapping.operations import paths_of
from ingest.mapping.rules import Rule
from ingest.mapping.ways import Way
from ingest.profile import Profile, profile, shipped
from ingest.senders.pasting import script_of, url_of

SCHEMES = {
    "standard_webhooks": "Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`; v1 and v1a)",
    "stripe": "`Stripe-Signature`, 300 seconds",
    "bearer": "`Authorization: Bearer …`",
    "basic": "HTTP Basic",
    "origin": "the page's origin, which the sender lists under `origins`; a script without a browser can claim any",
    "none": "none: anybody who knows the address may post",
}

REPEATS = {
    "replace": "another payload of the same conversion is its newest version",
    "ignore": "the first one counts",
    "add": "each one that differs is a conversion of its own",
}


def write(folder: Path) -> int:
    """Write `<profile>.md` for every shipped profile, and an index; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: profile(name) for name in sorted(shipped())}
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
    macros = ", with the platform's own macros" if each.url else ""
    host, is_page = "https://<your host>", each.auth.scheme == "origin"
    to_paste = script_of(host, "<name>") if is_page else url_of(host, "<name>", each, each.auth, "<secret>")
    what = "line" if is_page else "address"
    lines += [f"The {what} to paste, as `senders add` prints it{macros}:", "", "```", to_paste, "```", ""]
    lines += ["## How it is read", "", "| | |", "|---|---|", *_facts(each), ""]
    if choices := _choices(each):
        lines += ["## What you choose", "", "With `--option key=choice`, or under `options` of the sender.", "",
                  "| option | choices | means |", "|---|---|---|", *choices, ""]  # fmt: skip
    if each.items:
        lines += ["## Events", "", "| when | becomes |", "|---|---|", *(_rule(rule) for rule in each.items), ""]
    if each.fields:
        lines += ["## Fields", "", "| field | from |", "|---|---|"]
        lines += [f"| `{key}` | {_way(way)} |" for key, way in sorted(each.fields.items())]
        lines.append("")
    if each.read.columns:
        lines += ["## Columns of its exports", "", "Capitals, spaces and punctuation make no difference.", "",
                  "| read as | headings |", "|---|---|"]  # fmt: skip
        for column, headings in each.read.columns.items():
            lines.append(f"| `{column}` | {_cell(', '.join(f'`{heading}`' for heading in headings))} |")
        lines.append("")
    confirmed = " ".join((each.confirmed or "nothing yet").split())
    lines += ["## What is proven", "", f"Confirmed by: {confirmed}.", ""]
    if each.unconfirmed:
        lines += ["Not confirmed by a document yet:", "", *(f"- {text}" for text in each.unconfirmed), ""]
    if each.docs:
        lines += ["Documentation:", "", *(f"- {doc}" for doc in each.docs)]
    return "\n".join(lines).rstrip() + "\n"


def _choices(each: Profile) -> list[str]:
    """A row for each option, and for `repeats` where a platform posts one conversion several times."""
    rows = [
        (key, tuple(option.choices), option.default, option.about)
        for key, option in each.options.items()
        if not option.follows  # another option decides it
    ]
    if each.items and (each.kind == "tracker" or each.repeats != "replace"):
        rows.append(("repeats", tuple(REPEATS), each.repeats, "; ".join(f"{k}: {v}" for k, v in REPEATS.items())))
    return [
        f"| `{key}` | {', '.join(f'**`{c}`**' if c == usual else f'`{c}`' for c in choices)} | {_cell(about)} |"
        for key, choices, usual, about in rows
    ]


def _facts(each: Profile) -> list[str]:
    rows = {
        "authentication": SCHEMES.get(each.auth.scheme, _scheme(each)),
        "the secret": "" if each.auth.scheme in WITHOUT_KEY else _maker(each),
        "methods": ", ".join(each.methods),
        "paths": ", ".join(f"`/{suffix}`" for suffix in each.suffixes),
        "deliveries a second": f"{each.rate_per_second:g}, or as the sender says" if each.rate_per_second else "",
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


def _maker(each: Profile) -> str:
    return "the platform makes it" if each.is_secret_theirs else "we make it"


def _scheme(each: Profile) -> str:
    auth = each.auth
    if auth.scheme == "hmac":
        names = " or ".join(f"`{name}`" for name in auth.header_names)
        return f"{auth.encoding} HMAC-{auth.algorithm.upper()} of the body in {names}"
    places = [f"`?{name}=`" for name in auth.query] + [f"`{name}`" for name in auth.header_names]
    return "a token in " + " or ".join(places + (["the path"] if auth.path else []))


def _rule(rule: Rule) -> str:
    when = "; ".join(f"`{path}` {' or '.join(_wanted(each) for each in wanted)}" for path, wanted in rule.when.items())
    what = f"ignored: {rule.why}" if rule.type == "ignore" else f"`{rule.type}`" if rule.type else _type_of(rule)
    each = f", one for each of `{rule.each}`" if rule.each else ""
    return f"| {_cell(when) or 'anything else'} | {_cell(what)}{each} |"


def _type_of(rule: Rule) -> str:
    """Where a rule reads its type: the rule speaks only of records that name one of ours there."""
    read = " or ".join(f"`{path}`" for path in dict.fromkeys(paths_of(rule.type_of or Way())))
    return f"the type that {read} names, where it is one of ours"


def _wanted(text: str) -> str:
    if text.startswith("=") and len(text) > 1:
        return f"is the same as `{text[1:]}`"
    return {"*": "is there", "": "is not there"}.get(text, f"= `{text}`")


def _way(way: Way) -> str:
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
