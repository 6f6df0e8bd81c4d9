"""The table of guests in vzdump's message, and the log of each below it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from duplistat.core.durations import parse_duration
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.times import parse_iso
from duplistat.core.tool_output import Output

MOST_GUESTS = 2000

HEADER = re.compile(r"\bVMID\s+NAME\s+STATUS\s+TIME\s+SIZE\s+FILENAME\s*$", re.IGNORECASE)
_TIME = r"\d+(?:\.\d+)?(?:ms|[smhdw])(?: \d+(?:\.\d+)?(?:ms|[smhdw])){0,5}|\d+:\d\d:\d\d"
_SIZE = r"\d[\d.]* ?[KMGTPE]?i?B"
_ROW = re.compile(
    rf"^(?:.{{0,80}}?\s)?(\d{{3,9}})\s+(?:(\S.{{0,260}}?)\s+)??(ok|err|failed|error|todo)\s+({_TIME})(?:\s+({_SIZE}))?(?:\s+(\S.*))?\s*$",
    re.IGNORECASE | re.ASCII,
)
# Of the log that is sent, with guest and time; or as vzdump itself prints it.
_LOGGED = re.compile(
    r"(?:(?:^|\s)(\d{3,9}): (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) )?\b(?:INFO|ERROR|WARN): (?:"
    r"(Starting|Finished|Failed) Backup of VM (\d{3,9})\b(?:.*?\((\d+:\d\d:\d\d)\))?"
    r"|Backup of VM (\d{3,9}) failed - (.+)"
    r"|(?:VM|CT) Name: (\S.*?)\s*$)?"
)
# When a dump began: by the clock of the node in a name of vzdump, in UTC in one of a Proxmox Backup Server.
_DUMP = re.compile(r"-(\d{4})_(\d\d)_(\d\d)-(\d\d)_(\d\d)_(\d\d)\b")
_SNAPSHOT = re.compile(r"\b(?:vm|ct)/\d+/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
_LONGEST_LINE = 1000


@dataclass(slots=True)
class Guest:
    """What a message says of one; `begin` and `end` by the clock of the node, `utc` where its dump has the start."""

    vmid: str
    name: str = ""
    status: Status = Status.UNKNOWN
    duration_ms: int | None = None
    size: int | None = None
    rounded: bool = False
    message: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    utc: datetime | None = None
    # Whether the table has it, whose word counts.
    listed: bool = False


def guests_of(output: Output) -> dict[str, Guest]:
    """The guests by their number, of the table and of the log, in order; at most some thousand."""
    guests: dict[str, Guest] = {}
    for line in output.lines:
        if len(line) > _LONGEST_LINE:
            continue
        if row := _ROW.search(line):
            _listed(guests, row)
        elif logged := _LOGGED.search(line):
            _from_log(guests, logged)
    for guest in guests.values():
        if guest.begin and guest.end is None and guest.duration_ms is not None:
            guest.end = guest.begin + timedelta(milliseconds=guest.duration_ms)
    return guests


def _guest(guests: dict[str, Guest], vmid: str) -> Guest | None:
    if vmid not in guests and len(guests) >= MOST_GUESTS:
        return None
    return guests.setdefault(vmid, Guest(vmid))


def _listed(guests: dict[str, Guest], row: re.Match[str]) -> None:
    vmid, name, word, took, size, file = row.groups()
    guest = _guest(guests, vmid)
    if guest is None:
        return
    guest.listed, guest.name = True, name or guest.name
    word = word.lower()
    guest.status = Status.SUCCESS if word == "ok" else Status.UNKNOWN if word == "todo" else Status.ERROR
    guest.duration_ms = parse_duration(took)
    if guest.status is Status.SUCCESS and size:
        guest.size, guest.rounded = size_of(size), is_rounded(size)
    if found := _SNAPSHOT.search(file or ""):
        moment = parse_iso(found[1])
        guest.utc = moment.at if moment else None
    elif found := _DUMP.search(file or ""):
        year, month, day, *clock = found.groups()
        guest.begin = _naive(f"{year}-{month}-{day} {':'.join(clock)}")
    elif guest.status is Status.ERROR and file and file != "null":
        # Where older ones say why.
        guest.message = first_line(file)


def _from_log(guests: dict[str, Guest], logged: re.Match[str]) -> None:
    prefix, clock, word, vmid, took, failed, why, name = logged.groups()
    guest = _guest(guests, prefix or vmid or failed or "") if prefix or vmid or failed else None
    if guest is None:
        if name and guests and not next(reversed(guests.values())).name:
            next(reversed(guests.values())).name = name
        return
    if at := _naive(clock) if clock else None:
        guest.begin = min(guest.begin or at, at)
        guest.end = max(guest.end or at, at)
    if name:
        guest.name = guest.name or name
    if failed:
        guest.message = guest.message or first_line(why)
    if not guest.listed:
        if failed or word == "Failed":
            guest.status = Status.ERROR
        elif word == "Finished" and guest.status is not Status.ERROR:
            guest.status = Status.SUCCESS
            guest.duration_ms = parse_duration(took)


def _naive(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
