"""POST /jobs/selected: what is to be done with several jobs is confirmed, and then done with each of them."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import unpacked
from duplistat.core.text import capital
from duplistat.http.context import context
from duplistat.services.jobs.bulk import AT_ONCE, BulkChanges, set_jobs
from duplistat.services.jobs.settings import minutes_of
from duplistat.services.people.identity import Role
from duplistat.store import jobs, servers
from duplistat.store.jobs import Job
from duplistat.web.access import local_target, needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import Reader, sentence, visible
from duplistat.web.job.page import clock_of
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, translated
from duplistat.web.overview import bulk_acts, bulk_schedule
from duplistat.web.overview.bulk_acts import Act, Asked
from duplistat.web.overview.bulk_schedule import Understood
from duplistat.web.parts.acknowledging import hours
from duplistat.web.parts.labels import labels_of, tags_of
from duplistat.web.parts.zones import own_zone
from duplistat.web.redirects import done

# Jobs that a person changes at once, and of how many the names are shown before one asks for all.
MOST = 2_000
SHOWN = 20


class Chosen(NamedTuple):
    """A job that was chosen, and what it is called with its server."""

    id: int
    name: str
    tags: Sequence[str]
    job: Job


class Failure(NamedTuple):
    """A job of which nothing was changed, and why. `name` is "" for one that is gone."""

    id: int
    name: str
    why: str


@needs(Role.OPERATOR)
def selected() -> ResponseReturnValue:
    """The page that says what would be done, and asks for what it takes; with `go`, it is done. With `preview` it says
    what was understood; with `part`, that alone.

    Raises DuplistatError: invalid, forbidden, or not_found when none of the jobs is there.
    """
    ctx, form = context(), Form()
    back = local_target(form.typed("next"))
    numbers = _numbers(form)
    if not numbers:
        return done(back, _("Select at least one job."))
    name = form.typed("act")
    act, known = bulk_acts.named(name), _known(numbers)
    if not known:
        raise DuplistatError(Kind.NOT_FOUND, "Job not found")
    zone, now = ctx.schedule_defaults.zone, ctx.now()
    part = form.typed("part")
    if not (form.typed("go") or form.typed("preview") or part):
        form = Form({"zone": own_zone(zone).key})
        return _confirm(name, act, form, known, back, _understood(name, form, known))
    changes = act.changes(Asked(form, zone, now))
    if part:
        return bulk_schedule.part(_understood(name, form, known), form.wrong)
    if form.wrong or form.typed("preview"):
        page = _confirm(name, act, form, known, back, _understood(name, form, known))
        return make_response(page, 400 if form.wrong else 200)
    # One that is gone is named among those that were not changed.
    failures = _carry_out(numbers, changes, known)
    count = len(numbers) - len(failures)
    said = ngettext("%(act)s: applied to %(num)s job.", "%(act)s: applied to %(num)s jobs.", count) % {
        "act": act.label(),
        "num": count,
    }
    if count and (told := act.said(changes)):
        said = f"{said} {told}"
    if not failures:
        return done(back, said)
    return render_template("bulk_done.html", said=said, failures=failures, back=back, act=act.label())


def _numbers(form: Form) -> list[int]:
    """The ids that were ticked, each once. Raises DuplistatError (invalid) for more than MOST."""
    typed = dict.fromkeys(form.ticked("job"))
    numbers = [int(text) for text in typed if text.isascii() and text.isdecimal() and len(text) <= 18]
    if len(numbers) > MOST:
        raise DuplistatError(Kind.INVALID, "These are too many jobs at once: filter them first")
    return numbers


def _known(numbers: Sequence[int]) -> list[Chosen]:
    """Those of the jobs that who looks may see, by name. The same few statements for one and for many."""
    db, sees = context().db, viewer().sees
    found = [job for job in jobs.by_ids(db, numbers).values() if job.account_id in sees]
    homes = labels_of(servers.visible(db, sees))
    chosen = [
        Chosen(job.id, f"{homes[job.server_id].text} / {visible(job.label)}", tags_of(job), job)
        for job in found
    ]
    return sorted(chosen, key=lambda one: one.name.casefold())


def _understood(name: str, form: Form, known: Sequence[Chosen]) -> Understood | None:
    """What a schedule would mean for the jobs; None for another act, and for one that is wrong."""
    if name != bulk_acts.SCHEDULE or form.wrong:
        return None
    changes = bulk_acts.schedule(form)
    return bulk_schedule.understood(changes, [one.job for one in known], {one.id: one.name for one in known})


def _confirm(
    name: str, act: Act, form: Form, known: Sequence[Chosen], back: str, understood: Understood | None
) -> str:
    ctx = context()
    tags = sorted({tag for one in known for tag in one.tags}, key=str.casefold)
    zone = ctx.schedule_defaults.zone
    return render_template(
        "bulk.html",
        act=name,
        label=act.label(),
        form=form,
        understood=understood,
        chosen=known,
        shown=SHOWN,
        back=back,
        spans=hours(),
        tags=[visible(tag) for tag in tags[:SHOWN]],
        clock=clock_of({"": form}, zone).key,
        server_zone=zone.key,
        server_grace=minutes_of(ctx.schedule_defaults.grace_ms),
        reader=Reader(ctx.now(), zone),
    )


def _carry_out(numbers: Sequence[int], changes: BulkChanges, known: Sequence[Chosen]) -> list[Failure]:
    """Change the jobs, some in each transaction; those that were not changed."""
    names = {one.id: one.name for one in known}
    failures: list[Failure] = []
    for start in range(0, len(numbers), AT_ONCE):
        part = [*numbers[start : start + AT_ONCE]]
        try:
            refused = context().writes.run(
                set_jobs, jobs=part, sees=[*viewer().sees], changes=changes, **signature()
            )
        except DuplistatError as e:
            # What went before is done: the answer says so, too.
            why = _sentence(e.text)
            failures += [Failure(id, names.get(id, ""), why) for id in numbers[start:]]
            break
        failures += [
            Failure(one["job"], names.get(one["job"], ""), _sentence(unpacked(one["text"])))
            for one in refused
        ]
    return failures


def _sentence(text: str) -> str:
    return str(sentence(capital(translated(text))))
