"""This module owns imports for tests: a folder with senders, files written by us, and what they became in the record.

office = Office(tmp_path, meta={"profile": "meta_insights"})
done = office.take("a.csv", "Day,Ad ID\n2025-11-20,1202\n", "meta")
office.rows("select cost from reports")
"""

from pathlib import Path
from typing import Any

from click.testing import Result
from looking import look
from running import write_config
from typer.testing import CliRunner

from ingest.__main__ import app
from ingest.config import IngestSettings, load
from ingest.importing.asked import Asked
from ingest.importing.load import Imported, import_file
from ingest.store import Record, drain

NOW_COUNTS = (
    "select sender, day, level, network, account_id, campaign_id, adset_id, ad_id, country, impressions, clicks, cost,"
    " platform_conversions, platform_revenue, currency from reports"
    " qualify row_number() over (partition by key_hash order by stated_at desc, content_hash desc) = 1"
    " order by day, ad_id, country"
)


class Office:
    """A data folder with senders, and the files that are brought to it."""

    def __init__(self, folder: Path, limits: dict[str, Any] | None = None, **senders: Any) -> None:
        """`senders` are tables of whichad.toml; the token is ours."""
        made = {name: {"secrets": ["a-token-nobody-guesses"], **sender} for name, sender in senders.items()}
        self.folder = folder
        self.config = write_config(folder, made, **(limits or {}))
        self.settings = load(IngestSettings, self.config)

    def file(self, name: str, content: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def take(self, name: str, content: str | bytes, sender: str, **asked: Any) -> Imported:
        """Import a file, in this process."""
        return self.again(self.file(name, content), sender, **asked)

    def again(self, path: Path, sender: str, **asked: Any) -> Imported:
        """Import a file that is there."""
        return import_file(self.settings, sender, path, Asked(**asked), False)

    def load(self) -> None:
        """Drain the journal into the record."""
        with Record(self.settings.record_path) as record:
            drain(record, self.settings.journal_dir)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the record, after a load."""
        self.load()
        with look(self.settings.record_path) as connection:
            return connection.execute(sql).fetchall()

    def reports(self) -> list[tuple[Any, ...]]:
        """The newest version of each report, without sender: day, level, network, ids, counts, money."""
        return [row[1:] for row in self.rows(NOW_COUNTS)]

    def run(self, *arguments: str) -> Result:
        """`whichad ingest import …` to its end, in this process."""
        return CliRunner().invoke(app, ["import", *arguments, "--config", str(self.config)])
