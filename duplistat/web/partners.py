"""GET /partners…: how every job of every customer stands, worst first, to read and to print."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from flask import Response, render_template, request
from markupsafe import Markup

from duplistat.core import formatting
from duplistat.core.conditions import Condition, Reason
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.spreadsheet import as_csv
from duplistat.core.status import Health
from duplistat.http.context import Context, context
from duplistat.services.accounts.names import labels
from duplistat.services.accounts.partner_report import ATTRIBUTES, Entry, report, zones
from duplistat.store import accounts, jobs, users
from duplistat.store.accounts import Account
from duplistat.store.jobs import Job
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.parts.jobs_table import judge
from duplistat.web.parts.reasons import lead

# A page is for reading: what is beyond this is in the CSV.
MOST_ROWS = 500
# Worst first, as they are counted on the page.
WORST = tuple(reversed(Condition))
TROUBLE = (Condition.FAILURE, Condition.WARNING)
MARKS = {
    Condition.FAILURE: Health.FAILED,
    Condition.WARNING: Health.WARNING,
    Condition.RUNNING: Health.RUNNING,
    Condition.COMPLETED: Health.OK,
}


class Customer(NamedTuple):
    """An account with how many of its backup sets stand how: (mark, text) of each, worst first."""

    id: int
    name: str
    counts: list[tuple[str, str]]


class Line(NamedTuple):
    """A backup set, ready to be shown. `at` is in ms."""

    job: int
    server: int
    state: str
    account: int
    customer: str
    computer: str
    name: str
    why: Markup
    at: int | None


def partners(number: int | None = None) -> str:
    """The page: of the account that pages act for, or of one below it; `?condition=` shows only some.

    Raises DuplistatError: not_found for an account that is not there to be seen, invalid for a condition that
    is none.
    """
    ctx = context()
    below, entries, now = _entries(ctx, number)
    account = below[0]
    wanted = _condition(request.args.get("condition", ""))
    counts = Counter(entry.condition_status for entry in entries)
    chosen = [entry for entry in entries if wanted in (None, entry.condition_status)]
    shown = sorted(chosen, key=lambda entry: WORST.index(entry.condition_status))[:MOST_ROWS]
    known, names = customers(entries), _names()
    return render_template(
        "partners.html",
        account=account,
        label=visible(account.name),
        headline=headline(known),
        troubled=[customer for customer in known if _is_troubled(customer)],
        fine=[customer for customer in known if not _is_troubled(customer)],
        silent=silent(ctx, below, known),
        above=above(ctx, account) if number else [],
        counts=[(condition, MARKS[condition], names[condition], counts[condition]) for condition in WORST],
        wanted=wanted,
        none_is=_none_is()[wanted] if wanted else "",
        total=len(entries),
        left_out=len(chosen) - len(shown),
        lines=lines(ctx, shown, now),
        number=number,
        reader=Reader(now, ctx.schedule_defaults.zone),
    )


def partners_csv(number: int | None = None) -> Response:
    """The whole report as CSV, in the order of the partner report. Raises DuplistatError as the page does."""
    (account, *_below), entries, _now = _entries(context(), number)
    rows = ([getattr(entry, name) for name in ATTRIBUTES] for entry in entries)
    response = Response(as_csv(ATTRIBUTES, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="backup-status-{account.id}.csv"'
    return response


def headline(known: Sequence[Customer]) -> str:
    """The answer in one sentence."""
    troubled = sum(map(_is_troubled, known))
    numbers = {"number": formatting.count(troubled), "total": formatting.count(len(known))}
    if not known:
        return _("No customer has a job yet")
    if not troubled:
        text = ngettext("%(total)s customer, all jobs OK", "%(total)s customers, all jobs OK", len(known))
        return text % numbers
    if len(known) == 1:
        return _("1 customer needs attention")
    text = ngettext(
        "%(number)s of %(total)s customers needs attention",
        "%(number)s of %(total)s customers need attention",
        troubled,
    )
    return text % numbers


def customers(entries: Iterable[Entry]) -> list[Customer]:
    """The accounts that own the entries, the one with most failures first, then by warnings and by name."""
    counted: dict[tuple[int, str], Counter[Condition]] = {}
    for entry in entries:
        counted.setdefault((entry.account, entry.username), Counter())[entry.condition_status] += 1

    def worst_first(item: tuple[tuple[int, str], Counter[Condition]]) -> tuple[int, int, str]:
        (_, name), counts = item
        return -counts[Condition.FAILURE], -counts[Condition.WARNING], name.casefold()

    called = labels(dict(counted.keys()))
    return [
        Customer(
            id, visible(called[id]), [_counted(condition, counts) for condition in WORST if counts[condition]]
        )
        for (id, name), counts in sorted(counted.items(), key=worst_first)
    ]


def silent(ctx: Context, below: Sequence[Account], known: Sequence[Customer]) -> list[tuple[int, str]]:
    """(id, name) of the customers below an account that have no job; contacts are none."""
    has = {customer.id for customer in known} | {below[0].id}
    without = tuple(account.id for account in below if account.id not in has)
    contacts = users.contact_accounts(ctx.db, without) if without else set()
    called = labels({account.id: account.name for account in below})
    return [
        (account.id, visible(called[account.id]))
        for account in below
        if account.id in without and account.id not in contacts
    ]


def above(ctx: Context, account: Account) -> list[tuple[int, str]]:
    """(id, name) of the accounts between the one of who looks and this one."""
    sees = set(viewer().sees) - {viewer().account, account.id}
    between = [id for id in account.lineage if id in sees]
    names = accounts.names(ctx.db, between)
    return [(id, visible(names[id])) for id in between if id in names]


def lines(ctx: Context, entries: Sequence[Entry], now: int) -> list[Line]:
    """The entries, each with what is behind it in a sentence. One statement."""
    rows = jobs.by_ids(ctx.db, [entry.job for entry in entries if entry.condition_status in TROUBLE])
    return [_line(ctx, entry, rows, now) for entry in entries]


def _line(ctx: Context, entry: Entry, rows: Mapping[int, Job], now: int) -> Line:
    state, why = MARKS[entry.condition_status], Markup("")
    if entry.job in rows:
        ((job, health),) = judge([rows[entry.job]], now)
        # A job that is fine by its health is here for something else, which is said besides.
        state = health if health not in (Health.OK, Health.RUNNING) else state
        why = lead(job, health, ctx.schedule_defaults, now)
    known = _besides()
    besides = [known[reason] for reason in entry.condition_types if reason in known]
    return Line(
        job=entry.job,
        server=entry.server,
        state=state.value,
        account=entry.account,
        customer=visible(entry.username),
        computer=visible(entry.computer_name),
        name=visible(entry.backupset_name),
        why=Markup(" ").join([part for part in (why, *besides) if part]),
        at=entry.started_at,
    )


def _names() -> dict[Condition, str]:
    """What backup sets of a condition are, for a list to choose from."""
    return {
        Condition.FAILURE: _("failed or overdue"),
        Condition.WARNING: _("warning"),
        Condition.RUNNING: _("running"),
        Condition.COMPLETED: _("OK"),
    }


def _none_is() -> dict[Condition, str]:
    return {
        Condition.FAILURE: _("No failed or overdue jobs."),
        Condition.WARNING: _("No jobs with warnings."),
        Condition.RUNNING: _("No running jobs."),
        Condition.COMPLETED: _("No jobs are OK."),
    }


def _besides() -> dict[Reason, str]:
    """What the health of a job does not say."""
    return {
        Reason.NO_DATA_RESTORED: _("Last restore returned no files."),
        Reason.NO_DATA_DELETED: _("Last deletion of old versions failed and deleted nothing."),
        Reason.NO_FILE_DATA_BACKED_UP: _("No files were examined."),
        Reason.NO_EXCHANGE_OR_SQL_DATA_BACKED_UP: _("Tagged as a database, but nothing was uploaded."),
    }


def _counted(condition: Condition, counts: Counter[Condition]) -> tuple[str, str]:
    number = counts[condition]
    texts = {
        Condition.FAILURE: ngettext("%(number)s failed or overdue", "%(number)s failed or overdue", number),
        Condition.WARNING: ngettext("%(number)s warning", "%(number)s warnings", number),
        Condition.RUNNING: ngettext("%(number)s running", "%(number)s running", number),
        Condition.COMPLETED: _("%(number)s OK"),
    }
    return MARKS[condition].value, texts[condition] % {"number": formatting.count(number)}


def _is_troubled(customer: Customer) -> bool:
    return customer.counts[0][0] in (Health.FAILED, Health.WARNING)


def _entries(ctx: Context, number: int | None) -> tuple[list[Account], list[Entry], int]:
    """An account and all below it, how each backup set of theirs stands, and when that is (ms)."""
    sees, now = viewer().sees, ctx.now()
    found = accounts.seen(ctx.db, sees, viewer().account if number is None else number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Account not found")
    below = accounts.below(ctx.db, found)
    ids = tuple(account.id for account in below)
    return below, report(ctx.db, ids, now, zones(ctx.db, ids, ctx.schedule_defaults.zone)), now


def _condition(text: str) -> Condition | None:
    try:
        return Condition(text) if text else None
    except ValueError:
        raise DuplistatError(
            Kind.INVALID, Text("?condition= must be one of {conditions}", conditions=", ".join(Condition))
        ) from None
