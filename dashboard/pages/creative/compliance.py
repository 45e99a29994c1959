"""This module owns the panel of compliance: the texts sent with each ad, were they whole, what feeds ruled."""

import pandas as pd

from dashboard import numbers
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.pages.creative.choosing import nothing_listed
from dashboard.pages.creative.chosen import Row, alone, chosen
from dashboard.pages.creative.variants import more, text_of
from dashboard.panels.panel import Column, Rows
from dashboard.reading import frame, records

RULINGS_MAX = 300
_RULINGS = """
select network, account_id, ad_id, creative_text, complete, truncated, shorter_than_known_text as shorter, equals_terms,
  longest_known_then, status, first_seen, last_seen, interactions, array_to_string(list_sort(senders), ', ') as senders,
  compliance_status, compliance_explanation, compliance_checked_at, compliance_changed_at, compliance_sender,
  count(*) over () as found
from rac_compliance where creative_id = $creative and {filters}
order by complete nulls first, compliance_status is null, interactions desc, network, ad_id, variant_id limit $most"""
COLUMNS = (
    Column("ad", "Ad", width=170),
    Column("network", "Network", width=96),
    Column("sent", "Text as sent", width=300, wrap=True),
    Column("whole", "The whole text?", width=250, wrap=True),
    Column("ruling", "Feed's ruling", width=130),
    Column("why", "Why, in the feed's words", width=240, wrap=True),
    Column("checked", "Checked", width=150),
    Column("changed", "Ruling changed", width=150),
    Column("interactions", "Interactions", "count", 118),
    Column("senders", "Senders", width=130),
    Column("first", "First sent", "moment", 140, tip="UTC"),
    Column("last", "Last sent", "moment", 140, tip="UTC"),
)


def fill(look: Look) -> Rows:
    """The texts sent with each ad: whether they were complete, and what the feed ruled."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    filters = where(alone(look), "rac_compliance")
    values = {"creative": creative.creative_id, "most": RULINGS_MAX, **filters.values}
    found = frame(look.real, _RULINGS.format(filters=filters.sql), values)
    shown = [_ruling(row, at) for at, row in enumerate(records(found))]
    note = f"{_ruled(found)} What was not whole comes first."
    return Rows(COLUMNS, shown, note + more(found, RULINGS_MAX) if shown else "", "No ad was seen with this text.")


def _ruling(row: Row, at: int) -> dict[str, object]:
    ruled = text_of(row["compliance_status"])
    return {
        "id": str(at),
        "ad": text_of(row["ad_id"]) or "no ad told",
        "network": text_of(row["network"]) or "n/a",
        "sent": text_of(row["creative_text"]),
        "whole": whole(row),
        "ruling": ruled or "none came",
        "why": text_of(row["compliance_explanation"]),
        "checked": text_of(row["compliance_checked_at"]),
        "changed": text_of(row["compliance_changed_at"]),
        "interactions": row["interactions"],
        "senders": text_of(row["senders"]),
        "first": row["first_seen"],
        "last": row["last_seen"],
    }


def whole(row: Row) -> str:
    """Whether a text that was sent was the ad's whole text, and if not why, in words."""
    if row["complete"] is True:
        then = "" if row["longest_known_then"] is not False else "; a longer text of it was known then"
        return f"Complete{then}"
    why = [
        said
        for name, said in (("truncated", "cut off"), ("shorter", "shorter than a text known of this ad"),
                           ("equals_terms", "only the search term"))
        if row[name] is True
    ]  # fmt: skip
    status = text_of(row["status"])
    if status and status != "ok":
        why.append(status.replace("_", " "))
    return "Not complete: " + (", ".join(why) or "it looks like an ad's name")


def _ruled(found: pd.DataFrame) -> str:
    """How many of the listed texts are complete, and which rulings came."""
    complete = int((found["complete"] == True).sum())  # noqa: E712 - a column with nulls
    rulings_ = found["compliance_status"].dropna().value_counts()
    said = ", ".join(f"{name} {numbers.count(count)}" for name, count in rulings_.items())
    whole_ones = f"{numbers.count(complete)} of {numbers.count(len(found))} texts were sent whole"
    return f"{whole_ones}; rulings: {said or 'none came'}."
