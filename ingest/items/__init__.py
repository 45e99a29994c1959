"""Items: what one payload says, an interaction or a statement, read field by field into a frozen value."""
