"""Proves that P(best) and the expected loss are what they say, with the true prior and with one learned.

Scopes of 2 to 20 creatives whose true net per click is normal around the scope's; each is estimated with its own
error. P(best) of every creative is put into classes; in each class as many must be the best as it says. The prior is
known, or learned from the scope alone by Paule and Mandel (of 3 creatives it hardly can be: shown, not promised).
"""

from itertools import pairwise

import numpy as np

from analytics.inference.best import expected_loss, hierarchical, p_best
from analytics.inference.shrinkage import normal_prior, posterior

PROMISES = (
    "P(best) is right as often as it says, class by class, where the prior is known (within 3 standard errors)",
    "the expected loss of the one that leads is what choosing it loses on average",
    "with the prior learned from 20 creatives, of those called the best with 95 % at least 92 % are",
)
CLASSES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0 + 1e-9)


def rows(short: bool) -> list[dict[str, object]]:
    """Rows of known priors by class, of the losses, and of learned priors."""
    rng = np.random.default_rng(20261123)
    scopes = 300 if short else 6000
    found: list[dict[str, object]] = []
    for prior, creatives in (
        ("known", (2, 5, 20)),
        ("hierarchical", (20,)),
        ("hierarchical", (3,)),
        ("likeliest", (3,)),
    ):
        said, best, loss, lost = _simulated(scopes // (4 if prior == "hierarchical" else 1), creatives, prior, rng)
        name = f"{prior}, {'/'.join(map(str, creatives))} creatives"
        for low, high in pairwise(CLASSES):
            inside = (said >= low) & (said < high)
            found.append(_class(name, low, high, said[inside], best[inside], prior == "known", creatives))
        error = 3 * float(np.std(lost - loss) / len(lost) ** 0.5)
        off = abs(float(loss.mean() - lost.mean()))
        found.append({"prior": name, "what": "loss of the leader", "cases": len(loss), "said": float(loss.mean()),
                      "was": float(lost.mean()), "holds": off <= error or prior != "known"})  # fmt: skip
    return found


def _class(name, low, high, said, best, known: bool, creatives: tuple[int, ...]) -> dict[str, object]:
    cases, share, was = len(said), float(said.mean()) if len(said) else None, float(best.mean()) if len(best) else None
    holds = True
    if cases >= 20 and share is not None and was is not None:
        error = 3 * max(share * (1 - share), 1 / cases) ** 0.5 / cases**0.5
        holds = abs(was - share) <= error if known else not (low >= 0.95 and creatives == (20,)) or was >= 0.92
    what = f"P(best) {low:.2f} to {min(high, 1):.2f}"
    return {"prior": name, "what": what, "cases": cases, "said": share, "was": was, "holds": holds}


def _simulated(scopes: int, creatives: tuple[int, ...], prior: str, rng: np.random.Generator):
    said, best, loss, lost = [], [], [], []
    for _ in range(scopes):
        count = int(rng.choice(creatives))
        truth = rng.normal(0.02, 0.05, count)
        variances = rng.uniform(0.01, 0.08, count) ** 2
        seen = rng.normal(truth, np.sqrt(variances))
        if prior == "hierarchical":
            chances, losses = hierarchical(seen, variances)
        else:
            known = prior == "known"
            each = posterior(seen, variances, (0.02, 0.05**2) if known else normal_prior(seen, variances))
            chances, losses = p_best(*each), expected_loss(*each)
        leader = int(chances.argmax())
        said.append(chances)
        best.append(truth == truth.max())
        loss.append(losses[leader])
        lost.append(truth.max() - truth[leader])
    return np.concatenate(said), np.concatenate(best), np.array(loss), np.array(lost)
