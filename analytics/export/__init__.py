"""This package owns what is handed out of a version: a mart as a file with its sidecar, and the contract for dbt."""
