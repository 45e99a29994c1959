"""This package owns the build on Apache Spark: the same models, from the archive's Parquet."""
