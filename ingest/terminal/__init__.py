"""The terminal: how every command of the house is found, speaks and prints."""
