"""What a digest says, line by line: the same words in a mail, in a short message and on its page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from duplistat.core import formatting
from duplistat.core.alerts.budget import start
from duplistat.core.alerts.digest_facts import DigestFacts, Line, Part, Period
from duplistat.core.health_words import COUNTED, counted
from duplistat.core.i18n import Say, later
from duplistat.core.reason import load
from duplistat.core.reason_words import words
from duplistat.core.schedule_text import describe_text
from duplistat.core.status import UNSCHEDULED, Health
from duplistat.core.times import in_zone
from duplistat.core.visible import visible

MOST_NAME, MOST_LINE, MOST_SUBJECT = 100, 300, 200
_STATES: Mapping[str, str] = {
    Health.FAILED: later("FAILED"),
    Health.OVERDUE: later("OVERDUE"),
    Health.STUCK: later("STALLED"),
    Health.WARNING: later("with warnings"),
    Health.NEVER: later("never backed up"),
    UNSCHEDULED: later("silent without schedule"),
    "none": later("no run"),
    Health.PAUSED: later("paused"),
    Health.OK: later("OK"),
}
_TITLES = {
    Part.NOW: later("Needs attention now"),
    Part.UNTOLD: later("Nobody was alerted"),
    Part.CHANGED: later("Changed"),
    Part.PROVEN: later("Verified or restored"),
    Part.COMING: later("Upcoming"),
    Part.REST: later("All others"),
}
_PAST_NOW = later("Failed or overdue")
_UNTOLD = {
    "acknowledged": later("{job}: acknowledged before anybody was alerted, until {until}"),
    "silenced": later("{job}: silenced until {until}"),
    "no_rule": later("{job}: no alert rule applies"),
    "waiting": later("{job}: a message waits to be sent"),
    "unsteady": later("{job}: flapping (fails and recovers repeatedly)"),
    "below": later("{job}: below the threshold of every rule"),
}
_CHANGED = {
    "new": later("New: {job}, first report {at}"),
    "archived": later("Gone: {job}, archived {at}"),
    "deleted": later("Gone: {job}, deleted {at}"),
    "renamed": later("Renamed: {job}, before: {text}"),
    "schedule": later("Schedule: {job}, {text}"),
    "relearned": later("Schedule learned anew: {job}, {text}"),
    "size": later("Source size: {job}, {before} to {after}"),
    "storage": later("Backup size: {job}, {before} to {after}"),
}
# It had no name of ours before.
_RENAMED = later("Renamed: {job}")
_PROVEN = {
    "restore": later("Restored: {job}, {at}"),
    "restore_failed": later("Restore failed: {job}, {at}"),
    "verification_failed": later("Verification failed: {job}, {at}"),
}
_COMING = {
    "maintenance": later("Maintenance: {job}, {at} to {until}"),
    "pause_ends": later("Pause ends: {job}, {at}"),
    "key": later("API key expires: {job}, {at}"),
    "full": later("Destination full about {at}: {job}, {before} free"),
    "little_free": later("Destination nearly full: {job}, {before} of {after} free"),
}
_TEXTS = {**_UNTOLD, **_CHANGED, **_PROVEN, **_COMING}


class Style(Protocol):
    """How it is said: by which clock, in which language, and where our pages are ("" where that is not known).

    With `written` a time (ms) is said as that says it, for who knows better in whose zone it is read.
    """

    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def say(self) -> Say: ...
    @property
    def base_url(self) -> str: ...
    @property
    def written(self) -> Callable[[int], str] | None: ...


@dataclass(frozen=True, slots=True)
class Item:
    """A line, and the path of the page behind it ("" for none). `cells`: the same as cells of a table, or none."""

    text: str
    path: str
    state: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A section in words. `more` says how many lines are left out, "" for none; `heads` are those of its table."""

    part: str
    title: str
    note: str
    items: tuple[Item, ...]
    more: str
    heads: tuple[str, ...] = ()


def subject_of(facts: DigestFacts, style: Style) -> str:
    """Backups Sat 28 Nov: 1 overdue, 2 failed, 3 warnings, 41 OK — Acme."""
    say, until = style.say, last_moment(facts, style.zone)
    day = formatting.day_and_date(until, until, say)
    patterns = {
        Period.DAY: say.gettext("Backups {day}: {counts} — {account}"),
        Period.WEEK: say.gettext("Backups, week to {day}: {counts} — {account}"),
        Period.MONTH: say.gettext("Backups, month to {day}: {counts} — {account}"),
    }
    text = patterns[Period(facts["period"])].format(
        day=day, counts=counts_words(facts, say), account=_clean(facts["account"])
    )
    return start(text, MOST_SUBJECT)


def counts_words(facts: DigestFacts, say: Say) -> str:
    """1 overdue, 2 failed, 3 warnings, 41 OK, as the overview counts them; or all 47 OK."""
    counts = facts["counts"]
    if not facts["total"]:
        return say.gettext("no jobs yet")
    good = counts[Health.OK]
    if good == facts["total"]:
        return say.gettext("all {number} OK").format(number=formatting.count(good, say))
    parts = [counted(state, counts[state], say) for state in COUNTED if counts.get(state)]
    if without := counts["none"]:
        text = say.gettext("{number} without a run").format(number=formatting.count(without, say))
        parts.insert(len(parts) - bool(good), text)
    return ", ".join(parts)


def lead_of(facts: DigestFacts, style: Style) -> str:
    """The counts as a sentence, with the time that they are of."""
    say = style.say
    if facts["past"]:
        text = say.gettext("What was reported from {begin} to {end}: {counts}.")
    else:
        text = say.gettext("Backups as they are at {end}, and what happened since {begin}: {counts}.")
    return text.format(
        begin=_full(facts["from_at"], style),
        end=_full(facts["until_at"], style),
        counts=counts_words(facts, say),
    )


def sections_of(facts: DigestFacts, style: Style) -> list[Told]:
    """All sections that say something, in their order."""
    say, found = style.say, []
    for section in facts["sections"]:
        part = Part(section["part"])
        title = _PAST_NOW if part is Part.NOW and facts["past"] else _TITLES[part]
        note = proofs_words(facts, say) if part is Part.PROVEN and facts["total"] else ""
        if not section["lines"] and not note:
            continue
        items = tuple(_item(part, line, facts, style) for line in section["lines"])
        found.append(
            Told(
                part.value,
                say.gettext(title),
                note,
                items,
                formatting.more(section["total"] - len(items), say),
                tuple(say.gettext(head) for head in _HEADS) if part is Part.REST else (),
            )
        )
    return found


_HEADS = (later("Job"), later("State"), later("Last run"), later("Duration"), later("Size"))


def proofs_words(facts: DigestFacts, say: Say) -> str:
    """How many jobs are known to be readable, and since when."""
    proofs = facts["proofs"]
    parts = (
        (
            proofs["proven"],
            say.ngettext(
                "{number} job was restored or verified in this time",
                "{number} jobs were restored or verified in this time",
                proofs["proven"],
            ),
        ),
        (
            proofs["failed"],
            say.ngettext(
                "{number} restore or verification failed",
                "{number} restores or verifications failed",
                proofs["failed"],
            ),
        ),
        (
            proofs["old"],
            say.ngettext(
                "{number} job was last verified or restored more than 90 days ago",
                "{number} jobs were last verified or restored more than 90 days ago",
                proofs["old"],
            ),
        ),
        (
            proofs["never"],
            say.ngettext(
                "{number} job was never verified or restored",
                "{number} jobs were never verified or restored",
                proofs["never"],
            ),
        ),
    )
    told = [text.format(number=formatting.count(number, say)) for number, text in parts if number]
    return formatting.listed(told, say) + "." if told else ""


def _item(part: Part, line: Line, facts: DigestFacts, style: Style) -> Item:
    say, path = style.say, ""
    if line["run"] is not None and part in (Part.NOW, Part.PROVEN):
        path = f"/runs/{line['run']}"
    elif line["job"] is not None:
        path = f"/jobs/{line['job']}"
    state = line["kind"] if part in (Part.NOW, Part.REST) else ""
    if part is Part.NOW:
        return Item(_urgent(line, facts, style), path, state)
    if part is Part.REST:
        cells = _cells(line, facts, style)
        return Item(" · ".join(filter(None, cells)), path, state, cells)
    before, after, kind = line["before"], line["after"], line["kind"]
    told = describe_text(line["text"], say) if kind in ("schedule", "relearned") else _clean(line["text"])
    pattern = say.gettext(_RENAMED) if kind == "renamed" and not told.strip() else _word(_TEXTS, kind, say)
    text = pattern.format(
        job=_job(line, facts, say),
        at=_short_time(line["at"], facts, style),
        until=_short_time(line["until"], facts, style),
        text=told,
        before=formatting.size(before, say),
        after=formatting.size(after, say),
    )
    if kind in ("size", "storage"):
        text = f"{text} ({formatting.change(before, after, say)})"
    return Item(start(text, MOST_LINE), path)


def _urgent(line: Line, facts: DigestFacts, style: Style) -> str:
    """FAILED Documents on nas since Tue 02:14: why. Newest good backup Mon 02:00 (31 h old)."""
    say, now = style.say, facts["until_at"]
    state, job = _word(_STATES, line["kind"], say), _job(line, facts, say)
    if facts["past"]:
        return start(f"{state} {job}", MOST_LINE)
    pieces = words(load(line["text"]), now, say)
    reason = "".join(
        _short_time(piece, facts, style) if isinstance(piece, int) else _clean(piece, MOST_LINE)
        for piece in pieces
    )
    text = f"{state} {job}"
    if line["kind"] != Health.OVERDUE:
        text = say.gettext("{text} since {at}").format(text=text, at=_short_time(line["at"], facts, style))
    if reason:
        text = formatting.labelled(text, reason, say)
    text = start(text, MOST_LINE).rstrip(".")
    if line["kind"] == Health.OVERDUE:
        return text  # its reason names the last good backup
    if line["good_at"] is None:
        return say.gettext("{text}. No successful backup yet").format(text=text)
    return say.gettext("{text}. Last successful backup {at}, {age} ago").format(
        text=text,
        at=_short_time(line["good_at"], facts, style),
        age=formatting.span(max(now - line["good_at"], 0) / 1000, say),
    )


def _cells(line: Line, facts: DigestFacts, style: Style) -> tuple[str, ...]:
    say, duration = style.say, line["before"]
    return (
        _job(line, facts, say),
        _word(_STATES, line["kind"], say),
        "" if facts["past"] or line["at"] is None else _short_time(line["at"], facts, style),
        "" if facts["past"] or duration is None else formatting.duration(duration / 1000, say),
        "" if facts["past"] else formatting.size(line["after"], say),
    )


def _word(known: Mapping[str, str], name: str, say: Say) -> str:
    text = known[name]
    return say.gettext(text)


def _job(line: Line, facts: DigestFacts, say: Say) -> str:
    """Documents on nas; with its account where there are several."""
    name = _clean(line["name"])
    if line["server"]:
        name = say.gettext("{job} on {server}").format(job=name, server=_clean(line["server"]))
    return f"{name} ({_clean(line['account'])})" if facts["several"] else name


def page_of(facts: DigestFacts, zone: ZoneInfo) -> str:
    """The path of the page that says the same."""
    query = "" if facts["period"] == Period.DAY else f"?period={facts['period']}"
    return f"/digest/{last_moment(facts, zone):%Y-%m-%d}{query}"


def last_moment(facts: DigestFacts, zone: ZoneInfo) -> datetime:
    """The end of its time, on the day that it is called after."""
    return in_zone(facts["until_at"] - 1, zone)


def _short_time(at: int | None, facts: DigestFacts, style: Style) -> str:
    """Tue 02:14, within six days of the digest; else 11 Nov 02:14: a mail is read days later."""
    if at is None:
        return ""
    if style.written:
        return style.written(at)
    moment, end, say = in_zone(at, style.zone), in_zone(facts["until_at"], style.zone), style.say
    if abs((end.date() - moment.date()).days) <= 6:
        return f"{formatting.day_name(moment, say)} {moment:%H:%M}"
    return f"{formatting.date_near(moment, end, say)} {moment:%H:%M}"


def _full(at: int, style: Style) -> str:
    """Sat 28 Nov 07:00 (UTC+01:00)."""
    if style.written:
        return style.written(at)
    local, say = in_zone(at, style.zone), style.say
    day = formatting.day_and_date(local, local, say)
    return f"{day} {local:%H:%M} ({formatting.offset(local)})"


def _clean(text: str, most: int = MOST_NAME) -> str:
    """A text of others on one line, without what acts and is not seen."""
    return start(visible(text.replace("\r", " ").replace("\n", " ")), most)
