"""Schedules, and silences, of many jobs from a spreadsheet: what each line would change; nothing is stored."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from duplistat.core.encoding import text_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.text import clean
from duplistat.core.times import from_ms, iso_ms, parse_iso, to_ms
from duplistat.services.alerts.silences import DAY_MS, require_span
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.settings import (
    AUTOMATIC,
    JobChanges,
    grace_of,
    is_automatic,
    minutes_of,
    preview,
    schedule_changes,
)
from duplistat.services.jobs.state import is_paused
from duplistat.store.jobs import Job

MOST_BYTES = 1024 * 1024
# The same with what is around a file in a form.
MOST_FORM = MOST_BYTES + 65_536
MOST_ROWS = 5_000
ID, SERVER, JOB = "job_id", "server", "job"
SCHEDULE, ZONE, GRACE, PAUSED = "schedule", "zone", "grace_minutes", "paused"
SILENCED = "silenced_until_utc"
EDITABLE = (SCHEDULE, ZONE, GRACE, PAUSED, SILENCED)
YES, NO = "yes", "no"
_FLAGS = {YES: True, "true": True, "1": True, NO: False, "false": False, "0": False}
_LONGEST = 500


class Line(NamedTuple):
    """A line of the file: its number, and what stands in which column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """What a line comes to: `changes` of its job, and the job as it `would` be; or the `problem` with it.

    `silenced` is until when the job's own silence holds (ms), and `silence` until when it would. Where `would` is None
    and there is no problem, all is so already.
    """

    line: int
    job: Job | None = None
    changes: JobChanges | None = None
    would: Job | None = None
    silenced: int | None = None
    silence: int | None = None
    problem: str = ""


def read_lines(body: bytes) -> list[Line]:
    """The lines of a CSV file, with commas, semicolons or tabs, in UTF-8 or as Windows writes it.

    Raises DuplistatError: too_large, or invalid for a file that has no schedules.
    """
    if len(body) > MOST_BYTES:
        raise DuplistatError(Kind.TOO_LARGE, Text("The file is larger than {most} bytes", most=MOST_BYTES))
    text = clean(text_of(body))
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        heads = [head.strip().lower() for head in next(reader, [])]
        _check(heads)
        lines = []
        for row in reader:
            if any(cell.strip() for cell in row):
                # What a spreadsheet would take for a formula has an apostrophe before it.
                lines.append(Line(reader.line_num, dict(zip(heads, map(str.strip, row), strict=False))))
            if len(lines) > MOST_ROWS:
                raise DuplistatError(
                    Kind.INVALID, Text("The file has more than {most} lines", most=MOST_ROWS)
                )
    except csv.Error:
        raise DuplistatError(Kind.INVALID, "The file is not CSV") from None
    return lines


def plan(
    lines: Sequence[Line],
    known: Mapping[int, Job],
    silenced: Mapping[int, int],
    defaults: ScheduleDefaults,
    now: int,
) -> list[Planned]:
    """What each line would change of the jobs that are `known`.

    `silenced`: {job: until when its own silence holds (ms)}.
    """
    seen: dict[int, int] = {}
    found = []
    for line in lines:
        typed = line.cells.get(ID, "")
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 18 else 0
        job = known.get(number)
        if not number:
            found.append(Planned(line.number, problem=Text("{name} must be the number of a job", name=ID)))
        elif job is None:
            found.append(Planned(line.number, problem=Text("there is no job {number}", number=number)))
        elif number in seen:
            problem = Text("job {number} stands in line {line} already", number=number, line=seen[number])
            found.append(Planned(line.number, job, problem=problem))
        else:
            seen[number] = line.number
            found.append(_planned(line, job, silenced.get(job.id), defaults, now))
    return found


def _planned(line: Line, job: Job, silenced: int | None, defaults: ScheduleDefaults, now: int) -> Planned:
    try:
        _check_name(line.cells.get(JOB, ""), job)
        changes = _changes(line.cells, job, now)
        silence = _silence(line.cells, silenced, now)
        would = preview(job, changes, defaults, now) if changes or silence != silenced else None
    except ValueError as e:
        return Planned(line.number, job, problem=e.args[0])
    except DuplistatError as e:
        return Planned(line.number, job, problem=e.text)
    return Planned(line.number, job, changes or None, would, silenced, silence)


def _check(heads: Sequence[str]) -> None:
    """Raises DuplistatError (invalid) unless these are heads of columns that say of which job what is set."""
    if ID not in heads:
        raise DuplistatError(Kind.INVALID, Text("The first line has no column {name}", name=ID))
    if not set(heads) & set(EDITABLE):
        names = ", ".join(EDITABLE)
        raise DuplistatError(
            Kind.INVALID, Text("The first line has none of the columns {names}", names=names)
        )
    if twice := next((head for head in heads if head and heads.count(head) > 1), ""):
        raise DuplistatError(Kind.INVALID, Text("The column {name} is there twice", name=clean(twice[:100])))


def _check_name(name: str, job: Job) -> None:
    """Raises ValueError for a line that names another job: a file of which only some columns were sorted."""
    told, names = _plain(name), {_plain(job.label), _plain(job.name)}
    if told and told not in names:
        raise ValueError(Text("job {number} is called {name}", number=job.id, name=repr(job.label)))


def _plain(name: str) -> str:
    """A name without what a spreadsheet does to it."""
    return " ".join(name.replace("'", "").split())


def _changes(cells: Mapping[str, str], job: Job, now: int) -> JobChanges:
    """What is other than it is. Raises ValueError with a sentence for people."""
    changes = _schedule(cells, job, now)
    if GRACE in cells and cells[GRACE] != minutes_of(job.grace_ms):
        try:
            grace = grace_of(cells[GRACE])
        except ValueError as e:
            raise ValueError(Text("{name}: {problem}", name=GRACE, problem=e.args[0])) from None
        if grace != job.grace_ms:
            changes["grace_ms"] = grace
    if PAUSED in cells:
        wanted = _FLAGS.get(cells[PAUSED].lower())
        if wanted is None:
            raise ValueError(Text("{name} must be yes or no", name=PAUSED))
        if wanted != is_paused(job, now):
            changes["paused"] = wanted
    return changes


def _schedule(cells: Mapping[str, str], job: Job, now: int) -> JobChanges:
    own = (job.schedule or "", (job.schedule_zone or "") if job.schedule else "")
    text, zone = cells.get(SCHEDULE, own[0]), cells.get(ZONE, own[1])
    if is_automatic(text):
        text = ""
    if (text, zone) == own:
        return {}
    if len(zone) > _LONGEST:
        raise ValueError(Text("{name} is too long", name=ZONE))
    if zone and not text:
        raise ValueError("a zone is set with a schedule")
    changes = schedule_changes(text or AUTOMATIC, zone, job, now)
    if (changes["schedule"], changes["schedule_zone"]) == (job.schedule, job.schedule_zone):
        return {}
    return changes


def _silence(cells: Mapping[str, str], silenced: int | None, now: int) -> int | None:
    """Until when the job is to be silenced (ms). Raises ValueError with a sentence for people."""
    told = cells.get(SILENCED)
    if told is None or told == silenced_cell(silenced):
        return silenced
    if not told:
        return None
    moment = parse_iso(told)
    if moment is None:
        example = silenced_cell(now - now % DAY_MS + DAY_MS)
        raise ValueError(
            Text("{name} must be blank, or a time such as {example}", name=SILENCED, example=example)
        )
    until = to_ms(moment.at)
    if until <= now and silenced is None:
        # It ended since the file was made.
        return None
    try:
        if until != silenced:
            require_span(now, until, now)
    except DuplistatError as e:
        raise ValueError(Text("{name}: {problem}", name=SILENCED, problem=e.text)) from None
    return until


def silenced_cell(until_at: int | None) -> str:
    """Until when a job is silenced (ms), as it stands in the file."""
    return "" if until_at is None else iso_ms(from_ms(until_at))
