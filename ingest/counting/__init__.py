"""Counting: what whichad counts about itself, over all its processes, for `/metrics`."""
