"""Backup and restore: one file that holds all that cannot be derived, taken while everything runs, and the way back."""
