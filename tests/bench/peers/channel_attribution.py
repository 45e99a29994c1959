"""A peer: ChannelAttribution (C++), given the paths in a pandas frame. `python channel_attribution.py PATHS.parquet`

GPL-3.0: it runs in the peers' environment only, and nothing of the product imports it. Its Markov model walks the
chain at random until the estimate settles; all cores walk.
"""

import json
import os
import sys
import time

import ChannelAttribution as package
import pandas as pd

NAMES = ("path", "conversions", "value")
WARM = 100


def answer(frame):
    """Heuristics, and Markov of order 1 with null journeys and removal effects, as the package gives them."""
    heuristics = package.heuristic_models(frame, *NAMES, sep=">", flg_pro=False)
    markov = package.markov_model(
        frame, *NAMES, var_null="null", order=1, out_more=True, sep=">", ncore=os.cpu_count(), seed=1, flg_pro=False,
        verbose=False,
    )  # fmt: skip
    return heuristics, markov


def main(path: str) -> None:
    """Take the time of one answer, and print it with the answer."""
    frame = pd.read_parquet(path).astype({"path": object})
    answer(frame.head(WARM))
    began = time.perf_counter()
    heuristics, markov = answer(frame)
    seconds = time.perf_counter() - began
    credit = heuristics.set_index("channel_name")
    said = {
        f"{rule}_{measure}": credit[f"{theirs}_{measure}"].to_dict()
        for rule, theirs in (("first", "first_touch"), ("last", "last_touch"), ("linear", "linear_touch"))
        for measure in ("conversions", "value")
    }
    effects = markov["removal_effects"].set_index("channel_name")["removal_effects_conversion"]
    print()
    print(json.dumps({"seconds": seconds, "answer": said | {"removal_effect": effects.to_dict()}}))


if __name__ == "__main__":
    main(sys.argv[1])
