"""What logs put before each line of a program: a time, and mostly the machine and the program."""

import re

# By this much of a text it is known whether its lines have any.
_LOOKED_AT = 100_000
_STAMP = (
    r"^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) (?:std(?:out|err) [FP] )?"
)
_PROGRAM = r" [^\s:\[]{1,100}(?:\[\d{1,10}\])?:(?: |$)"
_STAMPED = re.compile(_STAMP + r"(.{0,400})", re.MULTILINE)
_ORIGIN = re.compile(r"([^\s:\[]{1,255})" + _PROGRAM)
# borgmatic's log file, and that of others that log as Python does.
_LEVEL = re.compile(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] [A-Z]{3,10}: ", re.MULTILINE)


def without_prefix(text: str) -> str:
    """A text as the program printed it: without what a journal, syslog, `ts` or a container's log put before lines.

    Where one line of the beginning has none it stays; the lines that have one lose it.
    """
    if _LEVEL.search(text, 0, _LOOKED_AT):
        text = _LEVEL.sub("", text)
    rests = [found[1] for found in _STAMPED.finditer(text, 0, _LOOKED_AT) if found[1].strip()]
    if not rests:
        return text
    origins = {origin[1] if (origin := _ORIGIN.match(rest)) else "" for rest in rests}
    # A log is of one machine; where words differ they are what was printed.
    machine = origins.pop() if len(origins) == 1 else ""
    named = f"(?:{re.escape(machine)}{_PROGRAM})?" if machine else ""
    return re.sub(_STAMP + named, "", text, flags=re.MULTILINE)
