"""What stands at the top of a job's page: for how long it has been wrong, what helps, and what is proven."""

from typing import NamedTuple

from flask import url_for
from markupsafe import Markup

from duplistat.core.health import Live
from duplistat.core.known_failures import hint_of
from duplistat.core.status import Health, Status
from duplistat.store.jobs import Job
from duplistat.web import language
from duplistat.web.formatting import Reader
from duplistat.web.language import gettext as _
from duplistat.web.parts.reasons import streak
from duplistat.web.parts.run_words import MARKS


class Proof(NamedTuple):
    """What the latest of something showed: its mark, and when that was."""

    label: str
    state: str
    when: Markup
    link: str


class Header(NamedTuple):
    """`streak` and `hint` are empty where there is nothing to say; `log` leads to the run that failed, "" for none."""

    streak: Markup
    hint: str
    log: str
    proofs: list[Proof]


def header(job: Job, health: Health, reader: Reader) -> Header:
    broken = job.last_status is not None and Status(job.last_status).broken
    message = job.live_error if job.live_state == Live.FAILED else job.last_message if broken else ""
    return Header(
        streak=streak(job, health, reader),
        hint=language.translated(hint_of(message)) if message else "",
        log=f"{url_for('web.run', number=job.last_run)}#log" if broken and job.last_run is not None else "",
        proofs=[
            _proof(_("Last backup"), job.last_order, job.last_run, _last(job), reader),
            _proof(_("Last verified"), job.verify_at, job.verify_run, _proven(job.verify_failed), reader),
            _proof(
                _("Last restore test"),
                job.restored_at,
                job.restored_run,
                _proven(job.restored_failed),
                reader,
            ),
        ],
    )


def _proof(label: str, at: int | None, run: int | None, state: str, reader: Reader) -> Proof:
    if at is None:
        return Proof(label, Health.NEVER.value, Markup.escape(_("never")), "")
    return Proof(label, state, reader.ago(at), url_for("web.run", number=run) if run is not None else "")


def _last(job: Job) -> str:
    state = MARKS[Status(job.last_status)].value if job.last_status else Health.NEVER.value
    return Health.WARNING.value if job.last_partial and state == Health.OK else state


def _proven(failed: int) -> str:
    return Health.FAILED.value if failed else Health.OK.value
