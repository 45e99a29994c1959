"""Ingest owns the door and the record: what senders post, on disk before the answer, loaded exactly once.

Its rooms, along the way of a delivery:

- `listening` (processes, sockets, HTTP as bytes), `door` (a request and its answer), `senders` and `auth` (who posts);
- `bodies` (bytes become records), `mapping` and `profiles` (records become payloads), `items` (payloads become rows),
  `visitors` (who must stay unknown, who counts), `identity` (which texts are one creative);
- `segments` (the journal's files), `store` (the record), `archive`, `nodes` (several machines), `relaying`;
- `importing` (files for webhooks), `quarantine` (and replays), `inspecting` (what became of it), `forgetting`,
  `audit` (the recount), `backup`;
- `settings`, `terminal` (how commands speak), `logs`, `traces`, `counting` (`/metrics`), `canary`, `openapi`, `tag`,
  and `world`, which posts as platforms do.
"""
