"""This package owns our half of `whichad ingest why`: an item's way from the record to the cells it counts in."""
