"""This package owns what a published version is: its marts, the order of their rows, and what it says of itself."""
