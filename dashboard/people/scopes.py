"""This module owns where an annotation can apply: the networks and campaigns that the published marts know."""

import duckdb

from dashboard.config import Settings
from dashboard.published import NothingPublished, newest, opened

_MOST = 2000
_SQL = """
select distinct network, campaign_id from creative_daily
where network is not null order by network, campaign_id limit ?
"""


def known(settings: Settings) -> tuple[list[str], list[str]]:
    """The networks and the campaigns; none where nothing is published."""
    try:
        with opened(newest(settings.published_link)) as connection:
            rows = connection.execute(_SQL, [_MOST]).fetchall()
    except (NothingPublished, duckdb.Error):
        return [], []
    return sorted({row[0] for row in rows}), sorted({row[1] for row in rows if row[1] is not None})
