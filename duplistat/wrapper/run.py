"""Run a backup, and report to duplistat how it went.

    python3 run.py [--server S] [--job J] -- COMMAND...
    python3 run.py flush

It needs Python 3.8 or newer, and nothing else. The command runs whatever becomes of its report: what it prints and its
exit code are its own, and nobody waits for us for more than ten seconds. What cannot be delivered is kept in a folder,
and told at the next run, or by `flush`; so is a run of which this program was killed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from duplistat.wrapper.relay import Output, execute, hold_signals
from duplistat.wrapper.report import Reporter, Settings, flush, settings_of

# How long a command waits for the note on disk that it begins, seconds.
LONGEST_NOTE = 2.0
OPTIONS = {
    "server": "Name of this machine; by default its host name.",
    "job": "Name of the backup job; by default that of the command.",
    "url": "Address of the server; or DUPLISTAT_URL.",
    "key-file": "File with the API key; or DUPLISTAT_KEY_FILE, or the key itself in DUPLISTAT_KEY.",
    "tool": "Backup tool, where the output does not name it; by default the command.",
    "operation": "backup, verify, restore, prune or other, where the output does not say.",
    "spool": "Folder for reports that cannot be delivered; or DUPLISTAT_SPOOL.",
    "timeout": "Seconds to wait for the server in total, at most 10; or DUPLISTAT_TIMEOUT.",
}
KEEP = "What goes into the report: both streams, stderr where the command writes its backup to the other, or none."
KEPT = ("both", "stderr", "none")
QUIET = "Print no messages of our own on standard error."


def bounded(settings: Settings, work: Callable[[], None], seconds: float) -> float:
    """Do something for at most so many seconds, and say what went wrong; how long it took."""

    def attempt() -> None:
        try:
            work()
        except Exception as error:  # whatever it is: it is ours, and no reason to stop a backup
            settings.say(error)

    begun, thread = time.monotonic(), threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        settings.say(f"not done within {seconds:.0f} s: it is told another time")
    return time.monotonic() - begun


def open_streams() -> None:
    """Give a stream that is closed a place of its own: what is opened next would be taken for it."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def run(settings: Settings, command: list[str]) -> int:
    """Run a command and report it; its exit code, 127 or 126 where it cannot be started."""
    open_streams()
    output, mask, waited, reporter = Output(), hold_signals(), 0.0, None
    if settings.url:
        reporter = Reporter(settings, output)
        waited = bounded(settings, reporter.begin, min(LONGEST_NOTE, settings.timeout))
        threading.Thread(target=reporter.accompany, daemon=True).start()
    else:
        settings.say("no server is set, and nothing is reported: set DUPLISTAT_URL")
    try:
        code = execute(command, settings.keep, output, mask)
    except (OSError, ValueError) as error:
        code = 127 if isinstance(error, FileNotFoundError) else 126
        problem = f"{command[0]}: {getattr(error, 'strerror', None) or error}"
        output.write(f"{problem}\n".encode("utf-8", "replace"))
        settings.say(problem)
    if reporter is not None:
        told, result = reporter, code
        bounded(settings, lambda: told.end(result), max(settings.timeout - waited, 0.0))
    return code


def leave(code: int) -> NoReturn:
    """End at once: a thread that waits for a server or a disk must not keep us."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    # Windows has codes beyond what the call takes.
    os._exit(code - 2**32 if code >= 2**31 else code)


def main(arguments: list[str]) -> NoReturn:
    """The program, with its arguments."""
    parser = argparse.ArgumentParser(prog="run.py", description=(__doc__ or "").partition("\n")[0])
    for name, text in OPTIONS.items():
        parser.add_argument(f"--{name}", default="", help=text)
    parser.add_argument("--keep", choices=KEPT, default="both", help=KEEP)
    parser.add_argument("--quiet", action="store_true", help=QUIET)
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the command, or flush")
    given = vars(parser.parse_args(arguments))
    command = given.pop("command")
    if command == ["flush"]:
        leave(flush(settings_of([], given)))
    command = command[1:] if command[:1] == ["--"] else command
    if not command:
        parser.error("there is no command")
    leave(run(settings_of(command, given), command))


if __name__ == "__main__":
    main(sys.argv[1:])
