"""/settings/agents/selected: several connections are tested, collected from, started or removed; and all are asked."""

from collections.abc import Mapping, Sequence
from typing import Literal

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import unpacked
from duplistat.core.text import capital
from duplistat.http.context import context
from duplistat.services.agents.several import (
    AT_ONCE,
    NotAsked,
    ask_all_services,
    ask_services,
    askable,
    remove_services,
)
from duplistat.services.people.identity import Role
from duplistat.store import agent_tasks, services
from duplistat.store.services import Service
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import labelled, sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, translated
from duplistat.web.redirects import confirmed, done
from duplistat.web.settings.page import show

# Of those that could not be asked, so many are named.
MOST_NAMED = 3
REMOVE = "remove"
Task = Literal["probe", "collect", "run"]


@needs(Role.OPERATOR)
def test_all() -> ResponseReturnValue:
    """Have all of them tested that can be called."""
    return _ask_all("probe", _("No connection to test."))


@needs(Role.OPERATOR)
def collect_all() -> ResponseReturnValue:
    """Have all of them collected from that can be called."""
    return _ask_all("collect", _("No connection to collect from."))


@needs(Role.OPERATOR)
def start_all() -> ResponseReturnValue:
    """The page that asks whether all jobs of all of them are to be started; with `go`, they are."""
    if Form().typed("go"):
        return _ask_all("run", _("No connection whose jobs can be started."))
    ctx = context()
    number = len(askable(ctx.db, viewer().sees, agent_tasks.RUN, ctx.now()))
    return show("agents_start", number=number)


@needs(Role.OPERATOR)
def ask() -> ResponseReturnValue:
    """Have those that were ticked tested, collected from, or all their jobs started; say with which that cannot be.

    With the task "remove", the page that asks whether they are to be removed.
    """
    form = Form()
    numbers, known = _ticked(form)
    if not numbers:
        return done(url_for("web.settings_agents"), _("Select at least one connection."))
    typed = form.typed("task")
    if typed == REMOVE:
        if not viewer().may(Role.ADMIN):
            raise DuplistatError(Kind.FORBIDDEN, "Only an admin can remove connections")
        return _confirm(form, [known[number] for number in numbers])
    task: Task = "run" if typed == agent_tasks.RUN else "probe" if typed == agent_tasks.PROBE else "collect"
    refused = context().writes.run(
        ask_services, numbers=numbers, sees=[*viewer().sees], task=task, **signature()
    )
    asked = len(numbers) - len(refused)
    return _said(_asked(task, asked) if asked else "", refused, known)


@needs(Role.ADMIN)
def remove() -> ResponseReturnValue:
    """Call those that were ticked no more, once it was typed how many these are."""
    form = Form()
    numbers, known = _ticked(form)
    if not numbers:
        return done(url_for("web.settings_agents"), _("Select at least one connection."))
    if not confirmed(str(len(numbers))):
        form.wrong["confirm"] = _("The number does not match.")
        return _confirm(form, [known[number] for number in numbers], 400)
    refused = context().writes.run(remove_services, numbers=numbers, sees=[*viewer().sees], **signature())
    gone = len(numbers) - len(refused)
    said = ngettext("One connection removed.", "%(num)s connections removed.", gone) % {"num": gone}
    return _said(said if gone else "", refused, known)


def _ticked(form: Form) -> tuple[list[int], dict[int, Service]]:
    """The ids that were ticked, each once, and all that who looks may see. Raises DuplistatError for others."""
    typed = dict.fromkeys(form.ticked("service"))
    numbers = [int(text) for text in typed if text.isascii() and text.isdecimal() and len(text) <= 18]
    if len(numbers) > AT_ONCE:
        raise DuplistatError(Kind.INVALID, "These are too many connections at once")
    known = {service.id: service for service in services.visible(context().db, viewer().sees)}
    if not known.keys() >= set(numbers):
        raise DuplistatError(Kind.NOT_FOUND, "Connection not found")
    return [*dict.fromkeys(numbers)], known


def _confirm(form: Form, chosen: Sequence[Service], status: int = 200) -> Response:
    names = [(service.id, visible(service.name)) for service in chosen]
    return show("agents_remove", status, form=form, chosen=names)


def _ask_all(task: Task, nothing: str) -> ResponseReturnValue:
    asked = context().writes.run(
        ask_all_services, account=viewer().account, sees=viewer().sees, task=task, **signature()
    )
    return done(url_for("web.settings_agents"), _asked(task, asked) if asked else nothing)


def _asked(task: Task, asked: int) -> str:
    """What so many are asked for."""
    if task == agent_tasks.RUN:
        said = ngettext(
            "Starting all jobs of one connection…", "Starting all jobs of %(num)s connections…", asked
        )
    elif task == agent_tasks.PROBE:
        said = ngettext("Testing one connection…", "Testing %(num)s connections…", asked)
    else:
        said = ngettext("Collecting from one connection…", "Collecting from %(num)s connections…", asked)
    return said % {"num": asked}


def _said(said: str, refused: Sequence[NotAsked], known: Mapping[int, Service]) -> ResponseReturnValue:
    """Back to the list, which says what was done, and with which that could not be."""
    parts = [said] if said else []
    for item in refused[:MOST_NAMED]:
        service, why = known[item["service"]], sentence(capital(translated(unpacked(item["text"]))))
        parts.append(labelled(visible(service.name), why))
    if (more := len(refused) - MOST_NAMED) > 0:
        parts.append(ngettext("%(num)s more", "%(num)s more", more) % {"num": more})
    return done(url_for("web.settings_agents"), " ".join(parts))
