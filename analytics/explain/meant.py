"""This module owns which creatives somebody means: by a creative_id, a whole text, or a part of one."""

from itertools import islice

import duckdb

from ingest.creative import identify

CANDIDATES_MAX = 20
# Of the last build, or of the published file.
_TITLED = {
    "work.creatives": "select creative_id, creative_text from work.creatives where creative_id in ($what, $meant)",
    "creatives": "select creative_id, creative_text from creatives where creative_id in ($what, $meant)",
}
_TITLES = {
    "work.creatives": "select creative_id, creative_text from work.creatives order by last_seen desc, creative_id",
    "creatives": "select creative_id, creative_text from creatives order by last_seen desc, creative_id",
}


def candidates(
    connection: duckdb.DuckDBPyConnection, what: str, table: str = "work.creatives"
) -> list[tuple[str, str]]:
    """(creative_id, text) of the creative of that id or with that whole text, else of those that hold it, folded as
    texts are folded; CANDIDATES_MAX at most."""
    meant = identify(what)
    if found := connection.execute(_TITLED[table], {"what": what, "meant": meant.creative_id}).fetchall():
        return found
    part = meant.key or what.lower()
    titles = connection.execute(_TITLES[table]).fetchall()
    holding = (row for row in titles if part in (identify(row[1]).key or row[1].lower()))
    return list(islice(holding, CANDIDATES_MAX))
