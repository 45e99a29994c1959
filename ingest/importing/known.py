"""This module owns what a sender's profile knows of columns: which heading means something, where a field is read."""

from ingest.importing.values import first_step
from ingest.mapping.conditions import paths_in
from ingest.mapping.headings import normal
from ingest.mapping.operations import paths_of
from ingest.mapping.ways import Way
from ingest.payload import KNOWN
from ingest.senders.origin import Origin


class Known:
    """The columns of one sender's profile."""

    def __init__(self, origin: Origin) -> None:
        """`origin` says the profile and the sender's choices."""
        self.profile = origin.profile
        self.headings = origin.profile.read.headings
        self.names = frozenset(KNOWN) if self.profile.read.canonical else frozenset(self._names())
        self._normal = frozenset(normal(name) for name in self.names)

    def _names(self) -> list[str]:
        rules = self.profile
        tables = [rules.fields, rules.click_ids, rules.properties]
        tables += [table for rule in rules.items for table in (rule.fields, rule.click_ids, rule.properties)]
        tables += [option.choices for option in rules.options.values()]
        paths = [path for table in tables for way in table.values() for path in paths_of(way)]
        paths += [path for rule in rules.items for path in paths_in(rule.when)]
        return [name for path in paths if path[:1] not in "=$@^." and (name := first_step(path))]

    def knows(self, heading: str) -> bool:
        """Whether a heading means something to the profile."""
        return heading in self.names or self.headings.match(heading) is not None

    def name(self, heading: str) -> str:
        """The name that the profile reads a heading's column under."""
        match = self.headings.match(heading)
        return match.name if match else heading

    def read_from(self, field: str) -> str:
        """Where the profile reads a field, in words; empty where it does not."""
        if self.profile.read.canonical:
            return f"the column {field}"
        ways = [
            table[field] for table in (*(r.fields for r in self.profile.items), self.profile.fields) if field in table
        ]
        names = dict.fromkeys(name for way in ways for name in self._columns(way))
        return " or ".join(names)

    def _columns(self, way: Way) -> list[str]:
        found = []
        ways = [way, *way.first]
        for each in ways:
            if each.option in self.profile.options and each.option is not None:
                ways += self.profile.options[each.option].choices.values()
        for path in (path for each in ways for path in paths_of(each)):
            name = first_step(path)
            if not name or path[:1] in "=$@^":
                continue
            called = self.profile.read.columns.get(name, ())
            found += [path, *(f"“{heading}”" for heading in called)]
        return found
