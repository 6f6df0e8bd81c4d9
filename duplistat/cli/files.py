"""Files that commands write: on the disk as a whole, or not there at all."""

import gzip
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from duplistat.core.errors import DuplistatError, Kind


def write_lines(lines: Iterable[str], file: Path) -> int:
    """Write an export, gzipped, and never over another file; how many lines. Raises DuplistatError.

    Whoever deletes what was exported does so afterwards: the error says that nothing was deleted.
    """
    try:
        with file.open("xb") as raw:
            try:
                count = _write(lines, raw)
                os.fsync(raw.fileno())
            except BaseException:
                file.unlink()
                raise
    except OSError as e:
        raise DuplistatError(
            Kind.UNAVAILABLE, f"{file} cannot be written ({e.strerror}): nothing was deleted"
        ) from e
    return count


def _write(lines: Iterable[str], raw: IO[bytes]) -> int:
    count = 0
    with gzip.open(raw, "wt", encoding="utf-8") as out:
        for line in lines:
            out.write(line)
            count += 1
    raw.flush()
    return count
