"""GET /partners…: how every job of every customer stands, worst first, to read and to print."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from flask import Response, render_template, request

from duplistat.core import words
from duplistat.core.conditions import Condition, Reason
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.status import Health
from duplistat.http.context import Context, context
from duplistat.services.backup_status import Entry, report, zones
from duplistat.services.sentences import reason_of
from duplistat.store import accounts, jobs
from duplistat.store.accounts import Account
from duplistat.store.jobs import Job
from duplistat.web.jobs_table import judge
from duplistat.web.partners_csv import as_csv
from duplistat.web.present import Reader, sentence, visible

# A page is for reading: what is beyond this is in the CSV.
MOST_ROWS = 500
# Worst first, as they are counted on the page.
WORST = tuple(reversed(Condition))
TROUBLE = (Condition.FAILURE, Condition.WARNING)
COUNTED = {
    Condition.FAILURE: (Health.FAILED, "failure", "failures"),
    Condition.WARNING: (Health.WARNING, "warning", "warnings"),
    Condition.RUNNING: (Health.RUNNING, "running", "running"),
    Condition.COMPLETED: (Health.OK, "fine", "fine"),
}
# What the health of a job does not say.
BESIDES = {
    Reason.NO_DATA_RESTORED: "The latest restore restored nothing.",
    Reason.NO_DATA_DELETED: "The latest delete of old versions failed and deleted nothing.",
    Reason.NO_FILE_DATA_BACKED_UP: "No file was examined.",
    Reason.NO_EXCHANGE_OR_SQL_DATA_BACKED_UP: "It is tagged as a database, and sent no byte.",
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
    customer: str
    computer: str
    name: str
    why: str
    at: int | None


def partners(number: int | None = None) -> str:
    """The page: of the account that pages act for, or of one below it; `?condition=` shows only some.

    Raises DuplistatError: not_found for an account that is not there to be seen, invalid for a condition that
    is none.
    """
    ctx = context()
    account, entries, now = _entries(ctx, number)
    wanted = _condition(request.args.get("condition", ""))
    counts = Counter(entry.condition_status for entry in entries)
    chosen = [entry for entry in entries if wanted in (None, entry.condition_status)]
    shown = sorted(chosen, key=lambda entry: WORST.index(entry.condition_status))[:MOST_ROWS]
    known = customers(entries)
    return render_template(
        "partners.html",
        account=account,
        label=visible(account.name),
        headline=headline(known),
        troubled=[customer for customer in known if _is_troubled(customer)],
        fine=[customer for customer in known if not _is_troubled(customer)],
        counts=[(condition, *COUNTED[condition][:2], counts[condition]) for condition in WORST],
        wanted=wanted,
        total=len(entries),
        left_out=len(chosen) - len(shown),
        lines=lines(ctx, shown, now),
        number=number,
        reader=Reader(now, ctx.clockwork.zone),
    )


def partners_csv(number: int | None = None) -> Response:
    """The whole report as CSV, in the order of the partner report. Raises DuplistatError as the page does."""
    account, entries, _ = _entries(context(), number)
    response = Response(as_csv(entries), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="backup-status-{account.id}.csv"'
    return response


def headline(known: Sequence[Customer]) -> str:
    """The answer in one sentence."""
    troubled = sum(map(_is_troubled, known))
    if not known:
        return "No customer has a job yet."
    if not troubled:
        return f"All is well with {words.plural(len(known), 'customer')}."
    if len(known) == 1:
        return "The only customer needs you."
    needs = "needs" if troubled == 1 else "need"
    return f"{words.count(troubled)} of {words.plural(len(known), 'customer')} {needs} you."


def customers(entries: Iterable[Entry]) -> list[Customer]:
    """The accounts that own the entries, the one with most failures first, then by warnings and by name."""
    counted: dict[tuple[int, str], Counter[Condition]] = {}
    for entry in entries:
        counted.setdefault((entry.account, entry.username), Counter())[entry.condition_status] += 1

    def worst_first(item: tuple[tuple[int, str], Counter[Condition]]) -> tuple[int, int, str]:
        (_, name), counts = item
        return -counts[Condition.FAILURE], -counts[Condition.WARNING], name.casefold()

    return [
        Customer(id, visible(name), [_counted(condition, counts) for condition in WORST if counts[condition]])
        for (id, name), counts in sorted(counted.items(), key=worst_first)
    ]


def lines(ctx: Context, entries: Sequence[Entry], now: int) -> list[Line]:
    """The entries, each with what is behind it in a sentence. One statement."""
    rows = jobs.by_ids(ctx.db, [entry.job for entry in entries if entry.condition_status in TROUBLE])
    return [_line(ctx, entry, rows, now) for entry in entries]


def _line(ctx: Context, entry: Entry, rows: Mapping[int, Job], now: int) -> Line:
    state, why = COUNTED[entry.condition_status][0], ""
    if entry.job in rows:
        ((job, health),) = judge([rows[entry.job]], now)
        # A job that is fine by its health is here for something else, which is said besides.
        state = health if health not in (Health.OK, Health.RUNNING) else state
        why = sentence(visible(reason_of(job, health, ctx.clockwork, now)))
    besides = [BESIDES[reason] for reason in entry.condition_types if reason in BESIDES]
    return Line(
        job=entry.job,
        server=entry.server,
        state=state.value,
        customer=visible(entry.username),
        computer=visible(entry.computer_name),
        name=visible(entry.backupset_name),
        why=" ".join([why, *besides]).strip(),
        at=entry.started_at,
    )


def _counted(condition: Condition, counts: Counter[Condition]) -> tuple[str, str]:
    mark, one, many = COUNTED[condition]
    return mark.value, words.plural(counts[condition], one, many)


def _is_troubled(customer: Customer) -> bool:
    return customer.counts[0][0] in (Health.FAILED, Health.WARNING)


def _entries(ctx: Context, number: int | None) -> tuple[Account, list[Entry], int]:
    sees, now = accounts.visible(ctx.db, ctx.main_account), ctx.now()
    found = accounts.seen(ctx.db, sees, ctx.main_account if number is None else number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such account")
    below = accounts.visible(ctx.db, found.id)
    return found, report(ctx.db, below, now, zones(ctx.db, below, ctx.clockwork.zone)), now


def _condition(text: str) -> Condition | None:
    try:
        return Condition(text) if text else None
    except ValueError:
        raise DuplistatError(Kind.INVALID, f"?condition= must be one of {', '.join(Condition)}") from None
