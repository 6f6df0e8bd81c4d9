"""The first steps of a new server: what is done of them, and where the next one is."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for

from duplistat.http.context import Context
from duplistat.services.jobs.unscheduled import never_late
from duplistat.web.language import gettext as _
from duplistat.web.parts.judged import JudgedJob

# The preference of who has seen enough of it.
PREFERENCE, HIDDEN = "checklist", "hidden"


class Step(NamedTuple):
    """What is to be done, and whether it is; `link` leads there, and is called `name`. `tries` says that a test report
    shows what it would be like."""

    done: bool
    text: str
    link: str
    name: str
    tries: bool = False


def checklist(ctx: Context, judged: Sequence[JudgedJob], unheard: int) -> list[Step]:
    """The steps, for an administrator; none once all are done. `judged` are jobs that are no test, and `unheard` counts
    those of which nobody would hear."""
    scheduled = any(not never_late(one.job) for one in judged)
    steps = [
        Step(
            bool(judged),
            _("A report has arrived") if judged else _("Send a first report"),
            url_for("web.connect"),
            _("Connect Duplicati"),
            tries=True,
        ),
        Step(
            scheduled,
            _("A schedule is known, so that missing backups are noticed")
            if scheduled
            else _("No schedule is known yet: it is learned from some runs, or set on the page of a job"),
            url_for("web.overview", state="no-schedule", _anchor="jobs") if judged else "",
            _("Jobs without schedule"),
        ),
        _told(ctx, judged, unheard),
        Step(
            ctx.config.api.require_key,
            _("Only reports with an API key are accepted")
            if ctx.config.api.require_key
            else _(
                "Anyone who can reach this server can send reports: create keys, then set [api] require_key"
            ),
            url_for("web.settings_keys"),
            _("API keys"),
        ),
    ]
    return [] if all(step.done for step in steps) else steps


def _told(ctx: Context, judged: Sequence[JudgedJob], unheard: int) -> Step:
    if judged and not unheard:
        return Step(
            True, _("Somebody is alerted about problems"), url_for("web.coverage"), _("Who would be alerted")
        )
    if not ctx.config.mail.host:
        text = _("Nobody is alerted about problems: set [mail] host, or add another channel")
        return Step(False, text, url_for("web.channels"), _("Channels"))
    return Step(
        False,
        _("Nobody is alerted about problems of some jobs"),
        url_for("web.coverage", nobody=1),
        _("Show them"),
    )
