"""This package owns the track record: what became of the verdicts that were said, and of their certainties.

1. `cohorts`: which of the days that were said are judged, so that no day of what followed counts twice for a creative.
2. `after`: what the days after a verdict brought, and how noisy they are.
3. `reckoning`: of how many verdicts what they claimed held, with an interval, beside what the certainties promised.
4. `sentences`: that in words. `making`: the mart, once per closed day.
"""
