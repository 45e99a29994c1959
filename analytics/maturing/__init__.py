"""This package owns maturity: how money and conversions arrive after their click, and what is still to come."""
