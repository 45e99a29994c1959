"""Relaying: the relay and its parts, its book, what it takes from the journal, a lane per sender, its commands."""
