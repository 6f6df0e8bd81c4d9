"""How we know when a job runs, ready to be shown: what its runs show, what is asked about it, and its latest alarms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import url_for
from markupsafe import Markup

from duplistat.core import explanation_words as words
from duplistat.core.alarms import Alarm
from duplistat.core.expectation import Source
from duplistat.core.explanation import Evidence, Explanation
from duplistat.core.learned_words import rhythm
from duplistat.core.run_grid import Cell, Seen
from duplistat.core.schedule_text import DAY_NAMES
from duplistat.core.times import to_ms
from duplistat.services.monitoring.explanations import Explained
from duplistat.store.jobs import Job
from duplistat.web.formatting import Reader, say, sentence
from duplistat.web.language import gettext as _
from duplistat.web.parts.zones import zoned
from duplistat.web.timed import timed

# Shades of a cell, from seldom to always.
SHADES = 4


@dataclass(frozen=True, slots=True)
class Hour:
    """A cell of the grid: what it looks like, and "Monday 02:00: 23 of 24 runs"; `said` where there is something to say
    to those who listen."""

    look: str
    text: str
    said: Markup


@dataclass(frozen=True, slots=True)
class Weekday:
    name: str
    short: str
    hours: list[Hour]


@dataclass(frozen=True, slots=True)
class Past:
    """An alarm: since when, when a run had been expected, how it ended, and the run that ended it ("" for none)."""

    began: Markup
    expected: Markup
    ended: str
    lasted: str
    link: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says. `missing` is what is missing until something can be learned, `question` what is asked of a
    schedule that the runs do not keep; both "" for nothing. `schedule` and `zone` are what can be set, else `why_not`
    says why not. `silent`: no rhythm is known, so that it is overdue after a silence.
    """

    missing: str
    alarms: list[Past]
    question: str | Markup = ""
    silent: bool = False
    title: str = ""
    lines: Sequence[Markup] = ()
    caption: str | Markup = ""
    week: Sequence[Weekday] = ()
    dates: Sequence[tuple[Markup, Markup]] = ()
    schedule: str = ""
    zone: str = ""
    why_not: str = ""
    set_already: bool = False


def shown(explained: Explained, own: Job, reader: Reader, *, asked_already: bool) -> Shown:
    """`asked_already`: the page asks about the zone of the schedule, and one question is enough."""
    explanation, evidence = explained.explanation, explained.explanation.evidence
    known = Shown(
        missing=sentence(words.missing(explanation, reader.say)) if explanation.missing else "",
        alarms=[_past(alarm, reader) for alarm in explained.alarms],
    )
    if evidence is None:
        return known
    learned = explanation.source is Source.LEARNED
    asks = explanation.asks and not asked_already and own.archived_at is None
    return replace(
        known,
        question=_question(evidence, reader) if asks else "",
        silent=learned and evidence.text is None,
        title=_("Learned schedule") if learned and evidence.text is not None else _("Observed runs"),
        lines=_lines(explanation, evidence, reader),
        caption=_caption(evidence, reader),
        week=_week(evidence, reader),
        dates=[_seen(seen, reader) for seen in evidence.dates],
        schedule=evidence.settable or "",
        zone=evidence.zone.key,
        why_not=sentence(words.why_not(evidence.unsettable, reader.say)) if evidence.unsettable else "",
        set_already=not learned
        and evidence.settable == explanation.schedule
        and evidence.zone == explanation.zone,
    )


def _lines(explanation: Explanation, evidence: Evidence, reader: Reader) -> list[Markup]:
    """The sentences on the evidence. The first stands as the reason of the schedule, where that was learned."""
    learned = explanation.source is Source.LEARNED
    first, *others = words.evidence_lines(evidence, reader.say, decides=learned)
    lines = [timed(sentence(text), reader, evidence.zone) for text in others]
    if not learned:
        return [timed(sentence(_by_its_clock(first, evidence)), reader, evidence.zone), *lines]
    due = explanation.expected.due
    if due is not None and to_ms(due) > reader.now and explanation.expected.at is not None:
        lines.append(say(_("Without a run, overdue after %(when)s."), when=reader.moment(to_ms(due))))
    return lines


def _question(evidence: Evidence, reader: Reader) -> Markup:
    """That the runs keep another rhythm: as `words.other_rhythm`, with times that know their zone."""
    began, clock = words.first_day(evidence), Reader(reader.now, evidence.zone, reader.say)
    text = _by_its_clock(rhythm(evidence.learned, reader.say), evidence)
    return Markup(_(words.OTHER_RHYTHM)).format(  # noqa: S704  # the text is ours
        date=clock.day(began) if began else _(words.FIRST_RUN),
        rhythm=timed(sentence(text), reader, evidence.zone),
    )


def _by_its_clock(text: str, evidence: Evidence) -> str:
    """A text that names the times of day of what was learned: with their zone, unless it is named there already."""
    learned = evidence.learned
    return zoned(text, evidence.zone) if learned.by_the_clock and not learned.zone else text


def _caption(evidence: Evidence, reader: Reader) -> str | Markup:
    began, zone = words.first_day(evidence), evidence.zone
    if not evidence.grid:
        return _("Latest expected times and runs")
    if began is None:
        return _("Runs by weekday and hour (%(zone)s)") % {"zone": zone.key}
    text = _("Runs by weekday and hour since %(date)s (%(zone)s)")
    return say(text, date=Reader(reader.now, zone, reader.say).day(began), zone=zone.key)


def _week(evidence: Evidence, reader: Reader) -> list[Weekday]:
    found, grid, clock = [], evidence.grid, Reader(reader.now, evidence.zone, reader.say)
    for day in reader.say.formats.week if grid else ():
        name = _(DAY_NAMES[day])
        hours = [_hour(name, hour, cell, clock) for hour, cell in enumerate(grid[day])]
        found.append(Weekday(name, reader.say.formats.days[day], hours))
    return found


def _hour(day: str, hour: int, cell: Cell, clock: Reader) -> Hour:
    text = _("%(day)s %(hour)s: %(hits)s of %(chances)s") % {
        "day": day,
        "hour": f"{hour:02}:00",
        "hits": cell.hits,
        "chances": cell.chances,
    }
    look = " ".join(part for part in (_shade(cell), "x" if cell.expected else "") if part)
    return Hour(look, text, timed(text, clock, clock.zone) if cell.hits or cell.expected else Markup(""))


def _shade(cell: Cell) -> str:
    """The darkest is for all of its chances alone: a single skip is seen."""
    if not cell.hits:
        return ""
    return f"s{SHADES if cell.hits >= cell.chances else 1 + (SHADES - 1) * cell.hits // cell.chances}"


def _seen(seen: Seen, reader: Reader) -> tuple[Markup, Markup]:
    ran = reader.moment(to_ms(seen.ran)) if seen.ran is not None else Markup.escape(_("no run"))
    return reader.moment(to_ms(seen.at)), ran


def _past(alarm: Alarm, reader: Reader) -> Past:
    return Past(
        began=reader.moment(alarm.at),
        expected=reader.moment(alarm.expected_at),
        ended=words.ending(alarm, reader.say),
        lasted=words.lasted(alarm, reader.say),
        link=url_for("web.run", number=alarm.run) if alarm.run is not None else "",
    )
