"""A peer: marketing-attribution-models (Polars), given the paths in a Polars frame. `python … PATHS.parquet`

Its format of grouped journeys needs no moments of touches; making its own frame of the paths is part of its work, as
it is of ours.
"""

import json
import sys
import time

import polars as pl
from mam import MAM

WARM = 100


def answer(frame):
    """Value per channel by each rule, and the removal effects of its Markov chain."""
    journeys = MAM(frame, "grouped_journey", "path", "converted", occurrences_colname="occurrences",
                   conversion_value_colname="value")  # fmt: skip
    rules = {"first": journeys.run_first_click(), "last": journeys.run_last_click(), "linear": journeys.run_linear()}
    return {rule: found.to_polars() for rule, found in rules.items()}, journeys.run_markov()


def main(path: str) -> None:
    """Take the time of one answer, and print it with the answer."""
    grouped = pl.read_parquet(path)
    frame = pl.concat(
        grouped.filter(pl.col(count) > 0).select(
            "path", pl.lit(count == "conversions").alias("converted"), pl.col(count).alias("occurrences"),
            pl.col("value") if count == "conversions" else pl.lit(0.0).alias("value"),
        )
        for count in ("conversions", "null")
    )  # fmt: skip
    answer(frame.head(WARM))
    began = time.perf_counter()
    rules, markov = answer(frame)
    seconds = time.perf_counter() - began
    said = {f"{rule}_value": {str(row["channels"]): row["attribution"] for row in found.to_dicts()}
            for rule, found in rules.items()}  # fmt: skip
    effects = {str(name): effect for name, effect in markov.metadata["removal_effect"]["removal_effect"].items()}
    print(json.dumps({"seconds": seconds, "answer": said | {"removal_effect": effects}}))


if __name__ == "__main__":
    main(sys.argv[1])
