"""This package owns declared experiments: what whichad.toml says of them, their sums per day, and what these say."""
