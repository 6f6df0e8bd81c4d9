"""merge_servers(): two servers of an account become one, in steps, each of them a short transaction.

The first step decides everything that a report could notice: from then on what comes under either identity is the
surviving server's, and jobs that only the other one has are its own. What is left to move, the runs of jobs that both
have, moves a few hundred rows at a time. Every row that moved is noted, and what is put away is kept, so that
`unmerge` can take it all back. A merge that was cut short goes on where it was.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.deletion import any_asked
from duplistat.services.reports.intake import identity_of
from duplistat.services.reports.shared_ids import said_identity
from duplistat.services.reports.totals import add_run
from duplistat.services.servers.deletion import is_deleting
from duplistat.services.servers.join_jobs import PAUSES, recompute_job, take_settings
from duplistat.services.servers.unmerge import ALL, AT_ONCE, have_it_done, step_back
from duplistat.services.writes import Writes, exclusive_command
from duplistat.store import job_aliases, job_notes, jobs, merges, ping_urls, runs, servers
from duplistat.store import merge_rows as rows
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.merges import Merge, Moved
from duplistat.store.runs import Run
from duplistat.store.servers import Server
from duplistat.store.totals import Tally


def taken_over(kept: Server, gone: Server) -> dict[str, Any]:
    """{column: value} of what a server takes over: what it does not say itself, and what is fresher."""
    taken: dict[str, Any] = {
        name: getattr(gone, name)
        for name in ("alias", "notes", "group_name", "web_url", "service_id")
        if not getattr(kept, name) and getattr(gone, name)
    }
    taken["created_at"] = min(kept.created_at, gone.created_at)
    taken["seen_at"] = max(kept.seen_at, gone.seen_at)
    if gone.seen_at > kept.seen_at:
        taken |= {"name": gone.name, "facts": gone.facts}
    if gone.archived_at is None:
        taken["archived_at"] = None
    return {name: value for name, value in taken.items() if value != getattr(kept, name)}


@exclusive_command
def merge_servers(tx: Tx, *, into: int, gone: int, sees: Sequence[int], by: Actor, now: int) -> int:
    """Begin to merge server `gone` into server `into`, both of the accounts `sees`. The id of the merge.

    Raises DuplistatError: not_found for a server that is not there, invalid for two that cannot be merged.
    """
    db = tx.db
    found = {id: servers.locked(db, tuple(sees), id) for id in sorted({into, gone})}
    kept, left = found[into], found[gone]
    if kept is None or left is None:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such server")
    require_mergeable(db, kept, left)
    taken = taken_over(kept, left)
    pointing = servers.pointing_at(db, left.id)
    plan: dict[str, Any] = {
        "server": rows.whole(db, "server", left.id),
        "taken": {name: [getattr(kept, name), value] for name, value in taken.items()},
        "may_be": [[kept.id, kept.may_be_id], *([id, left.id] for id in pointing if id != kept.id)],
    }
    made = merges.add(db, kept.account_id, kept.id, left.id, left.name, now, json.dumps(plan))
    earlier = [item.id for item in merges.into(db, left.id)]
    merges.note(db, made, merges.MERGE, [Moved(id, left.id) for id in earlier])
    merges.redirect(db, earlier, kept.id)
    servers.change(db, left.id, {"identity": merges.hidden_identity(made), "may_be_id": None})
    for identity in _identities(left):
        merges.add_identity(db, kept.account_id, identity, kept.id, made)
    for id in pointing:
        servers.change(db, id, {"may_be_id": None if id == kept.id else kept.id})
    if kept.may_be_id == left.id:
        servers.change(db, kept.id, {"may_be_id": None})
    servers.change(db, kept.id, taken)
    _hand_over(db, made, left.id, kept.id)
    have_it_done(db, made, kept.account_id, by, now)
    audit.note(
        db,
        by,
        "server.merge",
        account=kept.account_id,
        subject=kept.label,
        now=now,
        before={name: values[0] for name, values in plan["taken"].items()},
        after={"merged": left.label} | taken,
    )
    return made


def _identities(gone: Server) -> list[str]:
    """Under which reports of a server come: also under what is said beside its id, when it is the first one of that."""
    first = gone.identity == identity_of(gone.machine_id, gone.name, gone.sender)
    if first and gone.machine_id and gone.said:
        return [gone.identity, said_identity(gone.machine_id, gone.said)]
    return [gone.identity]


def require_mergeable(db: Database, kept: Server, gone: Server) -> None:
    """Raises DuplistatError (invalid) for two servers that cannot be merged."""
    if kept.id == gone.id:
        raise DuplistatError(Kind.INVALID, "a server cannot be merged with itself")
    if kept.account_id != gone.account_id:
        raise DuplistatError(Kind.INVALID, "servers of two accounts cannot be merged")
    if is_deleting(kept) or is_deleting(gone):
        raise DuplistatError(Kind.INVALID, "one of these servers is being deleted")
    if any_asked(db, kept.id, gone.id):
        raise DuplistatError(
            Kind.INVALID, "a job of these servers is being deleted: try again when that is done"
        )
    if merges.under_way(db, kept.id) or merges.under_way(db, gone.id):
        raise DuplistatError(
            Kind.INVALID, "one of these servers is being merged already: try again when that is done"
        )


@exclusive_command
def merge_step(tx: Tx, *, merge: int, now: int) -> bool:
    """Go on with a merge, or with undoing it, by one short step. Whether it is at its end."""
    found = merges.locked(tx.db, merge)
    if found is None or found.state in (merges.DONE, merges.CLOSED):
        return True
    forth = _step_of_jobs if found.what == merges.OF_JOBS else _step
    step = step_back if found.state == merges.UNDOING else forth
    return step(tx.db, tx.tally, found, tx.defaults, now)


def carry_on(writes: Writes, merge: int, now: int, go_on: Callable[[], bool] = lambda: True) -> bool:
    """Take steps until a merge is at its end, or `go_on` says no more. Whether it is at its end."""
    while go_on():
        if writes.run(merge_step, merge=merge, now=now):
            return True
    return False


def _step(db: Database, tally: Tally, merge: Merge, defaults: ScheduleDefaults, now: int) -> bool:
    """One step of a merge; whether it was the last."""
    left, kept = rows.jobs_by_name(db, merge.gone_id), rows.jobs_by_name(db, merge.into_id)
    for name, gone in left.items():
        if name in kept:
            _join_some(db, tally, merge, gone, kept[name], defaults, now)
            return False
    if left:
        # A report that was under way when the merge began has made another job.
        _hand_over(db, merge.id, merge.gone_id, merge.into_id)
        return False
    events = rows.hanging(db, merges.EVENT, merge.gone_id, AT_ONCE)
    if events:
        _move(db, merge.id, merges.EVENT, events, merge.gone_id, merge.into_id)
        return False
    rows.remove(db, "server", [merge.gone_id])
    merge.state = merges.DONE
    merges.set_state(db, merge)
    return True


def _step_of_jobs(db: Database, tally: Tally, merge: Merge, defaults: ScheduleDefaults, now: int) -> bool:
    """One step of joining two jobs of a server; whether it was the last."""
    plan = json.loads(merge.plan)
    _join_some(db, tally, merge, plan["gone"], plan["into"], defaults, now)
    if all(rows.there(db, "job", plan[name]) for name in ("gone", "into")):
        return False
    merge.state = merges.DONE
    merges.set_state(db, merge)
    return True


def _hand_over(db: Database, merge: int, gone: int, kept: int) -> None:
    """Give all jobs that only the one server has to the other one."""
    taken = rows.jobs_by_name(db, kept)
    whole = [id for name, id in rows.jobs_by_name(db, gone).items() if name not in taken]
    for start in range(0, len(whole), AT_ONCE):
        some = whole[start : start + AT_ONCE]
        rows.move(db, merges.JOB, some, kept, off=gone)
        merges.note(db, merge, merges.JOB, [Moved(id, gone) for id in some])


def _join_some(
    db: Database,
    tally: Tally,
    merge: Merge,
    gone_id: int,
    kept_id: int,
    defaults: ScheduleDefaults,
    now: int,
) -> None:
    """Move some of what hangs on a job to the one of its name; when nothing is left, make them one."""
    held = {id: jobs.locked_by_id(db, id) for id in sorted((gone_id, kept_id))}
    gone, kept = held[gone_id], held[kept_id]
    if gone is None or kept is None:
        return
    for kind in (merges.RUN, merges.TRANSITION, merges.LIVE):
        some = rows.hanging(db, kind, gone.id, AT_ONCE)
        if some:
            for run in _move(db, merge.id, kind, some, gone.id, kept.id):
                add_run(db, tally, gone.account_id, run, -1)
            return
    _join(db, tally, merge, gone, kept, defaults, now)


def _move(db: Database, merge: int, kind: str, items: Sequence[int], gone: int, kept: int) -> list[Run]:
    """Hang rows on the surviving server or job; what that has already is put away. The runs that were."""
    twins = rows.twins(db, kind, items, kept)
    moving = [item for item in items if item not in twins]
    rows.move(db, kind, moving, kept, off=gone)
    merges.note(db, merge, kind, [Moved(item, gone) for item in moving])
    if kind == merges.RUN:
        rows.tell_of_job(db, items, kept)
    if kind == merges.TRANSITION:
        _name_twins(db, merge, items)
    put_away = runs.by_ids(db, list(twins)) if kind == merges.RUN else {}
    for item, twin in twins.items():
        _put_away(db, merge, kind, item, twin, gone)
    return list(put_away.values())


def _put_away(db: Database, merge: int, kind: str, item: int, twin: int, gone: int) -> None:
    """Take a run or an event out that is there twice; what told of it tells of the other one from here on."""
    content = rows.whole(db, kind, item)
    if content is None:
        return
    log = rows.log_of(db, item) if kind == merges.RUN else None
    merges.note(db, merge, kind, [Moved(item, gone, content | {"twin": twin}, log)])
    tellers = merges.OF_RUN if kind == merges.RUN else merges.OF_EVENT
    attached = rows.hanging(db, tellers, item, ALL)
    merges.note(db, merge, tellers, [Moved(delivery, item) for delivery in attached])
    rows.move(db, tellers, attached, twin, off=item)
    rows.remove(db, kind, [item])


def _name_twins(db: Database, merge: int, changes: Sequence[int]) -> None:
    """Let changes of health name the runs that stand for those that were put away."""
    for change, run, twin in rows.names_put_away(db, merge, changes):
        rows.move(db, merges.OF_CHANGE, [change], twin, off=run)
        merges.note(db, merge, merges.OF_CHANGE, [Moved(change, run)])


def _join(
    db: Database, tally: Tally, merge: Merge, gone: Job, kept: Job, defaults: ScheduleDefaults, now: int
) -> None:
    """Make two jobs one: all that hung on the one hangs on the other by now."""
    before, row = replace(kept), rows.whole(db, "job", gone.id)
    take_settings(kept, gone)
    if merge.what == merges.OF_JOBS:
        take_settings(kept, gone, PAUSES)
    # Those that are kept have moved: what is left are those that retention has deleted.
    kept.runs += gone.runs
    recompute_job(db, tally, kept, [before, gone], defaults, now)
    tally.bytes(gone.account_id, gone.id, size=-(gone.size or 0), storage=-(gone.storage or 0))
    note = job_notes.get(db, gone.id)
    take_note = bool(note) and not job_notes.get(db, kept.id)
    if take_note:
        job_notes.put(db, kept.id, note)
    names, known = job_aliases.of_job(db, gone.id), job_aliases.of_job(db, kept.id)
    pinged = ping_urls.hand_over(db, gone.id, kept.id)
    job_aliases.add(db, kept.id, names)
    changed = kept.health != before.health
    noted = {
        "row": row,
        "change": rows.latest_change(db, kept.id) if changed else None,
        "kept": kept.id,
        "before": asdict(before),
        "after": asdict(kept),
        "note": note,
        "note taken": take_note,
        "names": names,
        "pinged": pinged,
        "names taken": [name for name in names if name not in known],
    }
    merges.note(db, merge.id, merges.JOB, [Moved(gone.id, merge.gone_id, noted)])
    rows.remove(db, "job", [gone.id])
