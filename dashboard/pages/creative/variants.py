"""This module owns the panels of raw texts: every way in which the creative's text came, and what feeds ruled on it."""

import pandas as pd

from dashboard import numbers
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.pages.creative.choosing import nothing_listed
from dashboard.pages.creative.chosen import Chosen, alone, chosen
from dashboard.pages.creative.differences import CHARACTERS_MAX, pieces, words
from dashboard.panels.panel import Column, Rows
from dashboard.reading import frame

VARIANTS_MAX, RULINGS_MAX = 60, 300
_VARIANTS = """
select variant_id, any_value(creative_raw) as raw, any_value(creative_text) as own, any_value(status) as status,
  any_value(flags) as flags, bool_or(truncated) as truncated, bool_or(shorter_than_known_text) as shorter,
  bool_and(complete) as complete, sum(interactions)::bigint as interactions, sum(non_human)::bigint as non_human,
  count(distinct (network, account_id, ad_id)) as ads, min(first_seen) as first_seen, max(last_seen) as last_seen,
  (sum(interactions) / nullif(sum(sum(interactions)) over (), 0))::double as share, count(*) over () as found
from rac_compliance where creative_id = $creative and variant_id is not null and {filters}
group by variant_id order by interactions desc, variant_id limit $most"""
_RULINGS = """
select network, account_id, ad_id, creative_text, complete, truncated, shorter_than_known_text as shorter, equals_terms,
  longest_known_then, status, first_seen, last_seen, interactions, array_to_string(list_sort(senders), ', ') as senders,
  compliance_status, compliance_explanation, compliance_checked_at, compliance_changed_at, compliance_sender,
  count(*) over () as found
from rac_compliance where creative_id = $creative and {filters}
order by complete nulls first, compliance_status is null, interactions desc, network, ad_id, variant_id limit $most"""
COLUMNS = (
    Column("raw", "As it came, with what differs marked", width=460, renderer="Differences", sortable=False),
    Column("says", "What differs", width=260, wrap=True),
    Column("interactions", "Interactions", "count", 104, tip="Human interactions that carried it, of all days"),
    Column("share", "Share", "share", 80),
    Column("ads", "Ads", "count", 70),
    Column("non_human", "Not human", "count", 92),
    Column("first", "First seen", "moment", 140, tip="UTC"),
    Column("last", "Last seen", "moment", 140, tip="UTC"),
)
RULING_COLUMNS = (
    Column("ad", "Ad", width=170),
    Column("network", "Network", width=96),
    Column("sent", "Text as sent", width=300, wrap=True),
    Column("whole", "The whole text?", width=250, wrap=True),
    Column("ruling", "Feed's ruling", width=130),
    Column("why", "Why, in the feed's words", width=240, wrap=True),
    Column("checked", "Checked", width=150),
    Column("changed", "Ruling changed", width=150),
    Column("interactions", "Interactions", "count", 104),
    Column("senders", "Senders", width=130),
    Column("first", "First sent", "moment", 140, tip="UTC"),
    Column("last", "Last sent", "moment", 140, tip="UTC"),
)


def fill(look: Look) -> Rows:
    """The raw texts, the most frequent first."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    found = _asked(look, creative, _VARIANTS, VARIANTS_MAX)
    shown = [_variant(row, creative) for row in found.to_dict("records")]
    note = "Raw texts of all days, not of the period alone: they fold into this one creative and are never counted apart."
    empty = "No raw text came with its traffic: it is known by its ad, or by the ad catalogue's text."
    return Rows(COLUMNS, shown, note + _more(found, VARIANTS_MAX) if shown else "", empty)


def rulings(look: Look) -> Rows:
    """The texts sent with each ad: whether they were complete, and what the feed ruled."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    found = _asked(look, creative, _RULINGS, RULINGS_MAX)
    shown = [_ruling(row, at) for at, row in enumerate(found.to_dict("records"))]
    note = f"{_ruled(found)} What is not complete comes first."
    return Rows(RULING_COLUMNS, shown, note + _more(found, RULINGS_MAX) if shown else "", "No ad was seen with this text.")


def _asked(look: Look, creative: Chosen, sql: str, most: int) -> pd.DataFrame:
    filters = where(alone(look), "rac_compliance")
    values = {"creative": creative.creative_id, "most": most, **filters.values}
    return frame(look.real, sql.format(filters=filters.sql), values)


def _variant(row: dict[object, object], creative: Chosen) -> dict[str, object]:
    raw, own = _text(row["raw"]), _text(row["own"])
    found = pieces(raw, creative.text)
    return {
        "id": row["variant_id"],
        "raw": raw if len(raw) <= CHARACTERS_MAX else f"{raw[:CHARACTERS_MAX]}… ({len(raw):,} characters)",
        "pieces": [[piece.kind, piece.text] for piece in found],
        "says": words(raw, creative.text, own, _text(row["flags"]), row["truncated"] is True or row["shorter"] is True),
        **{name: row[name] for name in ("interactions", "share", "ads", "non_human")},
        "first": _moment(row["first_seen"]),
        "last": _moment(row["last_seen"]),
    }


def _ruling(row: dict[object, object], at: int) -> dict[str, object]:
    ruled = _text(row["compliance_status"])
    return {
        "id": str(at),
        "ad": _text(row["ad_id"]) or "no ad told",
        "network": _text(row["network"]) or "n/a",
        "sent": _text(row["creative_text"]),
        "whole": whole(row),
        "ruling": ruled or "none came",
        "why": _text(row["compliance_explanation"]),
        "checked": _text(row["compliance_checked_at"]),
        "changed": _text(row["compliance_changed_at"]),
        "interactions": row["interactions"],
        "senders": _text(row["senders"]),
        "first": _moment(row["first_seen"]),
        "last": _moment(row["last_seen"]),
    }


def whole(row: dict[object, object]) -> str:
    """Whether a text that was sent was the ad's whole text, and if not why, in words."""
    if row["complete"] is True:
        then = "" if row["longest_known_then"] is not False else "; a longer text of this ad was known when it was last sent"
        return f"Complete{then}"
    why = [
        said
        for name, said in (("truncated", "cut off"), ("shorter", "shorter than a text known of this ad"),
                           ("equals_terms", "only the search term"))
        if row[name] is True
    ]  # fmt: skip
    status = _text(row["status"])
    if status and status != "ok":
        why.append(status.replace("_", " "))
    return "Not complete: " + (", ".join(why) or "it looks like an ad's name")


def _ruled(found: pd.DataFrame) -> str:
    """How many of the listed texts are complete, and which rulings came."""
    complete = int((found["complete"] == True).sum())  # noqa: E712 - a column with nulls
    rulings_ = found["compliance_status"].dropna().value_counts()
    said = ", ".join(f"{name} {numbers.count(count)}" for name, count in rulings_.items())
    return f"{numbers.count(complete)} of {numbers.count(len(found))} are complete; rulings: {said or 'none came'}."


def _more(found: pd.DataFrame, most: int) -> str:
    many = int(found["found"].iloc[0]) if len(found) else 0
    return f" The first {most} of {numbers.count(many)} are listed." if many > most else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: object) -> object:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) and not pd.isna(value) else None
