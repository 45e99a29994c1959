"""This module owns the parts of the relay: its book, what it takes from the journal, a lane per sender, its commands."""
