"""This module owns the benchmark of attribution from plain paths: heuristics and exact Markov, beside two packages.

All three get the same journeys in the form that each is made for, already in memory: a row for each distinct path, as
text ("alpha > beta"), with its conversions, its journeys without one, and its value. Each credits every channel by
first, last and linear touch and by a Markov chain of order 1 with removal effects, and the answers have to agree.
"""

import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from bench import serving
from bench.finding import Finding
from bench.sizes import Size
from outside import SEPARATOR, journeys
from running import environment

from analytics.fit.aggregated import Paths
from analytics.fit.markov import classical, effects

FEW, MANY = 10_000, 1_000_000
MONEY_ERROR = 1e-6  # of the sums of doubles, relative
# Peer → (its script, the package it needs, our share of its seconds at most, how far removal effects may be apart: one
# solves the chain as we do, one walks at random until its estimate moves by less than 5 %; how it was set up).
PEERS = {
    "ChannelAttribution (C++)": (
        "channel_attribution", "ChannelAttribution", 1 / 10, 0.05,
        "2.2.5, built from source with its own flags; distinct paths in a pandas frame, heuristic_models and"
        " markov_model(order=1, var_null, out_more) with all cores; both are called once before the clock starts",
    ),
    "marketing-attribution-models (Polars)": (
        "attribution_models", "mam", 1 / 3, 1e-9,
        "2.1.1; distinct paths in a Polars frame, its format of grouped journeys, run_first_click, run_last_click,"
        " run_linear, run_markov; all are called once before the clock starts",
    ),
}  # fmt: skip
Answer = dict[str, dict[str, float]]


def run(size: Size) -> list[Finding]:
    """Each peer at few paths and at many."""
    found = []
    for count in (min(FEW, size.rows // 4), min(MANY, size.rows)):
        with tempfile.TemporaryDirectory(dir=size.folder) as folder:
            table = Path(folder) / "paths.parquet"
            pq.write_table(told(count), table)
            found += [_finding(peer, count, table, size.rounds) for peer in PEERS]
    return found


def told(count: int) -> pa.Table:
    """That many generated journeys of a dozen channels, one to twenty touches, one in three with an order; grouped."""
    made = journeys(count)
    cents = np.array([-1 if each.cents is None else each.cents for each in made])
    rows = pa.table({
        "path": [SEPARATOR.join(each.channels) for each in made],
        "conversions": (cents >= 0).astype(np.int64), "null": (cents < 0).astype(np.int64),
        "cents": np.maximum(cents, 0),
    })  # fmt: skip
    sums = rows.group_by("path").aggregate([(name, "sum") for name in ("conversions", "null", "cents")])
    summed = sums.rename_columns([name.removesuffix("_sum") for name in sums.column_names])
    return summed.drop_columns("cents").append_column("value", pc.divide(pc.cast(summed["cents"], pa.float64()), 100.0))


def ours(table: pa.Table) -> Answer:
    """Credit per channel: the texts become the arrays that the fits read, and these give every rule."""
    lists = pc.split_pattern(table["path"], SEPARATOR).combine_chunks()
    encoded = lists.values.dictionary_encode()
    states, starts = encoded.indices.to_numpy().astype(np.int64), lists.offsets.to_numpy().astype(np.int64)
    converted, null = (table[name].to_numpy() for name in ("conversions", "null"))
    value, names = table["value"].to_numpy(), encoded.dictionary.to_pylist()
    paths = Paths(states, starts, converted, null, len(names))
    first, last, lengths = states[starts[:-1]], states[starts[1:] - 1], paths.lengths
    made: dict[str, Any] = {}
    for measure, amounts in (("conversions", converted), ("value", value)):
        made[f"first_{measure}"] = np.bincount(first, amounts, len(names))
        made[f"last_{measure}"] = np.bincount(last, amounts, len(names))
        made[f"linear_{measure}"] = np.bincount(states, np.repeat(amounts / lengths, lengths), len(names))
    made["removal_effect"] = effects(paths).removal
    made["markov_conversions"] = np.array(classical(made["removal_effect"], int(converted.sum()) * 10**6)) / 10**6
    made["markov_value"] = np.array(classical(made["removal_effect"], round(value.sum() * 10**6))) / 10**6
    return {rule: dict(zip(names, amounts.tolist(), strict=True)) for rule, amounts in made.items()}


def _finding(peer: str, count: int, table: Path, rounds: int) -> Finding:
    what, (script, package, target, error, setup) = f"heuristics and Markov of {count:,} paths", PEERS[peer]
    try:
        pairs = [_pair(script, package, table, error) for _ in range(rounds)]
    except serving.PeerMissing as missing:
        return Finding(what, peer, "s", target=target, better="less", skipped=str(missing))
    return Finding(what, peer, "s", [our for our, _ in pairs], [their for _, their in pairs], target, "less",
                   setup=setup)  # fmt: skip


def _pair(script: str, package: str, table: Path, error: float) -> tuple[float, float]:
    """Seconds of ours and of the peer. Raises PeerMissing; SystemExit where they do not agree."""
    told_of = pq.read_table(table)
    ours(told_of)
    began = time.perf_counter()
    answer = ours(told_of)
    seconds = time.perf_counter() - began
    done = subprocess.run(
        [_python(package), str(serving.PEERS / f"{script}.py"), str(table)], env=environment(), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        if f"No module named '{package}'" in done.stderr:
            raise serving.PeerMissing(f"{package} is not in the peers' environment: `make peers` says why")
        raise SystemExit(f"the peer {script} failed:\n{done.stderr}")
    said = json.loads(done.stdout.splitlines()[-1])
    wrong = disagreements(answer, said["answer"], error)
    if wrong:
        raise SystemExit(f"{script} and we do not agree: {wrong[:5]}")
    return seconds, said["seconds"]


def disagreements(answer: Answer, said: Answer, error: float) -> list[tuple[str, str, float, float]]:
    """(rule, channel, ours, theirs) wherever the two are further apart than they may be."""
    pairs = [(rule, name, answer[rule].get(name, 0.0), said[rule].get(name, 0.0))
             for rule in said for name in {*answer[rule], *said[rule]}]  # fmt: skip
    return [pair for pair in pairs if abs(pair[2] - pair[3]) > _allowed(pair[0], pair[2], error)]


def _allowed(rule: str, amount: float, error: float) -> float:
    return error if rule == "removal_effect" else MONEY_ERROR * max(1.0, abs(amount))


def _python(package: str) -> str:
    """The peers' Python, or ours where the package is installed for the tests. Raises PeerMissing."""
    try:
        return serving.peers_python()
    except serving.PeerMissing:
        if find_spec(package) is None:
            raise
        return sys.executable
