"""What the mails of backup tools mean, by rules that a person can read: the first that fits counts.

Rules say how a run ended. None makes a success of a word that others use as well: a success is said by the subject of a
tool that is known, or by a line of a person's own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from duplistat.core.durations import parse_duration
from duplistat.core.report import BACKUP, OTHER, PRUNE, RESTORE, VERIFY
from duplistat.core.wildcards import match
from duplistat.formats.mail.message import Mail

SUBJECT, BODY = "subject", "body"
PLACES = (SUBJECT, BODY)
# How a run ended; `unknown` for a rule that finds names alone, `none` for a mail that tells of no run.
SUCCESS, WARNING, FAILED, INTERRUPTED = "success", "warning", "failed", "interrupted"
UNKNOWN, NONE = "unknown", "none"
STATUSES = (SUCCESS, WARNING, FAILED, INTERRUPTED, UNKNOWN, NONE)
OPERATIONS = (BACKUP, VERIFY, RESTORE, PRUNE, OTHER)
# Rules of words that tell of something bad, whoever says them; and what says that there is nothing of it.
ANY = "Any"
_BAD = r"(?:errors?|warnings?|failures?|failed|fehlern?|warnung(?:en)?)\b"
_DENIED = re.compile(
    rf"\b(?:0|no|zero|without(?: any)?|ohne|keine) (?:(?:jobs?|backups?|tasks?|files?|objects?|items?|vms?) )?{_BAD}"
    # "failed: 0 files saved" is no denial.
    rf"|\b{_BAD} ?[:=] ?0\b(?! (?!{_BAD})\w)|\bfehlerfrei\w*|\bfail(?:over|safe)\w*",
    re.IGNORECASE,
)
# Of a body so many lines are looked at, and so much of each.
MOST_LINES, LONGEST_LINE = 2000, 1000
_LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` is of core.wildcards. Whose mails it is for is in its `name`."""

    name: str
    place: str
    pattern: str
    status: str
    operation: str = BACKUP


def _of(name: str, *rules: tuple[str, str] | tuple[str, str, str], place: str = SUBJECT) -> tuple[Rule, ...]:
    return tuple(Rule(name, place, *rule) for rule in rules)


BUILT_IN = (
    *_of(
        "Veeam",
        ("*[Success] {job} (*)", SUCCESS),
        ("*[Success] {job}", SUCCESS),
        ("*[Warning] {job} (*)", WARNING),
        ("*[Warning] {job}", WARNING),
        ("*[Failed] {job} (*)", FAILED),
        ("*[Failed] {job}", FAILED),
    ),
    *_of(
        "Synology Hyper Backup",
        ("*backup integrity check*fail*", FAILED, VERIFY),
        ("*backup integrity check*error*", FAILED, VERIFY),
        ("*backup integrity check*complete*", SUCCESS, VERIFY),
        ("*backup integrity check*success*", SUCCESS, VERIFY),
        ("*backup task*partially*", WARNING),
        ("*backup task*fail*", FAILED),
        ("*backup task*error*", FAILED),
        ("*backup task*cancel*", INTERRUPTED),
        ("*backup task*suspended*", INTERRUPTED),
        ("*backup task*started*", NONE),
        ("*backup task [{job}] on {server} *success*", SUCCESS),
        ("*backup task [{job}]*complete*", SUCCESS),
        ("*backup task [{job}]*success*", SUCCESS),
        ("*backup task {job} on {server} has completed*", SUCCESS),
        ("*backup task {job} is now complete*", SUCCESS),
        ("*backup task*completed", SUCCESS),
        ("*backup task*successful*", SUCCESS),
    ),
    *_of(
        "Synology Hyper Backup",
        ("backup task {job} is now complete*", SUCCESS),
        ("your data backup task {job} is now complete*", SUCCESS),
        ("die datensicherung auf {server} ist fehlgeschlagen*", FAILED),
        place=BODY,
    ),
    *_of(
        "QNAP Hybrid Backup Sync",
        ("*[error][hybrid backup sync] *: {server}", FAILED),
        ("*[warning][hybrid backup sync] *: {server}", WARNING),
    ),
    *_of("QNAP Hybrid Backup Sync", ("*[hybrid backup sync] started * job: *", NONE), place=BODY),
    *_of(
        "Proxmox",
        ("vzdump backup status ({server})*: backup successful*", SUCCESS),
        ("vzdump backup status ({server})*: backup failed*", FAILED),
        ("garbage collect datastore '*' successful", SUCCESS, PRUNE),
        ("garbage collect datastore '*' failed", FAILED, PRUNE),
        ("pruning datastore '*' successful", SUCCESS, PRUNE),
        ("pruning datastore '*' failed", FAILED, PRUNE),
        ("verify datastore '*' successful", SUCCESS, VERIFY),
        ("verify datastore '*' failed", FAILED, VERIFY),
        ("sync remote '*' datastore '*' successful", SUCCESS, OTHER),
        ("sync remote '*' datastore '*' failed", FAILED, OTHER),
    ),
    *_of(
        "Duplicati",
        ("duplicati test report for {job} (*success*)", SUCCESS, VERIFY),
        ("duplicati restore report for {job} (*success*)", SUCCESS, RESTORE),
        ("duplicati backup report for {job} (*success*)", SUCCESS),
        ("duplicati * report for {job} (*warning*)", WARNING),
        ("duplicati * report for {job} (*error*)", FAILED),
        ("duplicati * report for {job} (*fatal*)", FAILED),
        ("duplicati * report for {job}", UNKNOWN),
    ),
    *_of(
        ANY,
        ("*unsuccessful*", FAILED),
        ("*not successful*", FAILED),
        ("*fail*", FAILED),
        ("*fehlgeschlagen*", FAILED),
        ("*fehler*", FAILED),
        ("*aborted*", INTERRUPTED),
        ("*abgebrochen*", INTERRUPTED),
        ("*warning*", WARNING),
        ("*warnung*", WARNING),
    ),
)


def first(mail: Mail, rules: Iterable[Rule]) -> tuple[Rule, dict[str, str]] | None:
    """The first rule that fits a mail, with the names that it found; None where none does."""
    body = [line[:LONGEST_LINE] for line in mail.text.splitlines()[:MOST_LINES]]
    # "0 errors" is none.
    stated = _DENIED.sub("", mail.subject)
    for rule in rules:
        for line in [stated if rule.name is ANY else mail.subject] if rule.place == SUBJECT else body:
            if (names := match(rule.pattern, line)) is not None:
                return rule, names
    return None


# What a Synology writes below a mail of Hyper Backup, in English and German.
_JOB = re.compile(r"^(?:Backup Task|Datensicherungsaufgabe): (\S.{0,200}?)\s*$", re.IGNORECASE | re.MULTILINE)
_TOOK = re.compile(
    r"^(?:Duration|Dauer): ((?:\d{1,6} (?:day|hour|minute|second)s?\s*){1,4})$", re.IGNORECASE | re.MULTILINE
)


def details(mail: Mail) -> tuple[str, int | None]:
    """(name of the job, how long it took in ms) where lines of the text say so; "" and None where none does."""
    job, took = _JOB.search(mail.text[:_LOOKED_AT]), _TOOK.search(mail.text[:_LOOKED_AT])
    return job[1] if job else "", parse_duration(took[1]) if took else None
