"""Logging of the whole process tree: to standard error, for people or for machines, and to a file for a page."""

import json
import logging
import re
import sys
import time
from pathlib import Path
from typing import Any

from duplistat.config import Log
from duplistat.log_file import LONGEST, LogFile

# What acts on a terminal: control characters but tabs and line ends, those of 8 bits too, and what turns the
# direction of a line.
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


# What this process is for, as its lines say.
_process = ["server"]


def name_process(name: str) -> None:
    """Have the lines of this process say what it is: worker, scheduler, writer …"""
    _process[0] = name


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, process, message, and the trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        content: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            content["trace"] = self.formatException(record.exc_info)
        return _escaped(json.dumps(content, ensure_ascii=False))


class TextFormatter(logging.Formatter):
    """One line for people. Names that others gave cannot act on a terminal, nor begin a line of their own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = _escaped(record.message).replace("\n", "\\n")
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        return _escaped(super().formatException(ei))


class KeptFormatter(JsonFormatter):
    """As JsonFormatter, with what the process is for, in a line that is not too long to be kept."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if len(text.encode()) > LONGEST:
            whole = json.loads(text)
            cut = {name: whole[name][: LONGEST // 8] + "…" for name in ("message", "trace") if name in whole}
            text = _escaped(json.dumps(whole | cut, ensure_ascii=False))
        return f'{text[:-1]}, "role": {json.dumps(_process[0])}}}'


class KeptHandler(logging.Handler):
    """Writes to the log file that a page shows. What it cannot write is on standard error all the same."""

    def __init__(self, folder: Path, most: int) -> None:
        super().__init__()
        self.setFormatter(KeptFormatter())
        self._file = LogFile(folder, most)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._file.append(f"{self.format(record)}\n".encode(errors="backslashreplace"))
        except OSError:
            # The data folder is not there yet, or the disk is full.
            return


def _escaped(text: str) -> str:
    """Text with what acts on a terminal as JSON escapes it."""
    return text if text.isprintable() else _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def set_up(config: Log, data: Path | None = None) -> None:
    """Send everything that is logged to standard error, in the configured form; and keep it in a data folder."""
    handler = logging.StreamHandler(sys.stderr)
    if config.format == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(TextFormatter("%(asctime)s %(levelname)s %(name)s[%(process)d]: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    if data is not None and config.keep_bytes:
        root.addHandler(KeptHandler(data, config.keep_bytes))
    root.setLevel(config.level.upper())
    # APScheduler tells of each tick, and of one that is late; what failed our scheduler says itself.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)
