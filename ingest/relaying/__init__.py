"""This module owns the parts of the relay: book, what is taken from the journal, a lane per sender, commands."""
