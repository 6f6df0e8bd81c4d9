"""Bytes that wait, of a request or of its answer: in memory while they are few, then in a file without a name."""

import io
import tempfile
from pathlib import Path
from typing import IO

# Nearly all reports are smaller, and so many bytes of each of thousands of connections fit into memory.
IN_MEMORY = 64 * 1024


class Body:
    """Keeps at most `most` bytes; what comes after these is counted, and forgotten."""

    def __init__(self, most: int, folder: Path) -> None:
        self.size = 0
        self.on_disk = 0
        self._most = most
        self._folder = folder
        self._begin = io.BytesIO()
        self._file: IO[bytes] = self._begin

    def write(self, data: bytes) -> None:
        """Raises OSError when the disk is full."""
        kept = data[: max(0, self._most - self.size)]
        self.size += len(data)
        if not kept:
            return
        length = min(self.size, self._most)
        if length > IN_MEMORY and not self.on_disk:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  # closed by close()
            self._file.write(self._begin.getvalue())
            self._begin.close()
        self._file.write(kept)
        if length > IN_MEMORY:
            self.on_disk = length

    def piece(self, begin: int, length: int) -> bytes:
        """A part of it; it may be written to afterwards."""
        self._file.seek(begin)
        part = self._file.read(length)
        self._file.seek(0, io.SEEK_END)
        return part

    def read_from_start(self) -> IO[bytes]:
        """The file to read it from."""
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        self._file.close()
