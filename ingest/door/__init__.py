"""The door: what a request is, how it is checked, kept and answered, whatever server brought it."""
