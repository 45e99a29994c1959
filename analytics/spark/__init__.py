"""This module owns nothing: the folder builds the same models on Apache Spark, from the archive's Parquet."""
