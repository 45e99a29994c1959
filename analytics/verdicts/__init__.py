"""This package owns the verdicts: evidence of closed days in; per creative, window and scope a word and its reason out.

1. `days`: the evidence as arrays, in the one quantity of every objective, the net per click; `window` adds it up.
2. `inferred`: what is known of each creative, how sure, and what evidence there is that survives looking and lists.
3. `judged`: which word that is, given yesterday's; `sentences`: the reason, in the marketer's words.
4. `making`: the step of the plan, once per closed day; `thresholds`: every number that decides, versioned.
"""
