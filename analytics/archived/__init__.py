"""This package owns the archive in the published file: views over its Parquet, which need no other file and no lock."""
