"""Visitors: the key that hides them, the fields that give them away, and which of them count."""
