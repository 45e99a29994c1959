"""This module owns the SQL that reads several scorecard cells of a creative as one row.

One cell keeps its published rate and interval. Several: the mean weighted by what the rate divides by, and
its interval by MOVER, the method of variance estimates recovery (Zou and Donner 2008): for independent parts p
with weights w the lower limit is sum(wp) - sqrt(sum((w(p - low))^2)), the upper one alike. Cells share no
click, so they are independent enough. A cell that does not report a rate is left out of both sides.
"""

# Rate → what it divides by.
RATES = {
    "ctr": "reported_impressions",
    "lp_rate": "clicks",
    "ctr1": "landing_views",
    "serp_rate": "search_clicks",
    "ctr2": "results_views",
    "cvr": "clicks",
    "epc": "clicks",
    "profit_per_click": "clicks",
    "roas": "cost",
}
PLAIN = {"cpc": "reported_clicks", "cpa": "conversions", "rpc": "ad_clicks"}  # shown without an interval


def pooled_columns() -> str:
    """The select list of every rate, its limits, and the plain values, over groups of scorecard rows."""
    with_limits = (_mean(*pair) + _limit(*pair, "low") + _limit(*pair, "high") for pair in RATES.items())
    plain = (_mean(*pair) for pair in PLAIN.items())
    return "".join([*with_limits, *plain]).rstrip(",\n ")


def _whole(rate: str, weight: str) -> str:
    return f"nullif(sum({weight}) filter (where {rate} is not null), 0)"


def _mean(rate: str, weight: str) -> str:
    mean = f"sum({rate} * {weight}) / {_whole(rate, weight)}"
    return f"(case when count(*) = 1 then any_value({rate}) else {mean} end)::double as {rate},\n"


def _limit(rate: str, weight: str, side: str) -> str:
    sign = "-" if side == "low" else "+"
    name = f"{rate}_{side}"
    whole = _whole(rate, weight)
    width = f"sqrt(sum(power({weight} * ({rate} - {name}), 2))) / {whole}"
    return f"""(case when count(*) = 1 then any_value({name})
      when count({rate}) = count({name}) then sum({rate} * {weight}) / {whole} {sign} {width} end)::double
      as {name},\n"""
