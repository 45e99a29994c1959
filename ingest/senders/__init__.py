"""Senders: as the door knows them, and setting one up until its first delivery is here."""
