"""Inspecting: what became of one delivery or item, and the latest ones as they come in."""
