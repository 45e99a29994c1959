"""This package owns the attribution rules: ours by name, and those that other packages bring as an expression.

1. `rules`: every rule with its title and what it means; ours, then those of packages.
2. `expression`: what a rule of a package may say, checked and written as SQL of our own.
3. `splicing`: how such a rule comes into the models, by the lines that they mark for it.
"""
