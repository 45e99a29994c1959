"""Forgetting: one person's traces are replaced by random tokens, everywhere, and a receipt says where."""
