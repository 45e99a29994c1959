"""This package owns what is in the texts: which words, phrases and forms go with a better or a worse rate.

`tokens` reads a text, `features` says what a text has, `families` finds near-duplicates, `testing` holds each feature
against all others of its campaigns, `fitting` makes the marts `text_lift` and `text_lift_fits`.
"""
