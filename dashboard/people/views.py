"""This module owns saved views: a name for what a page shows, one's own or everybody's.

A viewer may keep own views, for that changes nobody else's page; shared ones take an editor. The local visitor, where
there is no login, has no account to own anything: what is saved there is shared, and stays so when users come.
"""

import sqlite3
from dataclasses import dataclass

from dashboard.people import audit
from dashboard.people.refusal import Refused, check_may_edit
from dashboard.people.visitor import Visitor

NAME_MAX = 80
SEARCH_MAX = 2000
VIEWS_MAX = 200  # of one owner, and shared
_COLUMNS = "id, name, owner, shared, path, search, owner_id"


@dataclass(frozen=True)
class View:
    """One saved view; `search` is the query string that the URL has."""

    id: int
    name: str
    owner: str
    shared: bool
    path: str
    search: str
    owner_id: int | None

    @property
    def href(self) -> str:
        """Where it leads."""
        return self.path + self.search

    def may_change(self, who: Visitor) -> bool:
        """Whether `who` may rename or delete it."""
        return who.may_edit if self.shared else self.owner_id is not None and self.owner_id == who.user_id


def listed(connection: sqlite3.Connection, who: Visitor) -> list[View]:
    """What `who` can open: the shared ones, then one's own, by name."""
    rows = connection.execute(
        f"select {_COLUMNS} from views where shared or owner_id = ? order by shared desc, name",  # noqa: S608 - names of ours
        (who.user_id,),
    )
    return [View(row[0], row[1], row[2], bool(row[3]), *row[4:]) for row in rows]


def save(
    connection: sqlite3.Connection, who: Visitor, name: str, path: str, search: str, shared: bool, now: int
) -> View:
    """Keep a view; `path` and `search` are canonical, the page's own. Raises Refused."""
    shared = shared or who.user_id is None
    if shared:
        check_may_edit(who, "share a view")
    name = _name(name)
    if len(search) > SEARCH_MAX:
        raise Refused("This view has too many filters to be kept.")
    _check_room(connection, who, shared)
    _check_free(connection, who, name, shared, None)
    made = connection.execute(
        "insert into views (name, owner_id, owner, shared, path, search, created_at, changed_at) "
        "values (?, ?, ?, ?, ?, ?, ?, ?) returning id",
        (name, who.user_id, who.name, shared, path, search, now, now),
    ).fetchone()
    view = View(made[0], name, who.name, shared, path, search, who.user_id)
    audit.write(connection, now, who.name, "view.save", name, after={"shared": shared, "url": view.href})
    return view


def rename(connection: sqlite3.Connection, who: Visitor, ident: int, name: str, now: int) -> None:
    """Give a view another name. Raises Refused."""
    view, name = _changeable(connection, who, ident), _name(name)
    if name == view.name:
        return
    _check_free(connection, who, name, view.shared, ident)
    connection.execute("update views set name = ?, changed_at = ? where id = ?", (name, now, ident))
    audit.write(
        connection, now, who.name, "view.rename", name, {"name": view.name}, {"name": name, "shared": view.shared}
    )


def delete(connection: sqlite3.Connection, who: Visitor, ident: int, now: int) -> None:
    """Take a view away. Raises Refused."""
    view = _changeable(connection, who, ident)
    connection.execute("delete from views where id = ?", (ident,))
    audit.write(connection, now, who.name, "view.delete", view.name, {"shared": view.shared, "url": view.href})


def _changeable(connection: sqlite3.Connection, who: Visitor, ident: int) -> View:
    found = [view for view in listed(connection, who) if view.id == ident]
    if not found:
        raise Refused("This view is not there any more.")
    if not found[0].may_change(who):
        check_may_edit(who, "change a shared view")
    return found[0]


def _check_room(connection: sqlite3.Connection, who: Visitor, shared: bool) -> None:
    count = sum(view.shared == shared for view in listed(connection, who))
    if count >= VIEWS_MAX:
        raise Refused(f"There are {VIEWS_MAX} views already. Delete one first.")


def _check_free(connection: sqlite3.Connection, who: Visitor, name: str, shared: bool, besides: int | None) -> None:
    taken = {view.name.casefold() for view in listed(connection, who) if view.shared == shared and view.id != besides}
    if name.casefold() in taken:
        raise Refused(f"There is a {'shared view' if shared else 'view of yours'} with this name. Take another name.")


def _name(text: object) -> str:
    """A name as it is shown: one line, nothing invisible."""
    words = " ".join("".join(each for each in str(text or "") if each.isprintable() or each.isspace()).split())
    if not words or len(words) > NAME_MAX:
        raise Refused(f"A view needs a name of 1 to {NAME_MAX} characters.")
    return words
