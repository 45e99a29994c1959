"""This module owns what the track record reads: the evidence of mature days, and the verdicts of the chosen days."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa

from analytics.plan import sql
from analytics.track_record.after import PACE_DAYS, After, Followed
from analytics.track_record.cohorts import RECORD_DAYS, Cohorts, Frame
from analytics.track_record.epoch import day_number
from analytics.track_record.reckoning import GONE, NOT_YET, OTHER, OVER, Said
from analytics.verdicts.days import COLUMNS, Aim, Ints, days_of
from ingest import parsed

_CAP = "select cast(cap_millionths as double) / 1e6 from caps"
_SCOPES = "select cast(scope as bigint) as scope from followed_units order by unit"
_DAYS = "from followed_days order by unit, epoch_day"
_SAID = "from followed_said order by window_days, nth_said"


class Evidence:
    """The days of the evidence, in the net per click of each target that was ever asked for."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, frame: Frame) -> None:
        """Makes `followed_units` and `followed_days`, of `evidence_days`."""
        parsed.run(connection, sql("track_record", "followed"))
        table = connection.sql(_DAYS).to_arrow_table()
        age = day_number(frame.mature) - table.column("epoch_day").to_numpy()
        self._table = table.filter(pa.array((age >= 0) & (age < RECORD_DAYS + PACE_DAYS)))
        self._cap = connection.execute(_CAP).fetchall()[0][0]
        self._mature = day_number(frame.mature)
        self.scope: Ints = connection.sql(_SCOPES).to_arrow_table().column("scope").to_numpy()
        self._made: dict[Aim, Followed] = {}

    def followed(self, aim: Aim) -> Followed:
        """What followed, judged by that target."""
        if aim not in self._made:
            columns = {name: self._table.column(name).cast(pa.float64()).to_numpy() for name in COLUMNS}
            day, unit = (self._table.column(name).to_numpy() for name in ("epoch_day", "unit"))
            self._made[aim] = Followed(days_of(columns, day, unit, self.scope, aim, self._cap), self._mature)
        return self._made[aim]


def verdicts(
    connection: duckdb.DuckDBPyConnection, frame: Frame, evidence: Evidence, chosen: Cohorts, after_days: int
) -> Iterator[tuple[int, Said, Ints, After]]:
    """(window_days, what was said, whether it can be judged, what came after) of the chosen days."""
    parsed.run(connection, sql("track_record", "said"), {"days": chosen.all})
    table = connection.sql(_SAID).to_arrow_table()
    windows = table.column("window_days").to_numpy()
    for window in sorted(set(windows.tolist())):
        of_window = table.filter(pa.array(windows == window))
        said = _said(of_window, evidence.scope)
        state = _state(of_window, frame, said.day, chosen)
        yield window, said, state, _after(of_window, evidence, said.day, state, after_days)


def _said(table: pa.Table, scope: Ints) -> Said:
    reals = {
        name: table.column(name).to_numpy(zero_copy_only=False).astype(float)
        for name in ("p_beats_scope", "ahead", "ahead_sd", "p_meets_target", "net_mean", "net_sd")
    }
    unit = table.column("unit").to_numpy()
    return Said(
        table.column("day").to_numpy(), table.column("creative").to_numpy(),
        np.where(unit >= 0, np.append(scope, -1)[unit], -1), np.array(table.column("verdict").to_pylist(), dtype=str),
        *reals.values(),
    )  # fmt: skip


def _state(table: pa.Table, frame: Frame, day: Ints, chosen: Cohorts) -> Ints:
    """OVER, or why not: what counts as converted depends on the objective, what money is on the currency."""
    is_cpa = np.array([each == "cpa" for each in table.column("objective").to_pylist()], dtype=bool)
    paid_in = np.array([each == frame.currency for each in table.column("currency").to_pylist()], dtype=bool)
    pending = day == (day_number(chosen.pending) if chosen.pending else -1)
    return np.select(
        [pending, (is_cpa != (frame.objective == "cpa")) | ~paid_in, table.column("unit").to_numpy() < 0],
        [NOT_YET, OTHER, GONE], OVER,
    )  # fmt: skip


def _after(table: pa.Table, evidence: Evidence, day: Ints, state: Ints, after_days: int) -> After:
    """nan where nothing can be judged. Each verdict is judged by the target that it was said for."""
    unit = table.column("unit").to_numpy()
    names, targets = table.column("objective").to_pylist(), table.column("target").to_pylist()
    aims = [Aim(name, target) for name, target in zip(names, targets, strict=True)]
    found = {name: np.full(len(unit), np.nan) for name in After.__slots__}
    for aim in sorted(set(aims), key=repr):
        rows = (state == OVER) & np.array([each == aim for each in aims], dtype=bool)
        if rows.any():
            after = evidence.followed(aim).after(unit[rows], day[rows], after_days)
            for name, values in found.items():
                values[rows] = getattr(after, name)
    return After(**found)
