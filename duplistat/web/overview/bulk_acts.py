"""What can be done with several jobs at once: what each act is called, who may, and what its form says."""

from collections.abc import Callable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.alerts.acknowledge import HOUR_MS, MOST_HOURS
from duplistat.services.jobs.bulk import BulkChanges
from duplistat.services.jobs.settings import AUTOMATIC, require_schedule
from duplistat.services.people.identity import Role
from duplistat.web.access import viewer
from duplistat.web.form import Form
from duplistat.web.job import forms as job_forms
from duplistat.web.language import gettext as _
from duplistat.web.overview import bulk_schedule


class Asked(NamedTuple):
    """A form that was sent: its times are by the clock of `zone`, where it does not say another; `now` in ms."""

    form: Form
    zone: ZoneInfo
    now: int


class Act(NamedTuple):
    """One thing to do: what it is called, the changes that its form asks for (what is wrong is noted in the form), and
    for whom it is; `of_archived` for jobs in the archive, where nothing else is of use. `said` is what the answer
    says of the changes, as a sentence; "" for nothing.
    """

    label: Callable[[], str]
    changes: Callable[[Asked], BulkChanges]
    role: Role = Role.OPERATOR
    of_archived: bool = False
    said: Callable[[BulkChanges], str] = lambda _changes: ""


def _pause(asked: Asked) -> BulkChanges:
    changes = job_forms.pause(asked.form, asked.zone)
    until = changes["paused_until"]
    if until is not None and until <= asked.now:
        asked.form.wrong["until"] = _("A pause ends in the future.")
    return {"changes": changes}


def _acknowledge(asked: Asked) -> BulkChanges:
    hours = asked.form.number("hours", 1, MOST_HOURS)
    return {"changes": {"snoozed_until": asked.now + hours * HOUR_MS}}


def _tags(form: Form) -> list[str]:
    tags = [tag for tag in form.typed("tags").split(",") if tag.strip()]
    if not tags:
        form.wrong["tags"] = _("Enter a tag.")
    return tags


def schedule(form: Form) -> BulkChanges:
    typed, zone = form.text("schedule") or AUTOMATIC, form.zone("zone")
    if not form.wrong:
        try:
            require_schedule(typed, zone)
        except DuplistatError as e:
            form.refuse(e)
    return {"schedule": typed, "zone": zone}


SCHEDULE = "schedule"
ACTS = {
    "pause": Act(lambda: _("Pause"), _pause),
    "resume": Act(lambda: _("Resume"), lambda _asked: {"changes": {"paused": False}}),
    "acknowledge": Act(lambda: _("Acknowledge"), _acknowledge),
    "unacknowledge": Act(lambda: _("Unacknowledge"), lambda _asked: {"changes": {"snoozed_until": None}}),
    "tag": Act(lambda: _("Add tags"), lambda asked: {"add_tags": _tags(asked.form)}),
    "untag": Act(lambda: _("Remove tags"), lambda asked: {"remove_tags": _tags(asked.form)}),
    SCHEDULE: Act(lambda: _("Set schedule"), lambda asked: schedule(asked.form), said=bulk_schedule.set_now),
    "grace": Act(
        lambda: _("Set grace period"),
        lambda asked: {"changes": {"grace_ms": job_forms.grace(asked.form)}},
    ),
    "archive": Act(lambda: _("Archive"), lambda _asked: {"changes": {"archived": True}}, Role.ADMIN),
    "restore": Act(
        lambda: _("Restore"), lambda _asked: {"changes": {"archived": False}}, Role.ADMIN, of_archived=True
    ),
}


def offered(*, archived: bool) -> list[tuple[str, str]]:
    """(name, label) of what who looks may do with jobs, or with those in the archive."""
    return [
        (name, act.label())
        for name, act in ACTS.items()
        if act.of_archived == archived and viewer().may(act.role)
    ]


def named(name: str) -> Act:
    """The act of that name. Raises DuplistatError: invalid, or forbidden for who may not."""
    act = ACTS.get(name)
    if act is None:
        raise DuplistatError(Kind.INVALID, "There is no such action")
    if not viewer().may(act.role):
        raise DuplistatError(Kind.FORBIDDEN, "You need the admin role")
    return act
