"""This module owns the promise that no text of a sender or reader becomes SQL: values are bound, texts are ours."""

import ast
import re
from pathlib import Path

import pytest
from running import ROOT
from statements import House

FOLDERS = ("ingest", "analytics", "dashboard", "whichad.py")
# What the lint cannot follow, each with the reason why it is no way in. A row that is not needed is an error, too.
EXEMPT = {
    "analytics/archived/views.py::_of_what_counts: _SEALED.sub(lambda kind: f\"({sealed.replace('archive_rows.kind',"
    " f'archive_rows.{kind[1]}')})\", _without_comments(query))": "Two files of ours, with kinds of ours in them.",
    "analytics/archived/views.py::_using: connection.execute('select current_database()').fetchall()": (
        "The name of the work file."
    ),
    "analytics/why/arriving.py::arrive: item.table": "One of the four tables that hold items.",
    "analytics/why/cells.py::_differing: header(sql('models', mart)).grain": "The header of a model, a file of ours.",
    "analytics/alerts/findings/looking.py::rows: sql": (
        "Called with constants of this folder, columns that conditions.py names, and expressions of metrics.py."
    ),
    "analytics/dictionary.py::about: head.grain": "The header of a model, a file of ours.",
    "analytics/dictionary.py::about: head.promise": "The header of a model, a file of ours.",
    "analytics/dictionary.py::about: head.what": "The header of a model, a file of ours.",
    "analytics/dictionary.py::describe: metric.formula": "A constant of analytics/metrics.py, in quotes.",
    "analytics/dictionary.py::describe: metric.title": "A constant of analytics/metrics.py, in quotes.",
    "analytics/dictionary.py::names: {mart: [] for mart in PUBLISHED}": "The columns of our own tables.",
    "analytics/explain/reading.py::rows: statement": "Called with constants of this module.",
    "analytics/fit/uncertainty.py::_drawn: each.rule": "A rule's name, which rules.py checks.",
    "analytics/ruling/splicing.py::spliced: _LINE.sub(_lines, text)": (
        "A line of a model, a rule's name, and SQL that expression.py wrote itself:"
        " test_rules_of_packages.py::test_what_a_rule_may_not_say_is_refused_and_named."
    ),
    "analytics/incremental/applying.py::_keys: still.moved(way(name).of)": "The names of models, in a header of ours.",
    "analytics/incremental/identity.py::_anew: models": "Called with names of models.",
    "analytics/incremental/identity.py::_anew: self._changed(of)": "Tables that are named after models.",
    "analytics/incremental/identity.py::_changed: model": "A name in a header of ours.",
    "analytics/incremental/identity.py::_is_same: model": "The name of a model.",
    "analytics/incremental/identity.py::_merge: models": "Called with names of models.",
    "analytics/incremental/near.py::_follow: link": "Called with the names of columns of the record.",
    "analytics/incremental/near.py::_follow: which": "`who` or `true`.",
    "analytics/incremental/near.py::_follow_names: which": "`who` or `true`.",
    "analytics/incremental/near.py::_one: query": "Called with constants of this module.",
    "analytics/incremental/near.py::_take: chosen": "Called with constants of this folder.",
    "analytics/incremental/republishing.py::_digest: where": "A condition that `_near` makes of numbers and columns.",
    "analytics/incremental/republishing.py::_near: {f'day_{number}': day for number, day in enumerate(sorted((day for"
    " day in days if day is not None)))}": "Numbers.",
    "analytics/incremental/republishing.py::_otherwise: connection.execute(asked).fetchall()": "The names of marts.",
    "analytics/incremental/republishing.py::_verify: connection.execute(counted).fetchall()": "The names of marts.",
    "analytics/incremental/touched.py::_alone: found.keys": "Columns that a header of ours names.",
    "analytics/incremental/touched.py::_alone: found.of": "The names of models, in a header of ours.",
    "analytics/incremental/touched.py::_days: connection.execute(f'select distinct day from {keys} where day is not"
    " null').fetchall()": "DATEs, which are bound; only their number is in the text.",
    "analytics/incremental/touched.py::_days: {f'day_{n}': day for n, day in enumerate(days)}": "Numbers.",
    "analytics/incremental/touched.py::keys_of: connection.execute(f'describe {table}').fetchall()": (
        "The columns of our own tables."
    ),
    "analytics/incremental/touched.py::keys_of: found.keys": "Columns that a header of ours names.",
    "analytics/incremental/touched.py::keys_of: {name: kind for name, kind, *_ in connection.execute(f'describe"
    " work.{model}').fetchall()}": "The columns and types of our own tables.",
    "analytics/incremental/touched.py::work_out: kind": "`table delta.` or `temp table `.",
    "analytics/incremental/touched.py::work_out: way(model).keys": "Columns that a header of ours names.",
    "analytics/incremental/ways.py::grain: header(sql('models', model)).grain": "The header of a model of ours.",
    "analytics/incremental/worlds.py::_compare: model": "The name of a model.",
    "analytics/incremental/worlds.py::_look: self.last": "Whole numbers, printed as such.",
    "analytics/incremental/worlds.py::_make: _OF_RECORD.sub(f'{_ROWS[world]}.', sql('models', model))": (
        "A model, a file of ours."
    ),
    "analytics/incremental/worlds.py::_make: model": "The name of a model.",
    "analytics/incremental/worlds.py::_make: world": "One of the two worlds of this module.",
    "analytics/incremental/worlds.py::_make_in_both: model": "The name of a model.",
    "analytics/incremental/worlds.py::_make_once: model": "The name of a model.",
    "analytics/incremental/worlds.py::_sum: model": "The name of a model.",
    "analytics/incremental/worlds.py::_sum: way(model).derived": "Expressions in a header of ours.",
    "analytics/incremental/worlds.py::_sum: {name: kind for name, kind, *_ in self.connection.execute(f'describe"
    " work.{model}').fetchall()}": "The columns and types of our own tables.",
    "analytics/incremental/worlds.py::know: models": "Called with names of models.",
    "analytics/incremental/worlds.py::see_rows: _OF_RECORD.sub(f'{rows}.', table)": "Names of this module.",
    "analytics/incremental/worlds.py::see_rows: self.last": "Whole numbers, printed as such.",
    "analytics/why/neighbourhood.py::__call__: statement": "Called with constants of this module and with models.",
    "analytics/why/neighbourhood.py::count: table": "Called with constants of this module.",
    "analytics/publish.py::publish: since": "A path, which is quoted, and moves: their keys are names of marts.",
    "analytics/export/command.py::export_mart: mart": (
        "One of MARTS: export() refuses every other name before it is used."
    ),
    "analytics/querying/child.py::main: json.load(sys.stdin)": (
        "The analyst's own SELECT, by command line, in a process that can read the published file and the archive, and"
        " write nothing: test_querying.py::test_what_it_does_not_do_is_said_in_a_sentence."
    ),
    "analytics/serving/child.py::follow: self._attached.popleft()": "A name of ours with a number.",
    "analytics/serving/child.py::follow: self.connection.execute(_NAMES, bound).fetchall()": (
        "The names of published tables."
    ),
    "analytics/why/without.py::_remove: item.table": "One of the four tables that hold items.",
    "analytics/spark/building.py::_make: handing.files(model)": "The files of a folder, quoted, and our own columns.",
    "analytics/spark/dialect.py::in_spark: tree.sql(**_WRITTEN)": (
        "A model, a file of ours, with its parameters as literals that sqlglot quotes:"
        " test_portable.py::test_a_parameter_becomes_a_literal_of_its_type."
    ),
    "analytics/spark/building.py::build: handing.shapes": "The columns of our own tables.",
    "analytics/spark/shapes.py::spark_type: _DECIMAL.fullmatch(kind)": "Digits.",
    "analytics/spark/dialect.py::(module): ErrorLevel.RAISE": "An option of sqlglot's.",
    "analytics/spark/handing.py::to_duckdb: query": "Called with models, and with constants of this folder.",
    "analytics/spark/handing.py::to_spark: self.shapes": "The columns and types of our own tables.",
    "analytics/spark/handing.py::to_spark: of": "Called with the names of tables.",
    "analytics/spark/handing.py::to_spark: table": "Called with the names of tables.",
    "analytics/spark/record.py::_insert: handing.files(f'of_archive_{table}')": "As in building.py.",
    "analytics/spark/record.py::make: handing.files('texts_in')": "As in building.py.",
    "analytics/spark/record.py::make: handing.shapes": "The columns of our own tables.",
    "dashboard/filtering.py::bound: kept.sql": "A condition of this module, made of its own texts.",
    "dashboard/filtering.py::bound: kept.values": "Values that are bound.",
    "dashboard/filtering.py::period_values: span.first": "A value that is bound: the dict goes beside the text.",
    "dashboard/filtering.py::period_values: span.last": "A value that is bound: the dict goes beside the text.",
    "dashboard/options.py::of_facts: {other: getattr(state, other) for other in _WITHIN.get(name, ()) if"
    " getattr(state, other)}": "Its keys, names of our own _WITHIN, are in the text; its values are bound.",
    "dashboard/pages/attribution/credit.py::ranked: found.rules": "Only how many there are.",
    "dashboard/pages/creative/places.py::fill: place.by": "Columns of the four places of this module.",
    "dashboard/pages/creative/receipts.py::columns_read: measures.PARTS": "Names of our own.",
    "dashboard/pages/creative/sums.py::(module): {name: name for name in (*COUNTS, *MONEY)}": "Names of our own.",
    "dashboard/pages/funnel/steps.py::(module): step.events": "Columns that STEPS names.",
    "dashboard/pages/funnel/steps.py::(module): step.name": "Names of our own STEPS.",
    "dashboard/pages/funnel/steps.py::(module): step.sessions": "Columns that STEPS names.",
    "dashboard/pages/overview/sums.py::cohorts: by": "One of two columns, asked just before.",
    "dashboard/pages/reconcile/gaps.py::(module): part.column": "Columns that PARTS names.",
    "dashboard/pages/reconcile/gaps.py::_bound: choice.currency": "A value that is bound.",
    "dashboard/pages/reconcile/gaps.py::_bound: choice.measure": "A value that is bound.",
    "dashboard/pages/reconcile/gaps.py::_bound: kept.values": "Values that are bound.",
    "dashboard/pages/reconcile/gaps.py::_bound: look.fresh.currency": "A value that is bound.",
    "dashboard/people/attempts.py::_hash: hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()": (
        "A value that is bound."
    ),
    "ingest/archive/gathering.py::_insert: into": "A default, and constants of this module.",
    "ingest/archive/gathering.py::gather: connection.execute(_DECISION).fetchone()": "A shape made of our own columns.",
    "ingest/archive/shape.py::shapes: {kind: _shape(connection, kind) for kind in kinds}": (
        "Names and types of our own columns."
    ),
    "ingest/archive/writing.py::export: connection.execute('select archive_day, count(*) from outgoing group by 1"
    " order by 1').fetchall()": "A DATE: whatever a sender says, it prints as a day.",
    "ingest/forgetting/archive.py::_written: first.kind": "A file that `affected` chose: a key of EDITED.",
    "ingest/forgetting/archive.py::affected: file.kind": "A key of EDITED, which is asked first.",
    "ingest/forgetting/record.py::renew: connection.execute(_TABLES).fetchall()": "The names of the record's tables.",
    "ingest/migrated.py::_migrated: self.migrations": "Constants: MIGRATIONS of each schema.",
    "ingest/inspecting/judged.py::_recorded_as: own.table": "One of the four tables that hold items.",
    "ingest/parsed.py::run: connection.extract_statements(text)": "What its callers give is followed.",
    "ingest/segments/segment.py::_insert: len(values) // _COLUMN_COUNT": "A number: of rows of question marks.",
    "ingest/store/withdraw.py::withdraw: parsed.run(connection, _FOUND).fetchone()": "`kind`, a literal of judge.sql.",
    "ingest/store/withdraw.py::withdraw: statements('contest')": "A file of the package: `_statements` of steps.py.",
    "ingest/store/withdraw.py::withdraw: statements('earlier')": "A file of the package: `_statements` of steps.py.",
    "ingest/store/withdraw.py::withdraw: statements(step)": "A file of the package: `_statements` of steps.py.",
}
# A filter's condition, as a page asks for it: made of our own texts where a Where is made, and nowhere else.
WHERE = re.compile(r"dashboard/pages/[\w/]+\.py::\w+: (condition|filters|kept|others)\.sql")
MAKERS = {"dashboard/filtering.py", "dashboard/pages/creative/chosen.py"}
SAFE = """
from pathlib import Path
COLUMNS = ("a", "b")
_LIST = ", ".join(f"sum({name}) as {name}" for name in COLUMNS)
_QUERY = f"select {_LIST} from t where x = ?"
def _quoted(path: Path) -> str:
    return str(path).replace("'", "\'\'")
def _halved(path):
    return str(path)
def run(connection, value, path):
    for (name,) in connection.execute("select column_name from duckdb_columns() where x = ?", ["t"]).fetchall():
        connection.execute(f"select {name} from t")
    connection.execute(_QUERY, [value])
    connection.execute(f"attach '{_quoted(path)}' as x")
    query = "select 1"
    if value:
        query += " where a = ?"
    carried(connection, query)
def carried(connection, text):
    connection.execute(text, [1])
"""
PLANTED = {
    "a value in an f-string": ('connection.execute(f"select * from t where x = {value}")', "value"),
    "a value in quotes": ("""connection.execute(f"select * from t where x = '{value}'")""", "value"),
    "a value that was formatted": ('connection.execute("select {}".format(value))', "value"),
    "a value that was added": ('connection.execute("select " + value)', "value"),
    "a value by percent": ('connection.execute("select %s" % value)', "'select %s' % value"),
    "a value through a name": ('query = "select 1"\n    query += value\n    connection.execute(query)', "value"),
    "a value through a function": ('carried(connection, f"select {value}")', "value"),
    "a value in a loop": ('for each in value:\n        connection.sql(f"drop table {each}")', "value"),
    "an attribute of a request": ("connection.execute(value.query)", "value.query"),
    "doubled quotes without quotes around": (
        'connection.execute(f"attach {_quoted(value)} as x")', "value",
    ),
    "a function that only looks as if it doubled them": (
        'connection.execute(f"attach \'{_halved(value)}\' as x")', "value",
    ),
    "what a sender wrote, read from a table": (
        'connection.execute(f"select {connection.execute(\'select id from t\').fetchone()}")',
        "connection.execute('select id from t').fetchone()",
    ),
    "a statement that is handed on": ("return connection.execute", "connection.execute"),
    "a text that is parsed once": ('parsed.run(connection, f"drop table {value}")', "value"),
    "many rows": ('connection.executemany(f"insert into {value} values (?)", [])', "value"),
    "a script": ("connection.executescript(value)", "value"),
    "a call of another library": ("connection.execute(unknown())", "unknown()"),
    "the text as a keyword": ("connection.execute(query=value)", "value"),
}  # fmt: skip


@pytest.fixture(scope="module")
def house() -> House:
    return House(ROOT, FOLDERS)


def test_every_statement_is_made_of_our_own_texts(house: House):
    found = {finding.key: finding for finding in house.findings()}
    unknown = [
        f"{each.file}:{each.line} {key}"
        for key, each in sorted(found.items())
        if not (key in EXEMPT or WHERE.fullmatch(key))
    ]
    assert unknown == [], "bind the value with ?, or say in EXEMPT why it can be no text from outside"
    assert sorted(EXEMPT) == sorted(key for key in found if key in EXEMPT), "a row of EXEMPT that nothing needs"
    assert house.statements() > 150


def test_conditions_are_made_in_two_places_of_literals():
    made = {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in (ROOT / "dashboard").rglob("*.py")
        if re.search(r"\bWhere\(", path.read_text(encoding="utf-8"))
    }
    assert set(made) == MAKERS
    for tree in made.values():
        for text in (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)):
            names = {ast.unparse(part.value) for part in text.values if isinstance(part, ast.FormattedValue)}
            assert names <= {"alias", "prefix", "column", "name", "inside", "day", "filters.sql"}, ast.unparse(text)


def test_a_safe_example_passes(tmp_path: Path):
    (tmp_path / "safe.py").write_text(SAFE, encoding="utf-8")
    assert House(tmp_path, ("safe.py",)).findings() == set()


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_example_is_caught(tmp_path: Path, name: str):
    line, source = PLANTED[name]
    (tmp_path / "planted.py").write_text(f"{SAFE}\ndef planted(connection, value):\n    {line}\n", encoding="utf-8")
    assert {finding.source for finding in House(tmp_path, ("planted.py",)).findings()} == {source}
