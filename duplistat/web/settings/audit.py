"""/settings/audit: who changed what, in all accounts that an admin looks after; to read, and as CSV and JSON."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from flask import Response, request, stream_with_context, url_for

from duplistat.core.spreadsheet import as_csv
from duplistat.core.text import clean
from duplistat.core.times import midnight
from duplistat.http.answers import iso
from duplistat.http.context import context
from duplistat.services.accounts.names import labels as apart
from duplistat.services.people.identity import Role
from duplistat.store import accounts
from duplistat.store import audit as store
from duplistat.store.audit import Entry, Filter
from duplistat.web.access import needs, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.subject_pages import before
from duplistat.web.settings import audit_words
from duplistat.web.settings.page import ROWS, show

COLUMNS = ("time", "account", "who", "address", "action", "subject", "before", "after")
FILTERS = ("who", "action", "since", "until")


class Line(NamedTuple):
    """An entry, with its action and who did it in words, and what it changed."""

    entry: Entry
    action: str
    who: str
    changes: list[audit_words.Change]


@needs(Role.ADMIN)
def page() -> Response:
    """The newest first; `?who=`, `?action=`, `?since=` and `?until=` (days) choose, `?before=` goes on."""
    ctx, form = context(), Form(request.args.to_dict())
    wanted = _wanted(form)
    found = [] if form.wrong else store.page(ctx.db, viewer().sees, wanted, before=before(), limit=ROWS + 1)
    shown = found[:ROWS]
    chosen: dict[str, Any] = {name: form.typed(name) for name in FILTERS if form.typed(name)}
    names = apart(accounts.names(ctx.db, viewer().sees))
    return show(
        "audit",
        400 if form.wrong else 200,
        form=form,
        chosen=chosen,
        action=wanted.action,
        lines=[
            Line(
                entry,
                audit_words.action_words(entry.action),
                audit_words.who_words(entry.who),
                list(audit_words.changes_of(entry, names)),
            )
            for entry in shown
        ],
        names={id: visible(name) for id, name in names.items()},
        actions=_actions(wanted.action),
        several=len(viewer().sees) > 1,
        newer=url_for("web.audit", **chosen) if before() is not None else "",
        older=url_for("web.audit", **chosen, before=shown[-1].id) if len(found) > ROWS else "",
    )


@needs(Role.ADMIN)
def as_spreadsheet() -> Response:
    """All entries that were chosen, as CSV, a few at a time."""
    rows = ([plain[name] for name in COLUMNS] for plain in _plain(written=True))
    return _file(as_csv(COLUMNS, rows), "text/csv", "audit.csv")


@needs(Role.ADMIN)
def as_json() -> Response:
    """The same as a JSON object, a few at a time."""

    def pieces() -> Iterator[str]:
        yield '{"entries":['
        for number, plain in enumerate(_plain(written=False)):
            yield ("," if number else "") + json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        yield "]}\n"

    return _file(pieces(), "application/json", "audit.json")


def _wanted(form: Form) -> Filter:
    """What the address asks for; a day that is none is noted in the form."""
    action = clean(form.typed("action")).strip()
    return Filter(
        who=clean(form.typed("who")).strip(),
        action=audit_words.FORMER.get(action, action),
        since=_midnight(form, "since", 0),
        until=_midnight(form, "until", 1),
    )


def _midnight(form: Form, name: str, later: int) -> int | None:
    """The beginning (ms) of the day that was asked for, or of one so many days later; None for none."""
    typed = form.typed(name).strip()
    try:
        day = date.fromisoformat(typed) if typed else None
        return midnight(day, context().schedule_defaults.zone, later) if day else None
    except (ValueError, OverflowError):
        form.wrong[name] = _("Enter a date such as 2027-01-31.")
        return None


def _actions(chosen: str) -> list[tuple[str, str]]:
    """What can be chosen: all, what is about one kind of things, and the one action that is chosen."""
    known = [("", _("All actions")), *((name, _(text)) for name, text in audit_words.SUBJECTS.items())]
    unknown = [] if chosen in dict(known) else [(chosen, audit_words.action_words(chosen))]
    return known + unknown


def _plain(*, written: bool) -> Iterator[dict[str, Any]]:
    """Each entry that was chosen, by the names of COLUMNS; what changed as objects, or `written` as text."""
    db, form = context().db, Form(request.args.to_dict())
    wanted, names = _wanted(form), apart(accounts.names(db, viewer().sees))
    # A wrong day chooses nothing, rather than everything.
    for entry in [] if form.wrong else store.everything(db, viewer().sees, wanted):
        yield _values(entry, names, written)


def _values(entry: Entry, names: dict[int, str], written: bool) -> dict[str, Any]:
    old, new = (text if written else json.loads(text) for text in (entry.before, entry.after))
    account = names.get(entry.account_id, "")
    values = (iso(entry.at), account, entry.who, entry.address, entry.action, entry.subject, old, new)
    return dict(zip(COLUMNS, values, strict=True))


def _file(pieces: Iterator[str], kind: str, name: str) -> Response:
    response = Response(stream_with_context(pieces), mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
