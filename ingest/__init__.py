"""Ingest owns the door and the record: what senders post, on disk before the answer, loaded exactly once."""
