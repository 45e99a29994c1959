"""Segments: the journal's files, row by row, and looking for damage in them."""
