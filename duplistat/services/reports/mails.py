"""What a mail tells of: the runs in what it holds, and how they ended by the rules for mails."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duplistat.core.errors import Unrecognised
from duplistat.core.i18n import later
from duplistat.core.report import BACKUP, LogLine, Precision, Report, kept
from duplistat.core.status import Status
from duplistat.core.text import clean, clip_name, first_line
from duplistat.core.times import TICKS_PER_SECOND, Moment, to_ms
from duplistat.core.tool_output import TEXT, Reading, Told
from duplistat.formats.mail import message, rules
from duplistat.formats.mail.message import Mail
from duplistat.formats.mail.rules import BUILT_IN, Rule
from duplistat.formats.recognise import recognise
from duplistat.services.reports import outputs
from duplistat.store import mail_intake
from duplistat.store.database import Database

CONTENT_TYPE = "message/rfc822"
MAIL = "mail"
OWN = later("Own rule")
# A mail that says that it was sent this long before it arrived, or after, has another clock.
_LATEST, _EARLIEST = timedelta(days=7), timedelta(minutes=10)
_STATUSES = {
    rules.SUCCESS: Status.SUCCESS,
    rules.WARNING: Status.WARNING,
    rules.FAILED: Status.ERROR,
    rules.INTERRUPTED: Status.INTERRUPTED,
    rules.UNKNOWN: Status.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Understood:
    """What a mail tells of, and the rule that said how it ended; None where no rule did."""

    reading: Reading
    rule: Rule | None


def read(
    body: bytes,
    *,
    names: Mapping[str, str],
    received: datetime,
    own_rules: Sequence[Rule] = (),
    max_log_lines: int,
) -> Understood:
    """The runs that a mail tells of. `names` may have server and job, as its address has them; `own_rules` come before
    the built-in ones. Never raises."""
    # All tools: not before there is a mail.
    from duplistat.formats.tool_outputs import read_output

    mail = message.read(body)
    sent = mail.sent if mail.sent and received - _LATEST < mail.sent < received + _EARLIEST else received
    hit = rules.first(mail, (*own_rules, *BUILT_IN))
    rule, found = hit if hit is not None else (None, {})
    reading = _of_duplicati(mail, max_log_lines) or read_output(
        mail.whole, Told(None, sent), max_log_lines=max_log_lines
    )
    named, took = "", None
    if reading.recognised == TEXT:
        reading = _by_rule(mail, rule, max_log_lines)
        named, took = rules.details(mail)
    elif rule is not None:
        reading = replace(reading, reports=tuple(_beside(report, rule, mail) for report in reading.reports))
    told = outputs.Parameters(
        exit=None,
        duration_ms=took,
        operation="",
        tool="",
        server=clip_name(names.get("server", "")),
        job=clip_name(names.get("job", "")),
        state=outputs.ENDED,
        run=hashlib.sha256(mail.id.encode("utf-8", "replace") or body).hexdigest(),
        started=None,
        ended=Moment(sent, to_ms(sent) * (TICKS_PER_SECOND // 1000), 0),
    )
    nameless = clip_name(found.get("server", "")) or mail.sender or "unknown (mail)"
    job = "" if told.job else clip_name(found.get("job", "") or named)
    reports = tuple(_named(report, job) for report in reading.reports)
    return Understood(outputs.completed(replace(reading, reports=reports), told, nameless), rule)


def own_rules(db: Database, account: int) -> list[Rule]:
    """The rules of an account, in the order in which they are tried."""
    found = mail_intake.rules(db, (account,))
    return [Rule(OWN, rule.place, rule.pattern, rule.status, rule.operation) for rule in found]


def part_of(
    body: bytes,
    *,
    names: Mapping[str, str],
    received: datetime,
    own_rules: Sequence[Rule],
    max_log_lines: int,
) -> Report:
    """The run that a kept delivery tells of. Raises Unrecognised when it tells of none now."""
    understood = read(body, names=names, received=received, own_rules=own_rules, max_log_lines=max_log_lines)
    return outputs.part_of(understood.reading, names)


def _of_duplicati(mail: Mail, max_log_lines: int) -> Reading | None:
    """The result of Duplicati in a mail, as text or JSON, in its text or attached."""
    for text in (mail.text, *mail.attachments):
        try:
            found = recognise(text.encode("utf-8", "replace"), max_log_lines=max_log_lines)
        except Unrecognised:
            continue
        if isinstance(found, Report):
            return Reading(f"duplicati.{found.operation}", (found,))
    return None


def _by_rule(mail: Mail, rule: Rule | None, max_log_lines: int) -> Reading:
    """What is left where no tool knows its own words: how it ended, if a rule says so."""
    if rule is not None and rule.status == rules.NONE:
        return Reading(MAIL)
    lines, omitted = kept([line.rstrip() for line in mail.whole.splitlines()], max_log_lines)
    status = _STATUSES[rule.status] if rule else Status.UNKNOWN
    report = Report(
        operation=rule.operation if rule else BACKUP,
        status=status,
        precision=Precision.ARRIVAL,
        format=MAIL,
        message="" if status is Status.SUCCESS else first_line(mail.subject or mail.text),
        log=tuple(LogLine(clean(line)) for line in lines),
        log_omitted=omitted,
    )
    return Reading(MAIL, (report,))


def _beside(report: Report, rule: Rule, mail: Mail) -> Report:
    """With what its rule says: nothing makes a success of what a tool tells otherwise, and a rule may say the worse."""
    status = _STATUSES.get(rule.status)
    if status in (None, Status.UNKNOWN, report.status) or report.status not in (
        Status.SUCCESS,
        Status.UNKNOWN,
    ):
        return report
    return replace(report, status=_STATUSES[rule.status], message=report.message or first_line(mail.subject))


def _named(report: Report, job: str) -> Report:
    return report if report.job_name or not job else replace(report, job_name=job)
