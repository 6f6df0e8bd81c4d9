"""GET /partners…: how every customer stands, and every job of theirs, worst first, to read and to print."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import render_template, request
from markupsafe import Markup

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.health_words import COUNTED
from duplistat.core.i18n import Text
from duplistat.http.context import Context, context
from duplistat.services.accounts.names import labels
from duplistat.services.jobs.counted import is_test
from duplistat.store import accounts, jobs, servers, users
from duplistat.store.accounts import Account
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader, visible
from duplistat.web.partners.customers import customers, headline, matching
from duplistat.web.partners.found import below
from duplistat.web.parts import health_counts
from duplistat.web.parts.health_counts import fine_together, tally
from duplistat.web.parts.judged import RANK, STATES, TO_LOOK_AT, JudgedJob, awake, judge
from duplistat.web.parts.labels import Label, labels_of
from duplistat.web.parts.reasons import reason

# A page is for reading: what is beyond this is in the CSV.
MOST_ROWS = 500
LONGEST = 200


class Line(NamedTuple):
    """A job, ready to be shown. `at` is in ms."""

    job: int
    server: int
    state: str
    account: int
    customer: str
    computer: Label
    name: str
    why: Markup
    at: int | None


def partners(number: int | None = None) -> str:
    """The page: of the account that pages act for, or of one below it; `?state=` shows only some jobs, `?customer=`
    only some customers.

    Raises DuplistatError: not_found for an account that is not there to be seen, invalid for a state that is none.
    """
    ctx, found = context(), below(number)
    account, now = found[0], ctx.now()
    wanted = _state(request.args.get("state", ""))
    query = " ".join(request.args.get("customer", "")[:LONGEST].split())
    ids = tuple(each.id for each in found)
    # A test is none of a customer's.
    used = [
        server
        for server in servers.visible(ctx.db, ids)
        if server.archived_at is None and not is_test(server)
    ]
    computers = labels_of(used)
    everything = judge((job for job in jobs.visible(ctx.db, ids) if job.server_id in computers), now)
    counts = Counter(one.state for one in everything)
    known = customers(found, everything, used, _hidden(ctx, found), now)
    together = fine_together(counts)
    chosen = sorted(
        (one for one in everything if one.state in _meant(wanted)), key=lambda one: RANK[one.state]
    )
    return render_template(
        "partners.html",
        account=account,
        label=visible(account.name),
        headline=headline(known) if len(known) != 1 or not everything else of_jobs(everything, now),
        counts=tally(counts),
        customers=matching(known, query),
        known=len(known),
        query_customers=query,
        above=above(ctx, account) if number else [],
        filters=[(str(state), together[state]) for state in COUNTED if together.get(state)],
        wanted=wanted,
        total=len(everything),
        left_out=max(0, len(chosen) - MOST_ROWS),
        lines=lines(ctx, chosen[:MOST_ROWS], found, computers, now),
        number=number,
        reader=Reader(now, ctx.schedule_defaults.zone),
    )


def of_jobs(judged: Sequence[JudgedJob], now: int) -> str:
    """Of the only customer the jobs are counted, as on the overview."""
    return health_counts.headline(Counter(one.state for one in awake(judged, now)), len(judged))


def above(ctx: Context, account: Account) -> list[tuple[int, str]]:
    """(id, name) of the accounts between the one of who looks and this one."""
    sees = set(viewer().sees) - {viewer().account, account.id}
    between = [id for id in account.lineage if id in sees]
    names = accounts.names(ctx.db, between)
    return [(id, visible(names[id])) for id in between if id in names]


def lines(
    ctx: Context, judged: Sequence[JudgedJob], of: Sequence[Account], computers: Mapping[int, Label], now: int
) -> list[Line]:
    """Jobs, each with why it is as it is where somebody should look."""
    called = labels({account.id: account.name for account in of})
    return [
        Line(
            job=job.id,
            server=job.server_id,
            state=state,
            account=job.account_id,
            customer=visible(called[job.account_id]),
            computer=computers[job.server_id],
            name=visible(job.label),
            why=reason(job, health, ctx.schedule_defaults, now) if state in TO_LOOK_AT else Markup(""),
            at=job.last_order,
        )
        for job, health, state in judged
    ]


def _hidden(ctx: Context, found: Sequence[Account]) -> frozenset[int]:
    """Accounts that are no customers as long as they have no job: the one that the page is of, and contacts."""
    own, *others = (account.id for account in found)
    contacts = users.contact_accounts(ctx.db, tuple(others)) if others else set()
    return frozenset({own, *contacts})


def _meant(wanted: str) -> tuple[str, ...]:
    """The states of a choice: what runs is fine as well."""
    if not wanted:
        return STATES
    return ("ok", "running") if wanted == "ok" else (wanted,)


def _state(text: str) -> str:
    if text and text not in STATES:
        raise DuplistatError(Kind.INVALID, Text("?state= must be one of {states}", states=", ".join(STATES)))
    return text
