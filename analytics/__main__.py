"""This module owns analytics' commands: `python -m analytics …`, the same verbs as `whichad analytics …`.

Each is loaded when it is called: `sql` needs neither the models nor what the statistics need.
"""

import typer

from ingest.terminal.deferring import deferring

ELSEWHERE = {
    "alerts": "analytics.alerts.commands:app",
    "build": "analytics.build_commands:build",
    "refresh": "analytics.build_commands:refresh",
    "check": "analytics.build_commands:check",
    "export": "analytics.export.command:export_mart",
    "compare": "analytics.compare.command:compare_command",
    "diff": "analytics.history.diff_command:diff_command",
    "explain": "analytics.explain.command:explain_command",
    "words": "analytics.text_lift.command:words_command",
    "experiments": "analytics.experiments.command:experiments_command",
    "report": "analytics.report.command:report_command",
    "serve-sql": "analytics.serving.command:serve_sql_command",
    "sql": "analytics.querying.command:sql_command",
    "dictionary": "analytics.export.command:dictionary_page",
}
app = typer.Typer(
    cls=deferring(ELSEWHERE),
    no_args_is_help=True,
    help="Work out what every creative earned: build, check, publish, look.",
    epilog="Analysts: duckdb -readonly data/creatives.duckdb; data/README.md explains every column.",
)


@app.callback()
def main() -> None:
    """Work out what every creative earned: build, check, publish, look."""


if __name__ == "__main__":
    app()
