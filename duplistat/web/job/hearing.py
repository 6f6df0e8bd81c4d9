"""Who would hear of a job, and when; and of each rule that tells nobody, why not."""

from typing import NamedTuple

from flask import url_for

from duplistat.http.context import context
from duplistat.services.alerts.hearing import Hearing, NotHeard, who_hears
from duplistat.services.people.identity import Role
from duplistat.store.jobs import Job
from duplistat.web.access import viewer
from duplistat.web.alerts.rule_words import first_word, kinds, span
from duplistat.web.formatting import Reader, labelled, say, visible
from duplistat.web.language import gettext as _


class Line(NamedTuple):
    """What a rule would do about a job: its name and page ("" for none to be seen), whom it tells when, or why not."""

    name: str
    link: str
    told: list[str]
    why_not: str


class Heard(NamedTuple):
    """Whether somebody would hear of a job, the rules that would tell, and those that would not."""

    somebody: bool
    lines: list[Line]
    others: list[Line]


def heard(job: Job, reader: Reader) -> Heard:
    """Who would hear of a job. About 6 statements."""
    found = who_hears(context().db, job, reader.now)
    lines = [_line(item, reader) for item in found]
    telling = [line for line in lines if not line.why_not]
    return Heard(bool(telling), telling, [line for line in lines if line.why_not and line.name])


def _line(item: Hearing, reader: Reader) -> Line:
    mine = item.row.account_id in viewer().sees
    may = mine and viewer().may(Role.ADMIN)
    return Line(
        visible(item.row.name) if mine else (_("the provider") if not item.why_not else ""),
        url_for("web.rule", number=item.row.id) if may else "",
        _told(item, mine=mine),
        _why_not(item, reader),
    )


def _told(item: Hearing, *, mine: bool) -> list[str]:
    """Each step: who is alerted, and when. Of a parent account only that it is."""
    if not mine:
        return [f"{kinds(item.rule)}, {first_word(item.rule)}"]
    told = []
    for step in item.told:
        names = ", ".join(visible(channel.name) for channel in step.channels)
        if step.minutes:
            text = _("%(channels)s after %(span)s without acknowledgement")
            told.append(text % {"channels": names, "span": span(step.minutes)})
        else:
            told.append(labelled(names, f"{kinds(item.rule)}, {first_word(item.rule)}"))
    return told


def _why_not(item: Hearing, reader: Reader) -> str:
    if item.why_not is NotHeard.SILENCED and item.silence is not None:
        return say(_("silenced until %(when)s"), when=reader.moment(item.silence.until_at))
    return {
        NotHeard.RULE_OFF: _("the rule is off"),
        NotHeard.OTHER_JOBS: _("it is for other jobs"),
        NotHeard.EVENTS_ONLY: _("it is for events only"),
        NotHeard.NO_CHANNEL: _("it has no channel"),
        NotHeard.CHANNEL_OFF: _("its channels are off"),
        NotHeard.CHANNEL_BROKEN: _("its channels do not deliver"),
    }.get(item.why_not, "")
