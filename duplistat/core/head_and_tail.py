"""A long text of which the beginning and the end are kept: what a tool says of how it ended is near its end."""

HEAD = 1024 * 1024
TAIL = 4 * 1024 * 1024
LEFT_OUT = b"\n[%d bytes left out]\n"


class HeadAndTail:
    """Takes any number of bytes, and keeps at most HEAD and TAIL of them, in memory of about twice as much."""

    def __init__(self) -> None:
        self.size = 0
        self._head = bytearray()
        self._tail = bytearray()

    def write(self, data: bytes) -> None:
        self.size += len(data)
        room = HEAD - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room > 0 else data
        if len(self._tail) > 2 * TAIL:
            del self._tail[:-TAIL]

    def kept(self) -> bytes:
        """All of it; or its head, how much is left out, and its tail."""
        if self.size <= HEAD + TAIL:
            return bytes(self._head + self._tail)
        return bytes(self._head) + LEFT_OUT % (self.size - HEAD - TAIL) + bytes(self._tail[-TAIL:])
