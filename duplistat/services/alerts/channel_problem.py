"""The problem of a channel that does not deliver: opened, alerted by other channels, and closed."""

from dataclasses import replace

from duplistat.core.alerts.notice import Dropped, Kind, NoticeFacts, ProblemKind, Why
from duplistat.core.alerts.problem import AGAIN_MS, Closed, Problem, close
from duplistat.core.reason import Code, dump, reason
from duplistat.services.alerts.channel_config import mails_admins
from duplistat.services.alerts.facts import facts_of
from duplistat.services.alerts.listeners import rule_in
from duplistat.services.alerts.new_notice import new_notice
from duplistat.store import accounts, channels, notices, outbox, problems, rules, told
from duplistat.store.channels import Channel
from duplistat.store.database import Database

FAMILY = "channel"


def opened(db: Database, channel: Channel, why: str, now: int) -> Problem:
    """The problem of a channel, opened if there is none. `why` it does not deliver is kept with it, as it is now."""
    subject, kept = problems.of_channel(channel.id), dump([reason(Code.UNDELIVERED, message=why)])
    found = problems.open_of(db, subject, FAMILY)
    if found is not None and found.reason != kept:
        problems.save_if_unchanged(db, replace(found, reason=kept, changes=found.changes + 1), found)
        found = problems.open_of(db, subject, FAMILY)
    if found is not None:
        return found
    began = channel.state_at if channel.state == channels.BROKEN else now
    ended = [end for _, end in problems.earlier(db, subject, now - AGAIN_MS) if end is not None]
    problems.add(
        db,
        Problem(
            id=0,
            uid=problems.new_uid(),
            account_id=channel.account_id,
            subject=subject,
            family=FAMILY,
            job_id=None,
            channel_id=channel.id,
            kind=ProblemKind.CHANNEL.value,
            opened_at=began,
            kind_at=began,
            bad_at=began,
            again=len(ended),
            reason=kept,
        ),
    )
    opened = problems.open_of(db, subject, FAMILY)
    if opened is None:
        raise LookupError(f"the problem of channel {channel.id} was not stored")
    return opened


def closed(db: Database, channel: Channel, now: int) -> bool:
    """Close the problem of a channel, and send the recovery message; whether there was one."""
    problem = problems.open_of(db, problems.of_channel(channel.id), FAMILY)
    if problem is None:
        return False
    ended = close(problem, now, Closed.GOOD)
    if not problems.save_if_unchanged(db, ended, problem):
        return False
    for notice in notices.waiting_of(db, problem.id):
        if not notice.attempts:
            notices.drop(db, notice.id, Dropped.OVER, now)
    facts = _facts(db, channel, ended, Kind.RECOVERED, Why.RECOVERED, "", now)
    known = told.of(db, [problem.id])[problem.id]
    by: list[Channel | None] = [*channels.by_ids(db, [one.channel_id for one in known]).values()]
    if any(
        notice.result == notices.SENT and not notice.channel for notice in notices.of_problem(db, problem.id)
    ):
        by.append(None)
    for other in by:
        _add(db, other, ended, facts, now)
    return True


def told_late(db: Database, problem: int, by: Channel, now: int) -> None:
    """Tell a channel that another one works again, if that was so before it had told that it is broken."""
    known = problems.get(db, problem)
    channel = (
        channels.get(db, known.channel_id) if known is not None and known.channel_id is not None else None
    )
    if known is None or channel is None or known.closed_how != Closed.GOOD:
        return
    facts = _facts(db, channel, known, Kind.RECOVERED, Why.RECOVERED, "", now)
    _add(db, by, known, facts, now)


def forgotten(db: Database, channel: int, now: int) -> None:
    """End the problem of a channel that nobody uses any more; nobody is told."""
    problem = problems.open_of(db, problems.of_channel(channel), FAMILY)
    if problem is not None:
        problems.save_if_unchanged(db, close(problem, now, Closed.GONE), problem)


def tell(
    db: Database,
    channel: Channel,
    problem: Problem,
    why: str,
    mail: bool,
    now: int,
) -> None:
    """Tell that a channel is broken by all others that the rules of its account name, and the administrators."""
    facts = _facts(db, channel, problem, Kind.PROBLEM, Why.SYSTEM, why, now)
    others = _other_channels(db, channel)
    for other in others:
        _add(db, other, problem, facts, now)
    if mail and not any(mails_admins(other) for other in others):
        _add(db, None, problem, facts, now)


def _other_channels(db: Database, channel: Channel) -> list[Channel]:
    named = {
        id
        for row in rules.of_accounts(db, (channel.account_id,))
        if row.enabled
        for id in rule_in(row.spec).channels
    }
    found = channels.by_ids(db, sorted(named - {channel.id}))
    return [other for other in found.values() if other.state == channels.ON]


def _add(db: Database, by: Channel | None, problem: Problem, facts: NoticeFacts, now: int) -> None:
    """A notice of a channel's problem, by another channel or as a mail to the administrators (None)."""
    lane = by.id if by else outbox.DIRECT
    said = f"{problem.id}:{lane}:{facts['kind']}:{facts['why']}:{now}"
    notices.add(db, new_notice(problem.account_id, by, facts, now), [(problem.id, said)])


def _facts(
    db: Database, channel: Channel, problem: Problem, kind: Kind, why: Why, message: str, now: int
) -> NoticeFacts:
    """What is told of a channel: `message` says why it is broken, `last_good_at` when it last delivered."""
    account = accounts.name_of(db, channel.account_id)
    facts = facts_of(db, kind, why, now, [problem], account)
    facts["problems"][0]["message"] = message
    facts["problems"][0]["last_good_at"] = channel.last_ok_at
    facts["details"] = {
        "channel": channel.name,
        "channel_id": channel.id,
        "channel_kind": channel.kind,
        "waiting": len(outbox.waiting_for(db, channel.id)),
    }
    return facts
