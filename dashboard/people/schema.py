"""This module owns the schema of data/dashboard.sqlite: its migrations, in order; the version is their number.

A released migration is never edited: what comes later is a new one at the end. Times are unix seconds.
"""

_FIRST = (
    """create table users (
  id integer primary key autoincrement,
  name text not null unique collate nocase,
  role text not null check (role in ('viewer', 'editor')),
  password text,                -- scrypt with its parameters; null: comes in by OIDC only
  issuer text, subject text,    -- who vouches for them, and under which id; null: password
  created_at integer not null,
  login_at integer,             -- the last one
  unique (issuer, subject)
)""",
    """create table sessions (
  token text primary key,       -- SHA-256 of what the cookie holds: who reads this file can use no session
  user_id integer not null references users (id) on delete cascade,
  created_at integer not null,
  seen_at integer not null
) without rowid""",
    """create table attempts (        -- logins that are not known to have succeeded, for the limits
  at integer not null,
  account text not null,        -- SHA-256: people type passwords into the wrong field
  address text not null
)""",
    "create index attempts_at on attempts (at)",
    """create table audit (
  id integer primary key autoincrement,
  at integer not null,
  who text not null,
  action text not null,
  subject text not null,
  before text, after text       -- JSON; null: there was none
)""",
    "create trigger audit_is_not_changed before update on audit begin select raise(abort, 'audit is append-only'); end",
    "create trigger audit_is_not_deleted before delete on audit begin select raise(abort, 'audit is append-only'); end",
    "create trigger audit_is_not_replaced before insert on audit when new.id in (select id from audit) "
    "begin select raise(abort, 'audit is append-only'); end",
    """create table views (
  id integer primary key autoincrement,
  name text not null collate nocase,
  owner_id integer references users (id) on delete set null,
  owner text not null,          -- the name at the time it was saved
  shared integer not null check (shared in (0, 1)),
  path text not null, search text not null,
  created_at integer not null, changed_at integer not null
)""",
    """create table annotations (
  id integer primary key autoincrement,
  first text not null, last text not null,  -- days, inclusive
  words text not null,
  network text, campaign text,  -- null: all
  author text not null,
  created_at integer not null, changed_at integer not null
)""",
    "create index annotations_first on annotations (first)",
)
MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST,)
