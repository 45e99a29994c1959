"""This module owns the schema of data/alerts.sqlite: its migrations, in order; the version is their number.

A released migration is never edited: what comes later is a new one at the end. Times are unix milliseconds, UTC.
"""

from analytics.alerts.kinds import BUILT_IN

_FIRST = (
    """create table endpoints (
  id text primary key,
  name text not null unique collate nocase,
  channel text not null,        -- webhook, apprise, or one of the entry points whichad.channels
  url text not null,            -- where to; it may hold a token, and is shown without
  events text not null,         -- JSON list of the types wanted; []: all
  created_at integer not null, changed_at integer not null,
  failing_since integer,        -- when the first of a row of failures was; null: the last attempt was taken
  disabled_at integer, disabled_why text not null default ''
)""",
    """create table secrets (
  endpoint_id text not null references endpoints (id) on delete cascade,
  secret text not null,         -- whsec_…, ours
  made_at integer not null,
  until integer,                -- after a rotation the one before signs beside the new one for a while
  primary key (endpoint_id, secret)
) without rowid""",
    """create table rules (
  id text primary key,          -- of a built-in rule its type
  name text not null,
  type text not null,
  condition text,               -- JSON; null: built in
  is_on integer not null check (is_on in (0, 1)),
  created_at integer not null, changed_at integer not null
)""",
    """create table snoozes (
  rule_id text not null references rules (id) on delete cascade,
  subject text not null,        -- '': the whole rule
  until integer not null,
  primary key (rule_id, subject)
) without rowid""",
    """create table states (          -- what was said last of a subject of a rule
  rule_id text not null references rules (id) on delete cascade,
  subject text not null,
  said text not null,           -- JSON
  changed_at integer not null,
  primary key (rule_id, subject)
) without rowid""",
    """create table events (
  id text primary key,          -- evt_…, made of rule, subject and occasion: the same finding is the same event
  type text not null,
  rule_id text not null,        -- rules go, what they said stays
  subject text not null,
  at integer not null,
  version text,                 -- the published version it was seen in
  sentence text not null,
  data text not null            -- JSON, as it is sent
)""",
    "create index events_at on events (at)",
    """create table deliveries (
  event_id text not null references events (id) on delete cascade,
  endpoint_id text not null references endpoints (id) on delete cascade,
  state text not null check (state in ('waiting', 'delivered', 'given_up')),
  tries integer not null default 0,   -- since it was put (back) in the queue
  due_at integer not null,
  ended_at integer,
  primary key (event_id, endpoint_id)
) without rowid""",
    "create index deliveries_due on deliveries (endpoint_id, due_at) where state = 'waiting'",
    """create table attempts (
  id integer primary key autoincrement,
  event_id text not null references events (id) on delete cascade,
  endpoint_id text not null references endpoints (id) on delete cascade,
  at integer not null,
  ok integer not null check (ok in (0, 1)),
  status integer,               -- of HTTP; null: there was no answer, or no HTTP
  took_ms integer not null,
  said text not null,           -- the beginning of the answer, or what went wrong
  next_at integer               -- when it is tried again; null: not
)""",
    "create index attempts_at on attempts (at)",
    "create index attempts_of on attempts (event_id, endpoint_id)",
    *(f"insert into rules values ('{name}', '{name}', '{name}', null, 1, 0, 0)" for name in BUILT_IN),  # noqa: S608 (ours)
)
MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST,)
