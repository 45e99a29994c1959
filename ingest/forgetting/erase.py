"""This module owns the order of a forgetting: plan, seal, rewrite, look again, decide, drop the plan.

Every step can be done twice, and the plan is on disk from the first to the last: a run after a kill goes on with the
same tokens. Nothing is called done before a look over everything has found nothing.
"""

import getpass
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

import orjson

from ingest import decisions
from ingest.config import IngestSettings
from ingest.forgetting import leftovers, record
from ingest.forgetting.errors import ForgetError
from ingest.forgetting.person import Person
from ingest.forgetting.plan import Plan, erase, new_plan, save, unfinished
from ingest.forgetting.receipt import Receipt, moment, stays
from ingest.forgetting.search import Found, deliveries, discovered, in_journal
from ingest.forgetting.segments import frozen, rewrite
from ingest.forgetting.traces import Task
from ingest.journal import segments
from ingest.visitors.key import KEY_NAME, visitor_hash, visitor_key

ROUNDS_MAX = 5
Say = Callable[[str], None]


def person_of(settings: IngestSettings, visitor: str | None, click: str | None, with_orders: bool) -> Person:
    """Who an id as it was sent stands for, with every id that leads to them. O(journal + record + archive).

    Raises ForgetError, RecordError, ArchiveError.
    """
    if not (settings.data_dir / KEY_NAME).exists():  # made anew, it would find nobody
        raise ForgetError(f"There is no {settings.data_dir / KEY_NAME}, so no id can be looked for. Restore it.")
    raw = frozenset({visitor.strip()} if visitor else ())
    visitors = frozenset(visitor_hash(visitor_key(settings.data_dir), each) for each in raw)
    seed = Person(secrets.token_bytes(32), raw, visitors, frozenset({click.strip()} if click else ()))
    return discovered(settings, seed, with_orders)


def looked(settings: IngestSettings, person: Person) -> dict[str, int]:
    """How many rows per place would be changed now; nothing is written. Empty where nobody knows the person."""
    found = in_journal(settings.journal_dir, Task(person))
    counts = {"journal.deliveries": len(found.deliveries)} if found.deliveries else {}
    task = Task(person, frozenset(found.blanked), frozenset(found.deliveries))
    return counts | record.counted(settings.record_path, task)


def begin(settings: IngestSettings, person: Person, reason: str, with_orders: bool = True) -> Plan:
    """Write the plan: from here on the work is ended, by this run or by the next."""
    plan = new_plan(person, getpass.getuser(), reason, time.time_ns() // 1000, with_orders)
    save(settings.data_dir, plan)
    return plan


def carry_out(settings: IngestSettings, plan: Plan, say: Say) -> Receipt:
    """Do what is planned, from the start or from where a kill left it. Raises ForgetError, ArchiveError, OSError."""
    for _ in range(ROUNDS_MAX):
        names = frozen(settings.journal_dir)
        arrived = _round(settings, plan, names)
        if not _is_left(settings, plan, names, arrived):
            break
        say("more of the person came to light; looking again")
    else:
        raise ForgetError(f"Old rows keep coming after {ROUNDS_MAX} rounds. Stop the replay, and run forget again.")
    for path in leftovers.put_aside(settings.record_path, settings.journal_dir):
        path.unlink()
        plan.counts["put aside.files"] = plan.counts.get("put aside.files", 0) + 1
    if leftovers.remove_work(settings.data_dir):
        plan.counts["work.duckdb"] = 1
    save(settings.data_dir, plan)
    _decide(settings, plan)
    texts = record.texts_left(settings.record_path, plan.person)
    told = stays(len(arrived.deliveries), len(plan.person.shared), texts, not plan.with_orders)
    receipt = Receipt(plan.receipt, moment(plan.began_at), moment(time.time_ns() // 1000), plan.actor, plan.reason,
                      dict(sorted(plan.counts.items())), plan.sent_on, told)  # fmt: skip
    erase(settings.data_dir)
    return receipt


def resume(settings: IngestSettings, say: Say) -> Receipt | None:
    """End what an earlier run began; None where there is nothing to end."""
    plan = unfinished(settings.data_dir)
    if plan is None:
        return None
    say(f"{plan.receipt} was begun {moment(plan.began_at)} and not ended; going on with it")
    return carry_out(settings, plan, say)


def _round(settings: IngestSettings, plan: Plan, names: set[str]) -> Found:
    """Rewrite whatever holds the person now; returns what has arrived since in segments that are still written."""
    journal = settings.journal_dir
    found = in_journal(journal, plan.task(), names)
    _note(settings, plan, found)
    with record.locked(settings.record_path):
        for segment, changes in found.changes.items():
            if (journal / segment).exists():  # else the retention let it go meanwhile
                rewrite(journal, segment, changes)
        arrived = in_journal(journal, plan.task(), _others(settings, names))
        counts = record.renew(settings.record_path, plan.task(frozenset(arrived.deliveries)), _now())
    for place, rows in counts.items():
        plan.counts[place] = plan.counts.get(place, 0) + rows
    save(settings.data_dir, plan)
    return arrived


def _note(settings: IngestSettings, plan: Plan, found: Found) -> None:
    """Remember what a rewritten journal cannot tell any more: which bodies went, what only they said, what was sent."""
    news = [place for delivery_id, place in found.relayed.items() if delivery_id not in plan.deliveries]
    plan.sent_on += leftovers.sent_on(settings.data_dir, news)
    plan.blanked |= found.blanked
    plan.deliveries |= set(found.deliveries)
    if plan.deliveries:
        plan.counts["journal.deliveries"] = len(plan.deliveries)
    save(settings.data_dir, plan)


def _is_left(settings: IngestSettings, plan: Plan, names: set[str], arrived: Found) -> bool:
    """Whether anything received before it began is there still: a slow request, a replay that was at work."""
    if any(at < plan.began_at for at in arrived.deliveries.values()):
        return True
    later = in_journal(settings.journal_dir, plan.task())
    return any(at < plan.began_at for at in later.deliveries.values()) or bool(names & later.changes.keys())


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _others(settings: IngestSettings, names: set[str]) -> set[str]:
    return {path.name for path in segments(settings.journal_dir)} - names


def _decide(settings: IngestSettings, plan: Plan) -> None:
    """Append the decision, once: it says who, why and how much, and nothing of whom."""
    said = (row.delivery for _, row in deliveries(settings.journal_dir) if row.delivery.disposition == "decision")
    if not any(plan.receipt in each.items for each in said):
        counts = orjson.dumps(plan.counts, option=orjson.OPT_SORT_KEYS).decode()
        decisions.append(settings.journal_dir, "forget", plan.receipt, counts, plan.actor, plan.reason)
