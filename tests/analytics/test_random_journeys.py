"""This module owns the promise that random journeys earn what a plain reading of the rules gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from journeys import Books, journey

RULES = ("same_click", "first_touch", "last_touch", "last_paid", "linear", "position_based", "time_decay", "w_shaped")
WINDOWS = (7, 30)
Credit = dict[str, tuple[Decimal, Decimal]]


@dataclass(frozen=True)
class Told:
    """A random journey: touches as (creative, hours since the one before, paid), then a goal some hours later."""

    touches: tuple[tuple[str, int, bool], ...]
    goal_after: int
    amount: int

    @property
    def text(self) -> str:
        clicks = (f"{hours}h {name}{'' if paid else '(email)'}" for name, hours, paid in self.touches)
        return f"{' '.join(clicks)} {self.goal_after}h => {self.amount}"

    def expected(self, rule: str, window: int) -> Credit:
        """The rule as one would explain it to a person, in whole touches and fractions of them."""
        ages = [self.goal_after + sum(h for _, h, _ in self.touches[at + 1 :]) for at in range(len(self.touches))]
        within = [touch for touch, age in zip(self.touches, ages, strict=True) if age <= window * 24]
        n, paid = len(within), [at for at, touch in enumerate(within) if touch[2]]
        ends = [1.0 if n == 1 else 0.5] * n if n < 3 else [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4]
        wide = ends if n < 3 else [3 / 7, *[1 / 7 / (n - 2)] * (n - 2), 3 / 7]  # without a lead
        halved = [0.5 ** (age / 168) for age in ages if age <= window * 24]
        shares = {
            "first_touch": [1.0] + [0.0] * (n - 1),
            "last_touch": [0.0] * (n - 1) + [1.0],
            "last_paid": [float(paid[-1:] == [at]) for at in range(n)],
            "linear": [1 / n] * n if n else [],
            "same_click": [0.0] * n,
            "position_based": ends,
            "time_decay": [each / sum(halved) for each in halved],
            "w_shaped": wide,
        }[rule]
        credit: Credit = {}
        for (name, _, _), share_of in zip(within, shares, strict=False):
            if not share_of:
                continue
            share = Decimal(share_of)
            conversions, money = credit.get(name, (Decimal(0), Decimal(0)))
            credit[name] = (conversions + share, money + share * self.amount)
        return credit


touches = st.tuples(st.sampled_from("ABC"), st.integers(0, 200), st.booleans())
told = st.builds(Told, st.lists(touches, max_size=5).map(tuple), st.integers(0, 200), st.integers(0, 50))


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a build takes half a second: no time for shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(told, min_size=25, max_size=25))
def test_random_journeys_earn_what_a_plain_reading_of_the_rules_gives(
    tmp_path_factory: pytest.TempPathFactory, many: list[Told]
) -> None:
    books = Books(tmp_path_factory.mktemp("random"))
    books.post(*(each for number, one in enumerate(many) for each in journey(one.text, f"r{number}")))
    rows = books.ready().query(
        "select creative_text, rule, window_days, sum(conversions), sum(revenue) from creative_credit join creatives"
        " using (creative_id) where date_basis = 'event' group by all"
    )
    earned = {(text.split()[3], rule, days, text.split()[1]): (n, money) for text, rule, days, n, money in rows}
    for number, one in enumerate(many):
        for rule in RULES:
            for window in WINDOWS:
                found = {name: shares for (who, at_rule, days, name), shares in earned.items()
                             if (who, at_rule, days) == (f"r{number}", rule, window)}  # fmt: skip
                assert close(found, one.expected(rule, window)), (one.text, rule, window, found)


def close(found: Mapping[str, tuple[Decimal, Decimal]], expected: Mapping[str, tuple[Decimal, Decimal]]) -> bool:
    """Equal to the few millionths that sharing in whole millionths may move."""
    return found.keys() == expected.keys() and all(
        abs(found[name][0] - expected[name][0]) < Decimal("0.00001")
        and abs(found[name][1] - expected[name][1]) < Decimal("0.001")
        for name in found
    )
