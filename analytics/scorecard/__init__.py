"""This package owns the scorecard: sums become rates with intervals, and each scope gets the words of its verdicts."""
