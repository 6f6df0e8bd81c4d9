"""unmerge_servers(): two servers that were made one are two again, in steps as short as those of the merge.

All is as before the merge, with what came since: a job that only the other server had goes back to it with all its
runs; a joined job stays with the surviving server, and so do the runs that came since. From the first step on
reports are those of the server under whose identity they come.
"""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.pings import slug_of
from duplistat.services import audit, background
from duplistat.services.audit import Actor
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.deletion import any_asked
from duplistat.services.reports.totals import add_run
from duplistat.services.servers.deletion import is_deleting
from duplistat.services.servers.join_jobs import as_recorded, part
from duplistat.services.writes import exclusive_command
from duplistat.store import background_tasks as store
from duplistat.store import job_aliases, job_days, job_notes, jobs, merges, ping_urls, runs, servers
from duplistat.store import merge_rows as rows
from duplistat.store.database import Database
from duplistat.store.merges import Merge, Moved
from duplistat.store.runs import Run
from duplistat.store.servers import Server
from duplistat.store.totals import DAY_MS, Tally

# Rows moved in one transaction: reports wait for it.
AT_ONCE = 200
# Who goes on with it in the background.
BACKGROUND_TASK = "merge_servers"
# Nobody tells of a run more often than this, or it is no use to keep that apart.
ALL = 10_000
# What names a run or an event.
TELLERS = {merges.RUN: (merges.OF_RUN, merges.OF_CHANGE), merges.EVENT: (merges.OF_EVENT,)}
# For how long a merge can be undone.
KEPT_MS = 30 * DAY_MS


def why_not(db: Database, merge: Merge, now: int) -> str:
    """Why a merge cannot be undone; "" when it can."""
    if merge.state == merges.CLOSED or now - merge.at > KEPT_MS:
        return Text("it is more than 30 days old")
    newer = [item for item in merges.into(db, merge.into_id) if item.id > merge.id and _hangs_on(item, merge)]
    if newer:
        name = repr(newer[0].gone_name)
        if newer[0].what == merges.OF_JOBS:
            return Text("job {name} was joined with another one after it: undo that first", name=name)
        return Text("{name} was merged into the same server after it: undo that first", name=name)
    kept = servers.get(db, merge.into_id)
    if kept is not None and is_deleting(kept):
        return Text("the server is being deleted")
    if any_asked(db, merge.into_id):
        return Text("a job of the server is being deleted: try again when that is done")
    return ""


def _hangs_on(later: Merge, merge: Merge) -> bool:
    """Whether a later merge of a server has to be undone first: of jobs, one of other jobs has not."""
    if merges.OF_SERVERS in (later.what, merge.what):
        return True
    later_plan, plan = json.loads(later.plan), json.loads(merge.plan)
    return bool({later_plan["into"], later_plan["gone"]} & {plan["into"], plan["gone"]})


class ServersUnmerged(TypedDict):
    """The ids of the merge that is being undone, and of the server that is back."""

    merge: int
    server: int


@exclusive_command
def unmerge_servers(tx: Tx, *, merge: int, sees: Sequence[int], by: Actor, now: int) -> ServersUnmerged:
    """Begin to undo a merge, of the accounts `sees`.

    Raises DuplistatError: not_found for a merge that is not there, invalid for one that cannot be undone.
    """
    db, found = tx.db, merges.locked(tx.db, merge)
    if found is None or found.account_id not in sees or found.what != merges.OF_SERVERS:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such merge")
    plan = json.loads(found.plan)
    if found.state == merges.UNDOING:
        return {"merge": found.id, "server": plan["back"]}
    reason = why_not(db, found, now)
    if reason:
        raise DuplistatError(Kind.INVALID, Text("this merge cannot be undone: {reason}", reason=reason))
    kept = servers.locked(db, (found.account_id,), found.into_id)
    if kept is None:
        raise DuplistatError(Kind.NOT_FOUND, "the server that it was merged into was deleted")
    merges.drop_identities(db, found.id)
    back = _server_back(db, found, plan["server"])
    earlier = [entry.item for entry in merges.entries(db, found.id, merges.MERGE)]
    merges.redirect(db, earlier, back)
    merges.forget(db, found.id, merges.MERGE, earlier)
    for start in range(0, len(whole := merges.entries(db, found.id, merges.JOB, put_away=False)), AT_ONCE):
        some = [entry.item for entry in whole[start : start + AT_ONCE]]
        rows.move(db, merges.JOB, some, back, off=kept.id)
        merges.forget(db, found.id, merges.JOB, some)
    for entry in merges.entries(db, found.id, merges.JOB, put_away=True):
        job_back(db, tx.tally, found, entry, back)
    _give_back(db, kept, plan, found.gone_id, back)
    # It may have come back under another id: that is the one that nobody may delete meanwhile.
    found.state, found.plan, found.gone_id = merges.UNDOING, json.dumps(plan | {"back": back}), back
    merges.set_state(db, found)
    have_it_done(db, found.id, found.account_id, by, now)
    audit.note(
        db,
        by,
        "server.unmerge",
        account=found.account_id,
        subject=kept.label,
        now=now,
        before={"merged": found.gone_name},
    )
    return {"merge": found.id, "server": back}


def have_it_done(db: Database, merge: int, account: int, by: Actor, now: int) -> None:
    """Let the scheduler go on with a merge, or with undoing it, should whoever began not bring it to its end."""
    subject = f"merge {merge}"
    if not store.under_way(db, BACKGROUND_TASK, subject):
        background.ask(
            db, BACKGROUND_TASK, account=account, subject=subject, state={"merge": merge}, by=by, now=now
        )


def step_back(db: Database, tally: Tally, merge: Merge, defaults: ScheduleDefaults, now: int) -> bool:
    """One step of undoing; whether it was the last."""
    # What was put away comes back before what names it.
    for kind in (merges.RUN, merges.EVENT, merges.TRANSITION, merges.LIVE):
        some = merges.entries(db, merge.id, kind, AT_ONCE)
        if some:
            _back(db, tally, merge, kind, some)
            return False
    for kind in (merges.OF_RUN, merges.OF_EVENT, merges.OF_CHANGE):
        some = merges.entries(db, merge.id, kind, AT_ONCE)
        if some:
            for entry in some:
                rows.name_again(db, kind, entry.item, entry.was)
            merges.forget(db, merge.id, kind, [entry.item for entry in some])
            return False
    for entry in merges.entries(db, merge.id, merges.JOB, 1):
        _part(db, tally, merge, entry.content or {}, defaults, now)
        merges.forget(db, merge.id, merges.JOB, [entry.item])
        return False
    merges.delete(db, merge.id)
    return True


def _server_back(db: Database, merge: Merge, row: dict[str, Any]) -> int:
    """The id of the server that went, which is there again, under its own identity."""
    still = servers.locked(db, (merge.account_id,), merge.gone_id)
    named = {
        "may_be_id": rows.there(db, "server", row["may_be_id"]),
        "service_id": rows.there(db, "service", row["service_id"]),
    }
    if still is None or still.identity != merges.hidden_identity(merge.id):
        return rows.put_back(db, "server", row | named)
    servers.change(db, still.id, named | {"identity": row["identity"]})
    return still.id


def job_back(db: Database, tally: Tally, merge: Merge, entry: Moved, back: int) -> int:
    """A job that was joined is there again, on server `back`; its id. Its runs follow."""
    content = entry.content or {}
    row = content["row"] | {"server_id": back, "sums_from": None}
    job = rows.put_back(db, "job", row)
    job_notes.put(db, job, content["note"])
    tally.bytes(row["account_id"], job, size=row["size"] or 0, storage=row["storage"] or 0)
    if job != entry.item:
        kinds = (merges.RUN, merges.TRANSITION, merges.LIVE)
        merges.renumber(db, merge.id, kinds, entry.item, job)
    job_aliases.add(db, job, content.get("names", []))
    ping_urls.add_slug(db, row["account_id"], job, slug_of(row["name"]))
    pinged = content.get("pinged", {"urls": [], "slugs": []})
    ping_urls.move(db, pinged["urls"], pinged["slugs"], content.get("kept", job), job)
    return job


def _give_back(db: Database, kept: Server, plan: dict[str, Any], gone: int, back: int) -> None:
    """Take from the surviving server what it took over, unless it was changed since."""
    own = {name: was for name, (was, took) in plan["taken"].items() if getattr(kept, name) == took}
    servers.change(db, kept.id, own)
    for id, was in plan["may_be"]:
        other = back if was == gone else rows.there(db, "server", was)
        servers.point_at(db, id, other, instead_of=None if id == kept.id else kept.id)


def _back(db: Database, tally: Tally, merge: Merge, kind: str, some: Sequence[Moved]) -> None:
    """Hang rows on what they hung on, and put back what was put away."""
    for was, group in groupby(sorted(some, key=lambda entry: entry.was), key=lambda entry: entry.was):
        together = list(group)
        if not rows.there(db, "server" if kind == merges.EVENT else "job", was):
            # It was deleted meanwhile: what moved stays where it is, with what is the same as what was put away.
            for entry in together:
                if entry.content is not None:
                    merges.forget_of(db, merge.id, TELLERS[kind], entry.item)
            continue
        moved = [entry.item for entry in together if entry.content is None]
        came_again = rows.twins(db, kind, moved, was)
        for item, twin in came_again.items():
            _give_way(db, tally, merge, kind, item, twin, was)
        moved = [item for item in moved if item not in came_again]
        off = merge.into_id if kind == merges.EVENT else _joined_with(db, merge, was)
        if off is not None:
            rows.move(db, kind, moved, was, off=off)
        came = [_put_back(db, tally, merge, kind, entry) for entry in together if entry.content is not None]
        if kind == merges.RUN:
            rows.tell_of_job(db, [*moved, *came, *came_again.values()], was)
            # What it did on each day is counted anew.
            job_days.count_from(db, was, 0)
    merges.forget(db, merge.id, kind, [entry.item for entry in some])


def _joined_with(db: Database, merge: Merge, job: int) -> int | None:
    """The job of the surviving server that one was joined with, if it is still there."""
    if merge.what == merges.OF_JOBS:
        return rows.there(db, "job", json.loads(merge.plan)["into"])
    name = rows.name_of_job(db, job)
    return rows.jobs_by_name(db, merge.into_id).get(name) if name is not None else None


def _put_back(db: Database, tally: Tally, merge: Merge, kind: str, entry: Moved) -> int:
    """A run or an event that was put away is there again; its id, or that of the same that came again meanwhile."""
    row = {name: value for name, value in (entry.content or {}).items() if name != "twin"}
    id = rows.same(db, kind, entry.was, row)
    if id is None and kind == merges.EVENT:
        id = rows.put_back(db, "event", row | {"server_id": entry.was})
    elif id is None:
        id = rows.put_back(db, "run", row | {"job_id": entry.was})
        if entry.log is not None:
            rows.put_log_back(db, id, entry.log)
        run = Run(**{name: row[name] for name in runs.COLUMNS} | {"id": id, "job_id": entry.was})
        add_run(db, tally, row["account_id"], run, 1)
    if id != entry.item:
        merges.renumber(db, merge.id, TELLERS[kind], entry.item, id)
        if kind == merges.RUN:
            rows.renumber_run(db, entry.was, entry.item, id)
    return id


def _give_way(db: Database, tally: Tally, merge: Merge, kind: str, item: int, twin: int, owner: int) -> None:
    """What came again while this was undone is there already: it stays, and the other one goes."""
    for teller in TELLERS[kind]:
        rows.move(db, teller, rows.hanging(db, teller, item, ALL), twin, off=item)
    merges.renumber(db, merge.id, TELLERS[kind], item, twin)
    if kind == merges.RUN:
        rows.renumber_run(db, owner, item, twin)
        add_run(db, tally, merge.account_id, runs.by_ids(db, [item])[item], -1)
    rows.remove(db, kind, [item])


def _part(
    db: Database, tally: Tally, merge: Merge, content: dict[str, Any], defaults: ScheduleDefaults, now: int
) -> None:
    """Let the surviving job be what it was before it was joined, with what came since."""
    kept = jobs.locked_by_id(db, content["kept"])
    if kept is None or kept.server_id != merge.into_id:
        return
    if kept.created_at != content["before"]["created_at"]:
        # The one that was joined was deleted since, and this one has its id.
        return
    # Of the runs that retention has deleted, each has its own again.
    kept.runs -= content["row"].get("runs", 0)
    before, after = as_recorded(kept, content["before"]), as_recorded(kept, content["after"])
    untouched = part(db, tally, kept, before, after, defaults, now)
    if untouched and content["change"] is not None:
        rows.remove(db, "transition", [content["change"]])
    job_aliases.drop(db, kept.id, content.get("names taken", []))
    if content["note taken"] and job_notes.get(db, kept.id) == content["note"]:
        job_notes.put(db, kept.id, "")
