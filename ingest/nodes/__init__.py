"""Many ingest nodes: each seals what it took into a shared folder, and one machine gathers them into one record."""
