"""The archive in the published file: views over its Parquet, so that raw questions need no other file and no lock."""
