"""This module owns data/dashboard.sqlite: where it is, opening it, and bringing an older one up."""

from dashboard.people.schema import MIGRATIONS
from ingest import migrated

FILE = migrated.MigratedFile("dashboard.sqlite", MIGRATIONS)
NAME, reading, writing = FILE.name, FILE.reading, FILE.writing
StoreError = migrated.StoreError
