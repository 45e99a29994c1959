"""A peer, fourth part: the heuristic rules in every window, the credit of creatives, and the attribution ledger."""

import numpy as np
import pandas as pd
from pandas_goals import Journeys

DAY_US = 86_400_000_000
PATH_RULES = ["first_touch", "last_touch", "linear", "position_based", "time_decay", "w_shaped"]
RULES = ["same_click", "last_paid", *PATH_RULES]
CREDITED = ["creative", "network", "campaign_id", "ad_id", "kind"]


def credits(journeys: Journeys, settings: dict) -> dict[int, pd.DataFrame]:
    """Per window its touches with the share of their goal that each rule gives them, in a column of its name."""
    return {days: _shares(journeys.touches[journeys.touches["lag"] <= days * DAY_US], settings)
            for days in settings["windows"]}  # fmt: skip


def _shares(within: pd.DataFrame, settings: dict) -> pd.DataFrame:
    goal = within["goal"].to_numpy()
    n = within.groupby("goal")["goal"].transform("size").to_numpy()
    nth = within.groupby("goal").cumcount().to_numpy()
    first, last = nth == 0, nth == n - 1
    made = {"first_touch": first.astype(float), "last_touch": last.astype(float), "linear": 1 / n}
    for rule, name in (("same_click", "same_click"), ("last_paid", "paid")):
        of = within[within[name]]
        made[rule] = within.index.isin(of.index[~of.duplicated("goal", keep="last")]).astype(float)
    begins, middle, ends = (part / sum(settings["position_based"]) for part in settings["position_based"])
    made["position_based"] = np.select(
        [n == 1, n == 2, first, last],
        [1.0, np.where(first, begins, ends) + middle / 2, begins, ends],
        middle / np.maximum(n - 2, 1),
    )
    decayed = 0.5 ** (within["lag"].to_numpy() / settings["half_life_us"])
    roles = first.astype(int) + last + _is_lead(within)
    others = _sum(roles == 0, goal)
    shaped = np.where(roles > 0, 30 * roles * np.maximum(others, 1), 10)
    for rule, points in (("time_decay", decayed), ("w_shaped", shaped)):
        made[rule] = points / _sum(points, goal)
    return within.assign(**made)


def _is_lead(within: pd.DataFrame) -> np.ndarray:
    """Which touch is the last one before the lead."""
    before = within[within["before_lead"]]
    return within.index.isin(before.index[~before.duplicated("goal", keep="last")])


def _sum(values: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """The sum over each goal's touches, for each of them."""
    return np.bincount(goal, values)[goal]


def creative_credit(shares: dict[int, pd.DataFrame], goals: pd.DataFrame) -> pd.DataFrame:
    """Conversions and money of each creative and ad under every rule and window, by both days."""
    parts = []
    for days, within in shares.items():
        goal = within["goal"].to_numpy()
        conversions, net = goals["conversions"].to_numpy()[goal], _net(goals)[goal]
        keys = [*CREDITED, "goal_day", "touch_day"]
        found = within.assign(goal_day=goals["day"].to_numpy()[goal], kind=goals["kind"].array[goal])[[*keys]]
        measures = {}
        for rule in RULES:
            measures[rule, "conversions"] = within[rule].to_numpy() * conversions
            measures[rule, "revenue"] = within[rule].to_numpy() * net
        found = pd.concat([found, pd.DataFrame(measures, found.index)], axis=1)
        daily = found.groupby(keys, observed=True, sort=False).sum().reset_index()
        for basis, day in (("event", "goal_day"), ("click", "touch_day")):
            summed = daily.groupby([*CREDITED, day], observed=True, sort=False)[list(measures)].sum().reset_index()
            for rule in RULES:
                of_rule = summed[[*CREDITED, day]].rename(columns={day: "day"})
                parts.append(of_rule.assign(
                    conversions=summed[rule, "conversions"], revenue=summed[rule, "revenue"], rule=rule,
                    window_days=days, date_basis=basis))  # fmt: skip
    made = pd.concat(parts, ignore_index=True).rename(columns={"kind": "conversion_kind"})
    return made[(made["conversions"] != 0) | (made["revenue"] != 0)]


def attribution_ledger(journeys: Journeys, shares: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """Total, credited and unattributed conversions and money per rule, window and kind; the last with its reason."""
    goals = journeys.goals
    owed = pd.DataFrame({"conversion_kind": goals["kind"], "conversions": goals["conversions"], "revenue": _net(goals)})
    total = _summed(owed, ["conversion_kind"])
    reasons = {read: pd.Categorical(_reasons(journeys, read)) for read in ("same_click", "last_paid", "path")}
    entries = []
    for days, within in shares.items():
        for rule in RULES:
            is_credited = np.bincount(within["goal"], within[rule], len(goals)) > 0
            why = reasons["path" if rule in PATH_RULES else rule]
            left = _summed(owed[~is_credited].assign(reason=why[~is_credited]), ["conversion_kind", "reason"])
            credited = _summed(owed[is_credited], ["conversion_kind"])
            told = {"total": total, "credited": credited, "unattributed": left}
            entries += [one.assign(rule=rule, window_days=days, bucket=bucket) for bucket, one in told.items()]
    made = pd.concat(entries, ignore_index=True)
    return made[(made["conversions"] != 0) | (made["revenue"] != 0)]


def _summed(owed: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return owed.groupby(keys, observed=True)[["conversions", "revenue"]].sum().reset_index()


def _reasons(journeys: Journeys, journey_read: str) -> np.ndarray:
    """Why a goal would be credited to nobody, for every goal."""
    goals, touches = journeys.goals, journeys.touches
    touched, paid, same = (
        np.bincount(touches["goal"], weights, len(goals)) > 0
        for weights in (None, touches["paid"], touches["same_click"])
    )
    first = {name: goals["visitor"].map(journeys.visitors[name]) for name in ("first_click", "first_touch")}
    came = goals["occurred_at"]
    crowd, by_same = goals["crowd"], journey_read == "same_click"
    judged = [
        ((goals["click_id"] < 0) & ((goals["visitor"] < 0) | crowd), "no_id"),
        (goals["has_click"] & (goals["creative"] < 0) & (~touched | by_same), "no_identity"),
        (goals["has_click"] & (~touched | by_same), "outside_window"),
        (~touched & ~crowd & (first["first_touch"] <= came), "outside_window"),
        (~touched & ~crowd & (first["first_click"] <= came), "no_identity"),
        (~touched, "no_touch"),
        (~same & by_same, "no_same_click"),
        (~paid & (journey_read == "last_paid"), "no_paid_touch"),
    ]
    return np.select([where for where, _ in judged], [word for _, word in judged], "outside_window")


def _net(goals: pd.DataFrame) -> np.ndarray:
    return (goals["amount"] - goals["refunds"]).to_numpy()
