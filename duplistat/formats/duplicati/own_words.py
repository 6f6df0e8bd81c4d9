"""What a user's own message template says in words: `Backup %backup-name%: %PARSEDRESULT%`, in any order and language.

Only its placeholders are Duplicati's: an outcome in one of five words, an operation, a name. Whatever else stands
there is the user's, so a name is what is left when known words, labels and joints around it are taken away: the
same name each time, whatever the outcome.
"""

import re
from typing import NamedTuple

from duplistat.core.status import Status

# How Duplicati writes outcomes, worst last: where a text has two, the worse one counts.
_OUTCOMES = (Status.SUCCESS, Status.UNKNOWN, Status.WARNING, Status.ERROR, Status.FATAL)
_OUTCOME = re.compile(
    r"(?<![\w-])(?:(Success|SUCCESS)|(Unknown|UNKNOWN)|(Warning|WARNING)|(Error|ERROR)|(Fatal|FATAL))(?!\w|-\w)"
)
# "No Success", "Success: false": somebody's own sentence, which claims none.
_DENIED_BEFORE = re.compile(
    r"\b(?:no|not|non|never|without|kein\w{0,2}|nicht|ohne|sans|pas|sin|senza|zonder|geen|niet)\s{1,3}(?:a\s)?\Z",
    re.IGNORECASE,
)
_DENIED_BEHIND = re.compile(
    r"\s{0,3}(?:[:=]\s{0,3}(?:no|false|nein|non|0)\b|(?:is|was|ist|war|has|wurde)?\s{0,3}(?:not|nicht|never)\b)",
    re.IGNORECASE,
)
# "Fatal: False", "Error: 0": a failure is denied by a value alone; "Fatal: No such file" tells why it failed.
_NONE_BEHIND = re.compile(
    r"\s{0,3}[:=]\s{0,3}(?:no|none|null|false|nein|non|0)\s{0,3}(?:\Z|[,;|.)\n])", re.IGNORECASE
)
# "Success, 0 Error": a count beside another outcome; "Raid 0 Error" is a name.
_ZERO_BEFORE = re.compile(r"(?:[(\[,;|:=\n]|\b(?:with|and|mit|und|avec|con|et|y|e))\s{0,3}0\s{1,3}\Z")
OPERATIONS = frozenset(
    {
        "Backup", "Compact", "CreateLogDb", "Delete", "List", "ListAffected", "ListBrokenFiles", "ListChanges",
        "ListFileVersions", "ListFilesets", "ListFolder", "ListRemote", "PurgeBrokenFiles", "PurgeFiles",
        "ReadLockInfo", "RemoteSynchronization", "Repair", "Restore", "RestoreControlfiles", "SearchFiles",
        "SendMail", "SetLock", "Sync", "SystemInfo", "Test", "TestFilters", "Vacuum",
    }
)  # fmt: skip
# Words around a name that are no part of it, before it and behind it; in lower case.
_BEFORE = frozenset(
    {
        "aufgabe", "auftrag", "back-up", "backup", "backup-bericht", "backup-job", "backup-report",
        "backupbericht", "backups", "bericht", "copia", "datensicherung", "duplicati", "ergebnis", "informe",
        "job", "kopia", "lavoro", "meldung", "message", "nachricht", "notification", "protokoll", "raport",
        "rapport", "rapportage", "relatório", "report", "reports", "respaldo", "result", "sauvegarde",
        "seguridad", "sicherung", "sicherungen", "sicherungsauftrag", "sicherungsbericht", "sicurezza",
        "status", "taak", "tarea", "task", "trabajo", "tâche", "zadanie", "zapasowa",
    }
)  # fmt: skip
# In lower case they belong to the words before them; articles do to those behind them.
_GLUE = frozenset(
    {
        "da", "de", "del", "des", "di", "dla", "do", "du", "for", "from", "fuer", "für", "of", "on", "para", "per",
        "pour", "run", "van", "vom", "von", "voor", "zu", "zum", "zur",
    }
)  # fmt: skip
_ARTICLES = frozenset(
    {
        "a", "das", "de", "der", "die", "el", "het", "ihr", "ihre", "il", "la", "le", "o", "our", "the", "unser",
        "unsere", "your",
    }
)  # fmt: skip
_BEHIND = frozenset(
    {
        "abgeschlossen", "and", "ausgang", "ausgeführt", "avec", "been", "beendet", "completado", "completato",
        "complete", "completed", "con", "done", "durchgeführt", "ended", "ergebnis", "erledigt", "fertig",
        "finished", "gelaufen", "had", "has", "hat", "is", "ist", "met", "mit", "operation", "outcome", "ran", "result",
        "resultaat", "resultado", "resultat", "results", "risultato", "résultat", "state", "status", "terminado",
        "terminé", "terminée", "the", "und", "voltooid", "war", "was", "with", "worden", "wurde", "wynik", "zakończona",
        "zakończone", "zustand",
    }
)  # fmt: skip
_FILLERS = _BEFORE | _GLUE | _ARTICLES | _BEHIND
_ANYWHERE = frozenset(word.lower() for word in OPERATIONS) | {"duplicati"}
_JOB, _SERVER, _OPERATION, _OTHER = "backup-name", "machine-name", "OperationName", ""
_ROLES = {
    _JOB: (
        "aufgabe", "auftrag", "auftragsname", "backup", "backup job", "backup name", "backup set", "backup-job",
        "backup-name", "backupauftrag", "backupjob", "backupname", "job", "job name", "job-name", "jobname",
        "lavoro", "naam", "name", "nazwa", "nom", "nombre", "nome", "plan", "sicherung", "sicherungsauftrag",
        "sicherungsjob", "sicherungsname", "taak", "tarea", "task", "task name", "trabajo", "tâche", "zadanie",
    ),
    _SERVER: (
        "client", "computer", "computername", "device", "gerät", "host", "host name", "hostname", "machine",
        "machine hôte", "machine name", "machine-name", "machinename", "maschine", "node", "pc", "rechner",
        "rechnername", "server", "server name", "servername", "serveur", "servidor",
    ),
    _OPERATION: (
        "action", "aktion", "art", "main operation", "operación", "operation", "operation name",
        "operationname", "opération", "vorgang",
    ),
    "machine-id": (
        "machine id", "machine-id",
    ),
    "backup-id": (
        "backup id", "backup-id",
    ),
    _OTHER: (
        "ausgang", "date", "datum", "details", "ergebnis", "estado", "meldung", "message", "nachricht",
        "outcome", "parsed result", "parsedresult", "result", "resultaat", "resultado", "resultat", "risultato",
        "résultat", "stan", "state", "status", "time", "uhrzeit", "version", "wynik", "zeit", "zustand",
    ),
}  # fmt: skip
_LABELS = {label: role for role, labels in _ROLES.items() for label in labels}
_WORDS = sorted(_LABELS, key=len, reverse=True)
_LABEL = re.compile(
    rf"(?:(?<=[\s,;|/(\[{{*_\"'-])|^)({'|'.join(map(re.escape, _WORDS))})[*_\"']{{0,2}}\s?[:=][*_\"']{{0,2}}",
    re.IGNORECASE | re.MULTILINE,
)
# A star or a backtick sets a name in bold, or as code: what stands beside it is no part of it.
_STRONG = re.compile(
    r"[*`]{1,2}(?=\s)|(?<=\s)[*`]{1,2}|[|;,\t\n/]|(?<=\s)[-–—•·>]{1,3}(?=\s)|\s{3,9}|->|=>|→"
)
_EDGES = " \t\r\n,;|:=*_\"'`~#!.<>/\\-–—•·→"
_IN_BRACKETS = re.compile(rf"\s*[(\[]({'|'.join(sorted(OPERATIONS))})[)\]]")
_TOKEN = re.compile(r"[^\s,;|:=()\[\]<>*]+")
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_UNKNOWN_LABEL = re.compile(r"[,;|\t][^,;|\t:=\n]{1,30}[:=]\s{0,9}\Z")
_DATE = re.compile(
    r"(?<=[\s,;|(\[@-])(?:\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}/\d{1,2}/\d{4})(?!\d)"
)
_TIME = re.compile(r"\d:\d\d")
# The example of Duplicati's manual: "Duplicati %OPERATIONNAME% for %backup-name% on %machine-name%".
_TITLE = re.compile(r"^Duplicati (\S{1,60}) for (\S.{0,300}) on (\S{1,100})[ \t]*$", re.MULTILINE)
# Signs of an outcome that somebody puts beside a name: they are another one each time.
_SIGN = (
    "[\u2705\u274c\u26a0\u2757\u2714\u2716\u2611\U0001f534\U0001f7e0\U0001f7e1\U0001f7e2\U0001f6a8]\ufe0f?"
)
_SIGNS = re.compile(rf"\A(?:{_SIGN}\s{{0,3}})+|(?:\s{{0,3}}{_SIGN})+\Z")
# Texts that are no template: none is that long, and a page of HTML is an error of something else.
LONGEST = 4000


class Own(NamedTuple):
    """What the words say, and nothing where they do not. `names` are under the keys of `Extra`."""

    names: dict[str, str]
    outcome: Status | None = None
    message: str = ""


NOTHING = Own({})


def outcome_in(text: str) -> Status | None:
    """The worst outcome that stands in a text as Duplicati writes it."""
    if found := [_claimed(match) for match in _told(text)]:
        return max(found, key=_OUTCOMES.index)
    return Status.UNKNOWN if _OUTCOME.search(text) else None


def is_outcome(text: str) -> bool:
    """Whether a text is an outcome, and nothing else but joints."""
    return _OUTCOME.fullmatch(text.strip(_EDGES)) is not None


def is_template(text: str, *, alone: bool) -> bool:
    """Whether a text without any field of Duplicati's says how a backup ended; `alone` is in no form or message."""
    if len(text) > LONGEST or text.lstrip().startswith("<") or outcome_in(text) is None:
        return False
    if not alone:
        return True
    words = {token.lower() for token in _TOKEN.findall(text)}
    return bool(words & _ANYWHERE) or _LABEL.search(text) is not None


def read(text: str) -> Own:
    """Job, machine, operation and outcome as a user's words tell them."""
    text = text[:LONGEST]
    outcome = outcome_in(text)
    names = _labelled(text)
    lines = [line for line in text.split("\n") if line.strip(_EDGES)]
    telling = [line for line in lines if _told(line)] or (lines if len(lines) == 1 else [])
    before, after = _around(telling[0]) if telling else ("", "")
    (name, operations), (other, more) = _name_in(before), _name_in(after)
    others = [word for word in (*operations, *more) if word != "Backup"]
    names.setdefault(_OPERATION, others[0] if others else "")
    message = after.strip(_EDGES) if outcome is Status.FATAL and (name or _JOB in names) else ""
    title = _TITLE.search(text)
    if not names.get(_JOB) and title is not None and title[1] in OPERATIONS:
        names |= {_OPERATION: title[1], _JOB: title[2], _SERVER: title[3]}
    if not names.get(_JOB) and not _has_label(before):
        names[_JOB] = name or other or _name_above(telling, lines)
    return Own({key: value for key, value in names.items() if value}, outcome, message)


def name_before_outcome(text: str, outcome: Status | None) -> tuple[str, str]:
    """What stands before an outcome (`outcome`, else any), as a name, and what stands from it on.

    A text without it is the name. One that begins with an outcome is called so.
    """
    for found in _told(text):
        before = text[: found.start()].rstrip(" \t([<*_\"'")
        if outcome in (None, _outcome(found)) and before.strip(_EDGES):
            return _without_label(before), text[found.start() :]
    return text, ""


def _outcome(found: re.Match[str]) -> Status:
    return _OUTCOMES[(found.lastindex or 1) - 1]


def _told(text: str) -> list[re.Match[str]]:
    """The outcomes in a text, without failures that the words around them deny."""
    return [
        found
        for found in _OUTCOME.finditer(text)
        if _outcome(found) is Status.SUCCESS or not _is_no_failure(found)
    ]


def _claimed(found: re.Match[str]) -> Status:
    """The outcome, unless it is a success that the words around it deny: then how it ended is not known."""
    outcome = _outcome(found)
    denied = outcome is Status.SUCCESS and (
        _DENIED_BEFORE.search(_before(found)) or _DENIED_BEHIND.match(found.string, found.end())
    )
    return Status.UNKNOWN if denied else outcome


def _is_no_failure(found: re.Match[str]) -> bool:
    before, text = _before(found), found.string
    return bool(
        _NONE_BEHIND.match(text, found.end())
        or _DENIED_BEFORE.search(before)
        or (_ZERO_BEFORE.search(before) and len(_OUTCOME.findall(text)) > 1)
    )


def _before(found: re.Match[str]) -> str:
    return found.string[max(0, found.start() - 20) : found.start()]


def _without_label(text: str) -> str:
    """A name without the label of what follows it, and without words such as "completed"."""
    if (found := _UNKNOWN_LABEL.search(text)) and text[: found.start()].strip(_EDGES):
        text = text[: found.start()]
    name, bare = text.rstrip(_EDGES), text
    while (space := name.rstrip(_EDGES).rfind(" ")) > 0 and name[space + 1 :].strip(
        _EDGES
    ).lower() in _BEHIND:
        name = name[:space].rstrip(_EDGES)
    return name or bare


def _labelled(text: str) -> dict[str, str]:
    """Names with a label before them: `Job: Firma NAS, Host: nas`."""
    names: dict[str, str] = {}
    found = list(_LABEL.finditer(text))
    for index, label in enumerate(found):
        role = _LABELS[label[1].lower()]
        end = found[index + 1].start() if index + 1 < len(found) else len(text)
        value = text[label.end() : end].split("\n", 1)[0]
        if not role or not value.strip(_EDGES) or _OUTCOME.match(value.strip(_EDGES)):
            continue
        value, _ = name_before_outcome(value, None)
        name = _tidy(_undated(value))
        if name and name.lower() not in _BEHIND:
            names.setdefault(role, name)
    return names


def _has_label(text: str) -> bool:
    """Whether there is a label with something behind it."""
    found = list(_LABEL.finditer(text))
    ends = [*(label.start() for label in found[1:]), len(text)]
    return any(text[label.end() : end].strip(_EDGES) for label, end in zip(found, ends, strict=False))


def _around(line: str) -> tuple[str, str]:
    """What stands before an outcome, and behind it: the one that ends the line, else the first."""
    found = _told(line)
    if not found:
        return line, ""
    chosen = found[-1] if not line[found[-1].end() :].strip(_EDGES + ")]}") else found[0]
    return line[: chosen.start()], line[chosen.end() :]


def _name_above(telling: list[str], lines: list[str]) -> str:
    """The name in a first line of its own, above the one that tells the outcome; no line that is another each time."""
    if not telling or lines[0] == telling[0] or _DATE.search(f" {lines[0]}") or _TIME.search(lines[0]):
        return ""
    return _name_in(lines[0])[0]


def _name_in(text: str) -> tuple[str, list[str]]:
    """What is left of a text without the words, labels and joints around it; and the operations among those."""
    text = _LABEL.sub(lambda label: "|" if not _LABELS[label[1].lower()] else label[0], _undated(text))
    operations: list[str] = _IN_BRACKETS.findall(text)
    text = _IN_BRACKETS.sub("|", text)
    kept = [part for part in _STRONG.split(text) if not _is_stopped(part, operations)]
    if not kept:
        return "", operations
    start = text.index(kept[0])
    name = text[start : text.rindex(kept[-1]) + len(kept[-1])]
    stripped = False
    while name := name.lstrip(_EDGES + ")]}>"):
        found = _TOKEN.search(name)
        if found is None or found.start() > 1 or not _is_before(found[0], name[found.end() :], stripped):
            break
        if found[0] in OPERATIONS:
            operations.append(found[0])
        name, stripped = name[found.end() :], True
    name = _tidy(_without_label(name))
    return ("" if name.lower() in _BEHIND else name), operations


def _is_before(token: str, behind: str, stripped: bool) -> bool:
    if stripped and token in _GLUE:
        return True
    if token.lower() in _ARTICLES:
        following = _TOKEN.match(behind.lstrip())
        return following is not None and following[0].lower() in _BEFORE
    return token.lower() in _BEFORE or token in OPERATIONS


def _is_stopped(part: str, operations: list[str]) -> bool:
    tokens = _TOKEN.findall(part)
    if not all(t in OPERATIONS or t.lower() in _FILLERS or not t.strip(_EDGES) for t in tokens):
        return False
    operations += [token for token in tokens if token in OPERATIONS]
    return True


def _undated(text: str) -> str:
    """A text up to a date in it, which a relay put there: no name has another one each day."""
    found = _DATE.search(text)
    return text[: found.start()] if found and text[: found.start()].strip(_EDGES) else text


def _tidy(name: str) -> str:
    name = _SIGNS.sub("", name.strip(_EDGES)).strip(_EDGES)
    while len(name) > 1 and _PAIRS.get(name[0]) == name[-1]:
        name = name[1:-1].strip(_EDGES)
    for opening, closing in _PAIRS.items():
        if name.endswith(opening) or (name.endswith(closing) and opening not in name):
            name = name[:-1].rstrip(_EDGES)
        if name.startswith(closing) or (name.startswith(opening) and closing not in name):
            name = name[1:].lstrip(_EDGES)
    return name
