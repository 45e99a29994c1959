"""This package owns the slow fits: what is learned from all journeys of closed days, once a day, and kept till then.

`standing` decides whether the fit in work.duckdb still holds; `paths` gathers the journeys; `weights` and `effects`
learn from them; `uncertainty` says how far each rule's credit could be off. Everything is stamped with a fit_id.
"""
