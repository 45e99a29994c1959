"""Bodies: from the bytes of a request to the records in it, and what of them may be shown."""
