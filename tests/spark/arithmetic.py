"""This module owns the arithmetic of growth, as docs/growth.md shows it: from two sizes to a crossover and a price."""

from collections.abc import Sequence
from dataclasses import dataclass

WORKERS = (1, 2, 4, 8, 16, 32)
BILLION = 1e9


@dataclass(frozen=True)
class Took:
    """What one build took: seconds by the clock, and of the processor: in the process that asks, and beneath it."""

    engine: str
    rows: int
    seconds: float
    driver_cpu: float
    cluster_cpu: float

    @property
    def line(self) -> str:
        """As it is printed."""
        return (
            f"{self.engine:<7}{self.rows:>12,} interactions {self.seconds:8.1f} s by the clock, of the processor "
            f"{self.driver_cpu:8.1f} s in the driver, {self.cluster_cpu:8.1f} s in Java"
        )


@dataclass(frozen=True)
class Line:
    """A cost that is fixed, and one per row; in seconds."""

    fixed: float
    per_row: float

    def at(self, rows: float) -> float:
        """Seconds for that many rows."""
        return self.fixed + self.per_row * rows


def line(points: Sequence[tuple[int, float]]) -> Line:
    """Through the smallest and the largest size: two unknowns, two measurements."""
    (few, less), (many, more) = min(points), max(points)
    per_row = max(more - less, 0.0) / (many - few) if many > few else 0.0
    return Line(max(less - per_row * few, 0.0), per_row)


@dataclass(frozen=True)
class Growth:
    """Both engines as lines. Of Spark what its driver does alone, and what its workers share, apart."""

    duckdb: Line
    fixed: float
    driver: Line
    cluster: Line

    def on_spark(self, rows: float, cores: int) -> float:
        """Seconds by the clock on paper: the fixed cost, the driver's rows, and the workers' divided among cores."""
        return self.fixed + rows * (self.driver.per_row + self.cluster.per_row / cores)

    def crossover(self, cores: int) -> float | None:
        """From how many rows on that many cores are quicker than one machine; None: never."""
        gain = self.duckdb.per_row - self.driver.per_row - self.cluster.per_row / cores
        return max(self.fixed - self.duckdb.fixed, 0.0) / gain if gain > 0 else None


def growth(took: Sequence[Took], cores: int) -> Growth:
    """From the measurements on a machine of `cores`. The clock counts for what is fixed, the processor for rows."""
    ours = [each for each in took if each.engine == "duckdb"]
    theirs = [each for each in took if each.engine == "spark"]
    driver = line([(each.rows, each.driver_cpu) for each in theirs])
    cluster = line([(each.rows, each.cluster_cpu) for each in theirs])
    smallest = min(theirs, key=lambda each: each.rows)
    fixed = max(smallest.seconds - smallest.rows * (driver.per_row + cluster.per_row / cores), 0.0)
    return Growth(line([(each.rows, each.seconds) for each in ours]), fixed, driver, cluster)


def told(took: Sequence[Took], cores: int, per_worker: int, price: float) -> str:
    """The arithmetic in words: lines, crossovers, and the cost of a billion rows at `price` for a core's hour."""
    if len({each.rows for each in took}) < 2:
        return "Two sizes or more say what a row costs; one says only what it took."
    found = growth(took, cores)
    own = line([(each.rows, each.driver_cpu) for each in took if each.engine == "duckdb"])
    said = [
        f"DuckDB on {cores} cores: {found.duckdb.fixed:.1f} s + {found.duckdb.per_row * 1e6:.1f} µs a row by the clock;"
        f" of the processor {own.per_row * 1e6:.1f} µs a row",
        f"Spark: {found.fixed:.1f} s + {found.driver.per_row * 1e6:.1f} µs a row of the driver's processor"
        f" + {found.cluster.per_row * 1e6:.1f} µs a row of the workers'",
    ]
    for workers in WORKERS:
        where = found.crossover(workers * per_worker)
        after = "never quicker" if where is None else f"quicker from {where:,.0f} interactions on"
        at = found.on_spark(BILLION, workers * per_worker) / 3600
        said.append(f"{workers:>3} × {per_worker} cores: {after}; a billion in {at:.1f} h")
    ours, theirs = (each * BILLION / 3600 for each in (own.per_row, found.driver.per_row + found.cluster.per_row))
    said.append(
        f"A billion: DuckDB {found.duckdb.at(BILLION) / 3600:.1f} h by the clock, {ours:.1f} core hours ="
        f" {ours * price:.2f}; Spark {theirs:.1f} core hours = {theirs * price:.2f}, at {price} for a core's hour"
    )
    return "\n".join(said)
