"""The archive: immutable Parquet by day of receipt, written exactly once, from which the record can be made again."""
